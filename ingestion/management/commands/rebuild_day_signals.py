"""`manage.py rebuild_day_signals`: sum the cheap signals of all traffic again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ingestion.day_signals import rebuild_day_signals
from ingestion.importers.target import find_assistant
from ingestion.models import Assistant


class Command(BaseCommand):
    help = (
        "Sum the cheap signals of every day again from the conversations; the result is the same. "
        "Run it once after an upgrade from a version without them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--assistant", help="Its slug, or team/slug. Default: every one.")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["assistant"]
        found = [find_assistant(name)] if name else list(Assistant.objects.order_by("pk"))
        for assistant in found:
            counts = [count for _, count in rebuild_day_signals(assistant=assistant)]
            self.stdout.write(
                f"{assistant.name}: {len(counts)} days, {sum(counts):,} conversations."
            )
