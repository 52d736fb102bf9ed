"""Periodic work: runs, and what was set aside."""

from django.apps import AppConfig


class TicksConfig(AppConfig):
    name = "portal.ticks"
    label = "ticks"
