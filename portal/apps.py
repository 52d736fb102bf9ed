"""The house: settings, routes, shell pages and the demo."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"
    label = "portal"
