"""The house: settings, routes, shell pages and the demo."""

from django.apps import AppConfig
from django.conf import settings

from portal.logs.config import log_what_nobody_caught


class PortalConfig(AppConfig):
    name = "portal"
    label = "portal"

    def ready(self) -> None:
        if not (settings.DEBUG or settings.DEMO):
            log_what_nobody_caught()
