"""People, teams, keys, and what each of them may see."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "portal.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Hear of sign-ins."""
        import_module("portal.accounts.sign_ins").listen()
