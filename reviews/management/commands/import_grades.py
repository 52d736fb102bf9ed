"""`manage.py import_grades FILE --assistant NAME`: grades that people gave elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ingestion.importers.reading import Line, UnreadableFileError, read_lines
from ingestion.importers.shapes import to_ours
from ingestion.importers.target import find_assistant
from portal.given import FIRST_DAY, LAST_DAY, has_zone
from reviews.grading.importing import VERDICTS, GivenGrade, Taken, import_grades
from reviews.measure.rollups import make_rollups

AT_ONCE = 500


class BadGradeError(Exception):
    """A grade that does not fit; the message names what is wrong."""


def _grade(row: dict[str, Any], conversation: str) -> GivenGrade:
    name = row.get("annotator") or row.get("reviewer")
    verdict = row.get("verdict")
    if not isinstance(name, str) or not name.strip():
        raise BadGradeError("it has no annotator (or reviewer)")
    if verdict not in VERDICTS:
        raise BadGradeError(f"verdict {verdict!r} is none of {', '.join(VERDICTS)}")
    seconds = row.get("seconds")
    return GivenGrade(
        conversation=conversation,
        annotator=name.strip()[:120],
        verdict=verdict,
        note=str(row.get("notes") or row.get("note") or ""),
        seconds=int(seconds) if isinstance(seconds, int | float) and 0 <= seconds < 1e9 else None,
        graded_at=_moment(row.get("graded_at")),
    )


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        moment = moment if moment.tzinfo else moment.astimezone()
    except (ValueError, OverflowError) as error:
        raise BadGradeError(f"graded_at {value!r} is no time") from error
    if not has_zone(moment) or not FIRST_DAY <= moment.date() <= LAST_DAY:
        raise BadGradeError(f"graded_at {value!r} is no time that can be kept")
    return moment


def grades_of(line: Line) -> list[GivenGrade]:
    """The grades on a line: a grade of its own, or the `reference_grades` of a conversation."""
    row = line.record
    if row is None:
        raise BadGradeError(line.problem)
    if "reference_grades" in row:
        return [_grade(one, to_ours(row)["id"]) for one in row["reference_grades"]]
    conversation = row.get("conversation") or row.get("conversation_id")
    if not isinstance(conversation, str):
        raise BadGradeError("it names no conversation")
    return [_grade(row, conversation)]


class Command(BaseCommand):
    help = (
        "Store grades as those of named external reviewers, with their own time. Import the "
        "conversations first. Run it again: a person's grade of an answer counts once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--assistant", required=True, help="Its slug, or team/slug.")
        parser.add_argument(
            "--as-random",
            action="store_true",
            help="Every conversation was graded: let the grades speak for all answers.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        assistant, now = find_assistant(options["assistant"]), timezone.now()
        total, started, refused = Taken(), time.monotonic(), 0
        try:
            for chunk, bad in self._chunks(options["file"]):
                refused += bad
                taken = import_grades(
                    assistant=assistant, given=chunk, at=now, as_random=options["as_random"]
                )
                total.stored += taken.stored
                total.known += taken.known
                total.without_conversation += taken.without_conversation
                self.stderr.write(f"{total.stored:,} stored, {total.known:,} known")
        except UnreadableFileError as error:
            raise CommandError(str(error)) from error
        make_rollups(most=100_000)
        self.stdout.write(
            f"{total.stored:,} stored, {total.known:,} known already, "
            f"{total.without_conversation:,} without their conversation, {refused:,} refused "
            f"({time.monotonic() - started:.1f} s)."
        )

    def _chunks(self, path: Path) -> Iterator[tuple[list[GivenGrade], int]]:
        chunk: list[GivenGrade] = []
        bad = 0
        for line in read_lines(path):
            try:
                chunk += grades_of(line)
            except BadGradeError as error:
                bad += 1
                self.stderr.write(f"Line {line.number} refused: {error}.")
            if len(chunk) >= AT_ONCE:
                yield chunk, bad
                chunk, bad = [], 0
        yield chunk, bad
