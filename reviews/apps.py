"""People's work on the answers, and what follows from it."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"
