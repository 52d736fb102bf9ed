"""Make the demo's tables and its story, and note who may sign in; quick when it is all there."""

from __future__ import annotations

from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string

from portal.demo import progress
from portal.demo.logins import write
from portal.demo.programs import VAR
from portal.running import env
from portal.running.progress import step


class Command(BaseCommand):
    help = "Make the demo's tables and its story; `demo` does it by itself."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--story", choices=env.STORIES, default=settings.ENV.story)

    def handle(self, *, story: str, **_: Any) -> None:
        with step("Making the tables", self.say):
            call_command("migrate", verbosity=0, interactive=False)
        try:
            logins = import_string("portal.demo.loading.load")(story=story, tell=progress.note)
        finally:
            progress.forget()
        write(VAR / "demo.json", f"http://127.0.0.1:{settings.ENV.port}/", logins)

    def say(self, words: str) -> None:
        """A reader that went away (`make demo | head`) is no reason to end."""
        with suppress(BrokenPipeError):
            self.stdout.write(words)
            self.stdout.flush()
