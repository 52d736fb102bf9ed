"""`manage.py export_history --assistant TEAM/ASSISTANT --to DIR`: everything, as JSONL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ingestion.importers.target import find_assistant
from portal.refused import Refused
from reviews.export import export


class Command(BaseCommand):
    help = (
        "Write conversations, samples, every grade ever given, flags, signals, releases, "
        "definitions, reviewers and day counts to a new folder, one JSON object a line. "
        "`manage.py backtest DIR` replays it. The files hold what customers wrote."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--assistant", required=True, help="Its slug, or team/slug.")
        parser.add_argument("--to", type=Path, required=True, metavar="DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        assistant = find_assistant(options["assistant"])
        try:
            for name, count in export(assistant=assistant, folder=options["to"], at=timezone.now()):
                self.stdout.write(f"{count:>10,}  {name}")
        except Refused as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(
                f"{error.filename} cannot be written: {error.strerror}. "
                "Without export.json the export is not finished: empty the folder, run it again."
            ) from error
        self.stdout.write(f"In {options['to']}. It holds what customers wrote: keep it safe.")
