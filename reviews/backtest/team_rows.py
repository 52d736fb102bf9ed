"""A team's own rows as a history: the database and an export of it give the same one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from reviews.backtest.ledger import Ledger
from reviews.backtest.shapes import Recorded, ReleaseDay
from reviews.stats.drift import Signal
from reviews.stats.history import DECISION, FIRST, NEVER, SECOND

DRAWN = frozenset(("random", "boost"))
# Chosen because somebody said the answer was bad; escalated and imported ones speak for nobody.
COUNTED = DRAWN | {"flagged", "thumbs_down"}
BLIND_SLOTS = (1, 2)
VERDICTS = {"good": False, "not_good": True}


class SampleRow(Struct, gc=False):
    """An answer chosen for review; `conversation_id` is what marks call its conversation."""

    id: int
    conversation_id: str
    day: date
    kind: str
    reason: str
    probability: float


class GradeRow(Struct, gc=False):
    """A grade, current or superseded; `on` is its day by the team's clock. Places of a sample are
    told apart by `slot`."""

    id: int
    sample_id: int
    slot: int
    purpose: str
    reviewer: str
    verdict: str
    version: int
    graded_at: datetime
    on: date


class MarkRow(Struct, gc=False):
    """A conversation with `answers` answers that is known as flagged or thumbed down since `on`."""

    conversation_id: str
    day: date
    kind: str
    answers: int
    on: date


class CountRow(Struct, gc=False):
    """All answers of a day and kind."""

    day: date
    kind: str
    answers: int


class TeamRows(NamedTuple):
    """Everything that a history of the days first..last takes; `kinds` are the columns of the
    signals."""

    first: date
    last: date
    samples: Iterable[SampleRow]
    grades: Iterable[GradeRow]
    marks: Iterable[MarkRow]
    counts: Iterable[CountRow]
    kinds: Sequence[str]
    signals: Sequence[Signal]
    releases: Sequence[ReleaseDay]


def recorded_from(rows: TeamRows) -> Recorded:
    """The history in the rows; those of other days are left out.

    A grade that was undone, or changed within its day, never counts: it would take an hourly replay
    to see it. One changed on a later day counts until then.
    """
    ledger = Ledger()
    for kind in rows.kinds:
        ledger.kind(kind)
    first, last = rows.first.toordinal(), rows.last.toordinal()
    for count in rows.counts:
        ledger.cell(count.day.toordinal(), ledger.kind(count.kind)).answers += count.answers
    since: dict[str, int] = {}
    for mark in sorted(rows.marks, key=lambda one: one.on):
        if mark.conversation_id not in since:
            known = since[mark.conversation_id] = mark.on.toordinal()
            for _ in range(mark.answers):
                ledger.flag(day=mark.day.toordinal(), kind=ledger.kind(mark.kind), known=known)
    chains: dict[int, dict[int, list[GradeRow]]] = defaultdict(lambda: defaultdict(list))
    for grade in rows.grades:
        chains[grade.sample_id][grade.slot].append(grade)
    for sample in rows.samples:
        if sample.reason not in COUNTED:
            continue
        is_drawn = sample.reason in DRAWN
        place = ledger.sample(
            day=sample.day.toordinal(),
            kind=ledger.kind(sample.kind),
            chance=sample.probability if is_drawn else None,
            flagged_on=since.get(sample.conversation_id, NEVER),
        )
        _seat(ledger, place, chains.get(sample.id, {}).values())
    history = ledger.history(
        first=first,
        last=last,
        releases=[one.day for one in rows.releases],
        signals=[_widened(one, len(ledger.kinds)) for one in rows.signals],
    )
    return Recorded(history, rows.releases)


def _widened(signal: Signal, kinds: int) -> Signal:
    """With a column for each kind: one that was graded may not be counted yet."""
    more = ((0, 0), (0, max(0, kinds - signal.total.shape[1])))
    return replace(signal, total=np.pad(signal.total, more), answers=np.pad(signal.answers, more))


def _seat(ledger: Ledger, answer: int, chains: Iterable[list[GradeRow]]) -> None:
    """The grades of an answer in their places; a third person's blind one is left out."""
    those_that_count = [kept for chain in chains if (kept := _kept(chain))]
    those_that_count.sort(key=lambda kept: (kept[0].graded_at, kept[0].slot))
    reviews = [kept for kept in those_that_count if kept[0].purpose == "review"]
    blind = [kept for kept in reviews if kept[0].slot in BLIND_SLOTS]
    pair = blind[:2] if len(blind) > 1 else reviews[:1]
    seated = [(kept, place) for kept, place in zip(pair, (FIRST, SECOND), strict=False)]
    seated += [(kept, DECISION) for kept in those_that_count if kept[0].purpose != "review"]
    for kept, place in seated:
        for grade in kept:
            ledger.grade(
                answer,
                reviewer=grade.reviewer,
                version=grade.version,
                failed=VERDICTS[grade.verdict],
                place=place,
                known=grade.on.toordinal(),
            )


def _kept(chain: list[GradeRow]) -> list[GradeRow]:
    """The grades of a place that ever counted at the end of a day; none when it was undone or
    could not be judged in the end."""
    chain.sort(key=lambda one: one.id)
    if chain[-1].verdict not in VERDICTS:
        return []
    return [
        one
        for one, later in zip(chain, [*chain[1:], None], strict=True)
        if one.verdict in VERDICTS and (later is None or one.on < later.on)
    ]
