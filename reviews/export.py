"""The full export: everything that is kept about an assistant's answers, as JSONL, in one snapshot.

Rows stream from the database into the files, so memory stays flat. `export.json` is written last:
a folder without it is an export that was not finished. Texts are those that are stored, which
means after redaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.db import connection, transaction
from django.db.models import F, QuerySet

from ingestion.models import Assistant, Conversation, DayCount, Release, Signal
from portal.accounts.models import Membership
from portal.refused import Refused
from reviews.backtest.exported import EXPORT, FORM
from reviews.models import (
    CriterionGrade,
    DefinitionVersion,
    Flag,
    Grade,
    Sample,
)
from reviews.watch.history import carried_signals, known_days

AT_A_TIME = 1000
Row = Mapping[str, Any]
ABOUT_CONVERSATION = {
    "conversation_id": "conversation__external_id",
    "day": "conversation__day",
    "kind": "conversation__kind",
    "answers": "conversation__answers",
}


def export(*, assistant: Assistant, folder: Path, at: datetime) -> Iterator[tuple[str, int]]:
    """Write every file; yields each name with its number of rows as it is done.

    Raises Refused when the folder holds something already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Refused("folder", f"{folder} is not empty. Name a folder that is new or empty.")
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            _read_one_moment()
        days = known_days(assistant) or (at.date(), at.date())
        for name, rows in _files(assistant, days):
            yield name, _write(folder / name, rows)
    about = {
        "form": FORM,
        "team": assistant.team.slug,
        "assistant": assistant.slug,
        "time_zone": assistant.team.time_zone,
        "first": days[0],
        "last": days[1],
        "exported_at": at,
    }
    text = msgspec.json.format(msgspec.json.encode(about), indent=1)
    (folder / EXPORT).write_bytes(text + b"\n")


def _read_one_moment() -> None:
    """All files show one moment, whatever is stored meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _write(path: Path, rows: Iterable[Row]) -> int:
    """One JSON object a line; returns how many."""
    count, encode = 0, msgspec.json.Encoder().encode
    with path.open("wb") as file:
        for row in rows:
            file.write(encode(row) + b"\n")
            count += 1
    return count


def _files(assistant: Assistant, days: tuple[date, date]) -> Iterator[tuple[str, Iterable[Row]]]:
    zone = assistant.team.zone
    yield "conversations.jsonl", _conversations(assistant)
    yield "samples.jsonl", _samples(assistant)
    yield "grades.jsonl", _grades(assistant, zone)
    yield "flags.jsonl", _flags(assistant, zone)
    yield "signals.jsonl", _signals(assistant, zone)
    yield "releases.jsonl", _releases(assistant, zone)
    yield "definitions.jsonl", _definitions(assistant)
    yield "reviewers.jsonl", _reviewers(assistant)
    yield "day_counts.jsonl", _day_counts(assistant)
    yield "signal_sums.jsonl", _signal_sums(assistant, days)


def _without(row: Row, name: str) -> Row:
    return {key: value for key, value in row.items() if key != name}


def _streamed(rows: QuerySet[Any, Any]) -> Iterator[Any]:
    """Through a cursor of the server."""
    return rows.iterator(chunk_size=AT_A_TIME)


def _with_day(
    rows: Iterable[dict[str, Any]], zone: ZoneInfo, moment: str = "at"
) -> Iterator[dict[str, Any]]:
    """The rows with `on`, the day of a moment by the team's clock."""
    for row in rows:
        yield {**row, "on": row[moment].astimezone(zone).date()}


def _conversations(assistant: Assistant) -> Iterator[Row]:
    rows = Conversation.objects.filter(assistant=assistant).order_by("pk")
    fields = (
        "started_at", "received_at", "day", "kind", "channel", "language", "model",
        "prompt_version", "retrieval_version", "tokens_in", "tokens_out", "latency_ms", "cost",
        "user_hash", "ticket_ref", "sample_rate", "answers", "messages", "passages", "attributes",
    )  # fmt: skip
    for row in _streamed(rows.values("external_id", *fields)):
        yield {"id": row.pop("external_id"), **row}


def _samples(assistant: Assistant) -> Iterator[Row]:
    rows = Sample.objects.filter(assistant=assistant).order_by("pk")
    named = rows.annotate(conversation_ref=F("conversation__external_id"))
    fields = (
        "id", "answer_index", "reason", "probability", "stratum", "day", "kind", "chosen_at",
    )  # fmt: skip
    for row in _streamed(named.values("conversation_ref", *fields)):
        yield {"conversation_id": row.pop("conversation_ref"), **row}


