"""`manage.py import_releases FILE --assistant NAME`: dated changes from a JSONL file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ingestion.importers.reading import UnreadableFileError, read_lines
from ingestion.importers.target import find_assistant
from ingestion.models import Release
from ingestion.releases import record_release
from portal.given import FIRST_DAY, LAST_DAY, has_zone

KINDS = {"content": Release.Kind.RETRIEVAL, **{kind.value: kind for kind in Release.Kind}}


class Command(BaseCommand):
    help = "Record changes: one JSON object a line with at, kind, name (or to) and note."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--assistant", required=True, help="Its slug, or team/slug.")

    def handle(self, *args: Any, **options: Any) -> None:
        assistant, now = find_assistant(options["assistant"]), timezone.now()
        new = known = 0
        try:
            for line in read_lines(options["file"]):
                row = line.record or {}
                name = row.get("name") or row.get("to")
                kind = KINDS.get(str(row.get("kind")))
                at = self._moment(row.get("at"))
                if kind is None or not isinstance(name, str) or at is None:
                    raise CommandError(
                        f"Line {line.number} does not fit: it needs kind "
                        f"({', '.join(KINDS)}), name or to, and at with a zone. "
                        f"{new} before it are recorded; run it again after mending it."
                    )
                _, created = record_release(
                    assistant=assistant,
                    kind=kind.value,
                    name=name[:200],
                    went_live_at=at,
                    note=str(row.get("note") or ""),
                    link="",
                    by=None,
                    label="Imported",
                    at=now,
                )
                new, known = new + created, known + (not created)
        except UnreadableFileError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{new} recorded, {known} known already.")

    def _moment(self, value: Any) -> datetime | None:
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            return None
        fits = has_zone(moment) and FIRST_DAY <= moment.date() <= LAST_DAY
        return moment if fits else None
