"""The cheap signals on all traffic as the watch takes them: sums by day and kind (STATISTICS 4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from ingestion.models import Assistant, DayCount, DaySignals
from ingestion.models import Signal as SentSignal
from reviews.models import Flag
from reviews.stats.counts import Floats
from reviews.stats.drift import Signal

DAY = timedelta(days=1)
# A rate that rests on fewer cases moves with the traffic more than with the answers.
LEAST_CASES = 50
LEAST_CARRYING = 0.2  # of the conversations: a mean over a few special ones says little of all

LABELS = {
    "escalated": "Escalated",
    "did_not_answer": "Did not answer",
    "thumbs_down": "Thumbs down",
    "flagged": "Flagged by agents",
    "top_score": "Score of the best passage",
    "length": "Length of answers",
    "latency": "Time to answer",
}
LOGS = frozenset({"length", "latency"})  # watched as logs, said in words and milliseconds


@dataclass(frozen=True)
class DailySignals:
    """All signals from day `first` on: arrays are days x kinds, rows in the order of the days."""

    first: date
    days: int
    kinds: Sequence[str]
    conversations: Floats
    signals: Sequence[Signal]

    def day(self, row: int) -> date:
        """The day of a row."""
        return self.first + row * DAY

    def row(self, day: date) -> int:
        """The row of a day."""
        return (day - self.first).days


def own_unit(signal: str, value: float) -> float:
    """A watched value as people say it: words and milliseconds instead of their logs.

    >>> round(own_unit("length", 4.0), 1), own_unit("top_score", 0.7)
    (54.6, 0.7)
    """
    return float(np.exp(value)) if signal in LOGS else value


def is_carried(signal: Signal, conversations: Floats) -> bool:
    """False when too few conversations carry the signal to watch it."""
    if signal.is_rate:
        return bool(signal.total.sum() >= LEAST_CASES)
    return bool(signal.answers.sum() >= LEAST_CARRYING * max(conversations.sum(), 1.0))


def daily_signals(*, assistant: Assistant, first: date, last: date) -> DailySignals:
    """Sums of each day and kind from `first` to `last`, both included, in four queries.

    Escalations and thumbs belong to the day of their conversation, an agent's flag to the day it
    was received: agents flag when they can, often days later.
    """
    counts = DayCount.objects.filter(assistant=assistant, day__range=(first, last))
    counted = list(counts.values_list("day", "kind", "conversations"))
    kinds = sorted({kind for _, kind, _ in counted})
    place = _Place(first, (last - first).days + 1, kinds)
    sums = list(DaySignals.objects.filter(assistant=assistant, day__range=(first, last)))
    conversations = place.table(counted)

    def of(name: str) -> Floats:
        return place.table((row.day, row.kind, getattr(row, name)) for row in sums)

    escalated, thumbs = _sent(assistant, first, last)
    summed = of("conversations")
    return DailySignals(
        first=first,
        days=place.days,
        kinds=kinds,
        conversations=conversations,
        signals=[
            Signal("escalated", place.table(escalated), conversations, True),
            Signal("did_not_answer", of("did_not_answer"), summed, True),
            Signal("thumbs_down", place.table(thumbs), conversations, True),
            Signal("flagged", place.table(_flags(assistant, first, last)), conversations, True),
            Signal("top_score", of("top_score"), of("scored"), False, True),
            Signal("length", of("log_length"), summed, False),
            Signal("latency", of("log_latency"), of("timed"), False),
        ],
    )


Cell = tuple[date, str, float]


@dataclass(frozen=True)
class _Place:
    """Where a day and kind stand in the arrays."""

    first: date
    days: int
    kinds: Sequence[str]

    def table(self, cells: Iterable[Cell]) -> Floats:
        """Days x kinds; a kind nobody counted yet is left out until it is."""
        column = {kind: number for number, kind in enumerate(self.kinds)}
        values: Floats = np.zeros((self.days, len(self.kinds)))
        for day, kind, value in cells:
            if kind in column:
                values[(day - self.first).days, column[kind]] += value
        return values


def _sent(assistant: Assistant, first: date, last: date) -> tuple[list[Cell], list[Cell]]:
    """Conversations that were escalated, and those with a thumb down or a bad rating."""
    start, _ = _bounds(assistant, first, last)
    sent = SentSignal.objects.filter(
        assistant=assistant,
        is_negative=True,
        at__gte=start - DAY,  # indexed; a caller's clock may be off
        conversation__day__range=(first, last),
    )
    is_escalation = Q(name=SentSignal.Name.ESCALATION)
    rows = sent.values_list("conversation__day", "conversation__kind").annotate(
        escalated=Count("conversation", distinct=True, filter=is_escalation),
        thumbs=Count("conversation", distinct=True, filter=~is_escalation),
    )
    cells = list(rows)
    return (
        [(day, kind, escalated) for day, kind, escalated, _ in cells],
        [(day, kind, thumbs) for day, kind, _, thumbs in cells],
    )


def _flags(assistant: Assistant, first: date, last: date) -> list[Cell]:
    """Flags that were not taken back; one without a conversation of ours has no kind."""
    start, end = _bounds(assistant, first, last)
    flags = Flag.objects.that_stand().filter(
        assistant=assistant,
        received_at__gte=start,
        received_at__lt=end,
        conversation__isnull=False,
    )
    by_day = flags.annotate(on=TruncDate("received_at", tzinfo=assistant.team.zone))
    rows = by_day.values_list("on", "conversation__kind").annotate(n=Count("pk"))
    return [(day, kind, number) for day, kind, number in rows]


def _bounds(assistant: Assistant, first: date, last: date) -> tuple[datetime, datetime]:
    """The moments at which the days begin and end for the team."""
    return (
        assistant.team.midnight(first),
        assistant.team.midnight(last + DAY),
    )