def _grades(assistant: Assistant, zone: ZoneInfo) -> Iterator[Row]:
    """Every grade that was ever given, with its place in the queue and what it superseded.

    `place`: decision for a lead's, else first or second by the time of the place. Levels are
    fetched a chunk of grades at a time.
    """
    rows = (
        Grade.objects.filter(assignment__assistant=assistant)
        .order_by("pk")
        .values(
            "id", "verdict", "note", "is_urgent", "evidence", "seconds", "graded_at", "reviewer_id",
            sample=F("assignment__sample_id"),
            ref=F("assignment__sample__conversation__external_id"),
            answer=F("assignment__sample__answer_index"),
            slot=F("assignment__slot"),
            purpose=F("assignment__purpose"),
            number=F("version__number"),
            old=F("supersedes_id"),
            new=F("superseded_by__id"),
        )
    )  # fmt: skip
    for chunk in _chunks(_streamed(rows)):
        levels = _levels([row["id"] for row in chunk])
        for row in chunk:
            yield {
                "id": row["id"],
                "conversation_id": row["ref"],
                "answer_index": row["answer"],
                "sample_id": row["sample"],
                "slot": row["slot"],
                "purpose": row["purpose"],
                "reviewer": str(row["reviewer_id"]),
                "verdict": row["verdict"],
                "version": row["number"],
                "graded_at": row["graded_at"],
                "on": row["graded_at"].astimezone(zone).date(),
                "seconds": row["seconds"],
                "note": row["note"],
                "is_urgent": row["is_urgent"],
                "evidence": row["evidence"],
                "criteria": levels.get(row["id"], []),
                "supersedes": row["old"],
                "superseded_by": row["new"],
            }


def _chunks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == AT_A_TIME:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _levels(grades: list[int]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    rows = CriterionGrade.objects.filter(grade__in=grades).order_by("grade", "criterion__position")
    for row in rows.values(
        "grade_id", "went_wrong", key=F("criterion__key"), value=F("level__value"),
        standing=F("level__standing"),
    ):  # fmt: skip
        found.setdefault(row["grade_id"], []).append(_without(row, "grade_id"))
    return found


def _flags(assistant: Assistant, zone: ZoneInfo) -> Iterator[Row]:
    rows = Flag.objects.filter(assistant=assistant).order_by("pk")
    fields = (
        "id", "external_id", "conversation_ref", "answer_index", "pasted_text", "reason", "note",
        "is_urgent", "by_label", "at", "received_at", "withdrawn_at", "sample_id",
    )  # fmt: skip
    return _with_day(
        map(_about, _streamed(rows.values(*fields, *ABOUT_CONVERSATION.values()))), zone
    )


def _signals(assistant: Assistant, zone: ZoneInfo) -> Iterator[Row]:
    rows = Signal.objects.filter(assistant=assistant).order_by("pk")
    fields = (
        "external_id", "conversation_ref", "name", "value", "is_negative", "comment", "at",
        "received_at",
    )  # fmt: skip
    return _with_day(
        map(_about, _streamed(rows.values(*fields, *ABOUT_CONVERSATION.values()))), zone
    )


def _about(row: dict[str, Any]) -> dict[str, Any]:
    """The conversation's own fields under plain names; one that is not known yet has none."""
    about = {name: row.pop(source) for name, source in ABOUT_CONVERSATION.items()}
    if about["day"] is None:
        return {"conversation_id": row["conversation_ref"], **row}
    return {**about, **row}


def _releases(assistant: Assistant, zone: ZoneInfo) -> Iterator[Row]:
    rows = Release.objects.filter(assistant=assistant).order_by("went_live_at", "pk")
    fields = (
        "id", "kind", "name", "went_live_at", "announced", "note", "link", "recorded_label",
        "created_at",
    )  # fmt: skip
    return _with_day(_streamed(rows.values(*fields)), zone, "went_live_at")


def _definitions(assistant: Assistant) -> Iterator[Row]:
    rows = DefinitionVersion.objects.filter(assistant=assistant).order_by("number")
    for one in rows.prefetch_related("criteria__levels"):
        yield {
            "version": one.number,
            "status": one.status,
            "title": one.title,
            "text": one.text,
            "max_failed": one.max_failed,
            "max_partly": one.max_partly,
            "change": one.change,
            "published_at": one.published_at,
            "criteria": [
                {
                    "key": criterion.key,
                    "name": criterion.name,
                    "question": criterion.question,
                    "is_critical": criterion.is_critical,
                    "levels": [
                        {
                            name: getattr(level, name)
                            for name in ("value", "standing", "name", "anchor", "example")
                        }
                        for level in criterion.levels.all()
                    ],
                }
                for criterion in one.criteria.all()
            ],
        }


def _reviewers(assistant: Assistant) -> Iterator[Row]:
    """Everybody who ever belonged to the team, with each stretch and role."""
    rows = Membership.objects.filter(team=assistant.team).order_by("pk")
    for row in rows.values(
        "role", "created_at", "ended_at", "user_id", name=F("user__name"),
        is_external=F("user__is_external"),
    ):  # fmt: skip
        yield {"id": str(row["user_id"]), **_without(row, "user_id")}


def _day_counts(assistant: Assistant) -> Iterator[Row]:
    rows = DayCount.objects.filter(assistant=assistant).order_by("day", "kind")
    return _streamed(rows.values("day", "kind", "conversations", "answers", "represented"))


def _signal_sums(assistant: Assistant, days: tuple[date, date]) -> Iterator[Row]:
    """The cheap signals as the watch takes them; only days and kinds with any traffic."""
    first, last = days
    daily = carried_signals(assistant, first, last)
    for signal in daily.signals:
        for day, kind in zip(*signal.answers.nonzero(), strict=True):
            yield {
                "signal": signal.name,
                "is_rate": signal.is_rate,
                "falls_when_worse": signal.falls_when_worse,
                "day": daily.day(int(day)),
                "kind": daily.kinds[int(kind)],
                "total": float(signal.total[day, kind]),
                "carried": float(signal.answers[day, kind]),
            }
