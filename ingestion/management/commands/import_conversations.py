"""`manage.py import_conversations FILE --assistant NAME`: conversations from a file."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, TextIO

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ingestion.importers.reading import UnreadableFileError
from ingestion.importers.run import Progress, import_file
from ingestion.importers.target import find_assistant


class Command(BaseCommand):
    help = (
        "Store the conversations of a JSONL or CSV file, gzip or not. Run it again after a stop: "
        "nothing is stored twice. Refused lines go to FILE.refused.jsonl with reason and fix."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--assistant", required=True, help="Its slug, or team/slug.")
        parser.add_argument(
            "--map", action="append", default=[], metavar="COLUMN=FIELD", help="For other names."
        )
        parser.add_argument(
            "--spread-days",
            type=int,
            default=0,
            help="Spread undated conversations over the last N days (they are marked so).",
        )
        parser.add_argument("--refused", type=Path, help="Where refused lines go.")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        assistant = find_assistant(options["assistant"])
        columns = dict(self._pair(text) for text in options["map"])
        refused_path = options["refused"] or Path(f"{path.name}.refused.jsonl")
        started, progress, refused = time.monotonic(), Progress(), None
        try:
            for progress in import_file(
                assistant=assistant,
                path=path,
                at=timezone.now(),
                columns=columns,
                spread_days=options["spread_days"],
            ):
                if progress.refused and refused is None:
                    refused = refused_path.open("wb")
                if refused is not None:
                    for one in progress.refused:
                        refused.write(msgspec.json.encode(one) + b"\n")
                self._show(self.stderr, progress, started)
        except UnreadableFileError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as stop:
            raise CommandError("Stopped. Run it again to go on; nothing is stored twice.") from stop
        finally:
            if refused is not None:
                refused.close()
        where = f", see {refused_path}" if refused is not None else ""
        self.stdout.write(
            f"{progress.accepted:,} stored, {progress.duplicate:,} known already, "
            f"{progress.refused_count:,} refused{where} ({time.monotonic() - started:.1f} s)."
        )

    def _pair(self, text: str) -> tuple[str, str]:
        column, _, field = text.partition("=")
        if not field:
            raise CommandError(f"--map {text!r}: write it like 'Customer question=question'.")
        return column, field

    def _show(self, out: Any | TextIO, progress: Progress, started: float) -> None:
        seconds = max(time.monotonic() - started, 0.001)
        rate = (progress.accepted + progress.duplicate + progress.refused_count) / seconds
        out.write(
            f"{progress.done:4.0%}  {progress.accepted:,} stored, {progress.duplicate:,} known, "
            f"{progress.refused_count:,} refused, {rate:,.0f}/s"
        )
