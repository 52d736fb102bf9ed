"""An assistant's own rows as a history that can be replayed: what was known, and since when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from ingestion.models import Assistant, DayCount, Release, Signal
from reviews.backtest.shapes import Recorded, ReleaseDay
from reviews.backtest.team_rows import (
    CountRow,
    GradeRow,
    MarkRow,
    SampleRow,
    TeamRows,
    recorded_from,
)
from reviews.measure.signals import DailySignals, daily_signals, is_carried
from reviews.models import Flag, Grade, Sample


def recorded_of(assistant: Assistant, first: date, last: date) -> Recorded:
    """The days first..last as they became known, for reviews.stats.replay, with the names of the
    releases. Nine queries, however many days and grades."""
    zone = assistant.team.zone
    days = (first, last)
    daily = carried_signals(assistant, first, last)
    counts = DayCount.objects.filter(assistant=assistant, day__range=days)
    samples = Sample.objects.filter(assistant=assistant, day__range=days)
    return recorded_from(
        TeamRows(
            first=first,
            last=last,
            samples=(
                # The sample's own columns: the conversations, wide rows, are left alone.
                SampleRow(pk, str(conversation), day, kind, reason, chance)
                for pk, conversation, day, kind, reason, chance in samples.order_by(
                    "pk"
                ).values_list("pk", "conversation_id", "day", "kind", "reason", "probability")
            ),
            grades=_grades(assistant, first, last, zone),
            marks=chain(
                _flags(assistant, first, last, zone), _thumbs(assistant, first, last, zone)
            ),
            counts=(
                CountRow(*row)
                for row in counts.order_by("day", "kind").values_list("day", "kind", "answers")
            ),
            kinds=daily.kinds,
            signals=daily.signals,
            releases=[
                ReleaseDay(str(pk), name, assistant.team.day_of(at).toordinal())
                for pk, name, at in Release.objects.filter(assistant=assistant)
                .order_by("went_live_at", "pk")
                .values_list("pk", "name", "went_live_at")
            ],
        )
    )


def carried_signals(assistant: Assistant, first: date, last: date) -> DailySignals:
    """The cheap signals of these days, those that enough conversations carry."""
    daily = daily_signals(assistant=assistant, first=first, last=last)
    carried = [one for one in daily.signals if is_carried(one, daily.conversations)]
    return replace(daily, signals=carried)


def known_days(assistant: Assistant) -> tuple[date, date] | None:
    """The first and the last day with traffic; None without any."""
    days = DayCount.objects.filter(assistant=assistant, conversations__gt=0).order_by("day")
    first, last = days.first(), days.last()
    return (first.day, last.day) if first and last else None


def _grades(assistant: Assistant, first: date, last: date, zone: ZoneInfo) -> Iterator[GradeRow]:
    rows = Grade.objects.filter(
        assignment__sample__assistant=assistant, assignment__sample__day__range=(first, last)
    )
    found: Iterable[tuple[Any, ...]] = rows.order_by("pk").values_list(
        "pk",
        "assignment__sample_id",
        "assignment__slot",
        "assignment__purpose",
        "reviewer_id",
        "verdict",
        "version__number",
        "graded_at",
    )
    for pk, sample, slot, purpose, reviewer, verdict, version, at in found:
        yield GradeRow(
            id=pk,
            sample_id=sample,
            slot=slot,
            purpose=purpose,
            reviewer=str(reviewer),
            verdict=verdict,
            version=version,
            graded_at=at,
            on=at.astimezone(zone).date(),
        )


def _flags(assistant: Assistant, first: date, last: date, zone: ZoneInfo) -> Iterator[MarkRow]:
    """Flags that were not taken back; known since the moment that the flag itself names."""
    flags = Flag.objects.that_stand().filter(
        assistant=assistant, conversation__day__range=(first, last)
    )
    return _marks(flags.order_by("pk").values_list(*_MARK, "at"), zone)


def _thumbs(assistant: Assistant, first: date, last: date, zone: ZoneInfo) -> Iterator[MarkRow]:
    thumbs = Signal.objects.filter(
        assistant=assistant,
        name=Signal.Name.THUMBS,
        value=-1,
        conversation__day__range=(first, last),
    )
    return _marks(thumbs.order_by("pk").values_list(*_MARK, "at"), zone)


_MARK = (
    "conversation_id",
    "conversation__day",
    "conversation__kind",
    "conversation__answers",
)


def _marks(rows: Iterable[tuple[Any, ...]], zone: ZoneInfo) -> Iterator[MarkRow]:
    for conversation, day, kind, answers, at in rows:
        yield MarkRow(str(conversation), day, kind, answers, at.astimezone(zone).date())
