"""What the watch would have said about an assistant's last weeks, day by day, from its own rows.

It is worked out beside the page, for each period anew every hour and after each day: walking
through half a year of a busy team takes seconds. The page reads it and says as of when it is.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import inf

import msgspec
from django.db.models import Q

from ingestion.models import Assistant, Release
from portal.stored import shaped
from portal.ticks.aside import Aside, each
from portal.words import day_range
from reviews.answer.names import NO_KIND, release_label
from reviews.backtest.shapes import Recorded
from reviews.backtest.telling import kind_name, release_of, replayed, sentence, since_words
from reviews.measure.values import Level, level_of
from reviews.models import KeptLookBack
from reviews.stats.onset import Onset
from reviews.stats.replay import Replay
from reviews.watch.drift import last_complete_day
from reviews.watch.history import known_days, recorded_of

PERIODS = (6, 12, 26)  # weeks
USUAL_PERIOD = 12
SMALLER_KINDS = "Smaller kinds together"
TASK = "look_back"
# Grades that come late, and what is taken back, may change days that are over.
AGAIN, NOTHING_AGAIN = timedelta(hours=1), timedelta(minutes=1)


@dataclass(frozen=True)
class ToldLine:
    """What would have been said on a day: worse or better, since when, where, after what."""

    on: date
    is_worse: bool
    since: str
    settled: str
    kind: str
    release: str
    days_late: int


@dataclass(frozen=True)
class WeekLine:
    """A week and its share of good answers; None without grades."""

    days: str
    level: Level | None


@dataclass(frozen=True)
class LookBack:
    """The sentence, what would have been told, the weeks, and the kinds of question in the order of
    their numbers, by their own names."""

    first: date
    last: date
    sentence: str
    is_quiet: bool
    is_warm: bool
    told: Sequence[ToldLine]
    weeks: Sequence[WeekLine]
    kinds: Sequence[str]

    @property
    def has_ranges(self) -> bool:
        """Whether ranges stand beside the shares of some weeks, or there are none of either."""
        levels = [one.level for one in self.weeks if one.level is not None]
        return not levels or any(one.corrected for one in levels)


@dataclass(frozen=True)
class Kept:
    """What there is to show: `page` as of a moment (None: nothing to look back on). Without a
    moment it is still being worked out, or, `is_stuck`, cannot be."""

    as_of: datetime | None
    page: LookBack | None
    is_stuck: bool


def period(assistant: Assistant, weeks: int, at: datetime) -> tuple[date, date] | None:
    """The last `weeks` weeks that are complete, or as much of them as there is; None: nothing."""
    known = known_days(assistant)
    last = last_complete_day(assistant=assistant, at=at)
    if known is None or known[0] > last:
        return None
    return max(known[0], last - timedelta(days=7 * weeks - 1)), last


def look_back(assistant: Assistant, weeks: int, at: datetime) -> LookBack | None:
    """Replay the last weeks; None when there is nothing yet. Thirteen queries."""
    days = period(assistant, weeks, at)
    if days is None:
        return None
    first, last = days
    recorded = _with_labels(assistant, recorded_of(assistant, first, last))
    if recorded.history.sampled.day.size and not recorded.history.grades.known.size:
        return None  # answers were chosen, and nobody has graded one yet
    said = replayed(recorded.history)
    return LookBack(
        first=first,
        last=last,
        sentence=sentence(recorded, said),
        is_quiet=not said.alerts,
        is_warm=any(one.warm for one in said.sights),
        told=_told(recorded, said),
        weeks=[
            WeekLine(_week_words(one.first, last), level_of(one.estimate))
            for one in reversed(said.weekly)
        ],
        kinds=list(recorded.history.kinds),
    )


def _with_labels(assistant: Assistant, recorded: Recorded) -> Recorded:
    """The releases by the names that other pages have for them."""
    ids = [int(one.id) for one in recorded.releases]
    known = Release.objects.filter(assistant=assistant).in_bulk(ids)
    labelled = [replace(one, name=release_label(known[int(one.id)])) for one in recorded.releases]
    return replace(recorded, releases=labelled)


def _week_words(monday: int, today: date) -> str:
    return day_range(date.fromordinal(monday), date.fromordinal(monday + 6), today)


def named(recorded: Recorded, kind: int | None) -> str:
    """A kind as people read it."""
    if kind is None:
        return "All kinds alike"
    if not 0 <= kind < len(recorded.history.kinds):
        return SMALLER_KINDS
    return kind_name(recorded.history, kind) or NO_KIND


def _told(recorded: Recorded, said: Replay) -> list[ToldLine]:
    today = date.fromordinal(recorded.history.last)

    def release(onset: Onset) -> str:
        found = release_of(onset, recorded.releases)
        return found.name if found else ""

    return [
        ToldLine(
            on=date.fromordinal(one.raised),
            is_worse=True,
            since=since_words(one.onset, today),
            settled=since_words(one.settled, today),
            kind=named(recorded, one.settled_kind),
            release=release(one.settled),
            days_late=one.raised - one.settled.best,
        )
        for one in said.alerts
    ]


def kept(*, assistant: Assistant, weeks: int, at: datetime) -> Kept:
    """What is known of these weeks. Two queries."""
    row = KeptLookBack.objects.filter(assistant=assistant, weeks=weeks).first()
    is_stuck = Aside(task=TASK, at=at).waits(_key(assistant, weeks))
    if row is None:
        return Kept(None, None, is_stuck)
    of = f"look back {row.pk}"
    page = shaped(row.content, LookBack, of=of) if row.content else None
    return Kept(row.as_of, page, is_stuck)


def keep_due(*, at: datetime, until: float = inf) -> int:
    """Look back for each assistant and period that is due, until a time of time.monotonic();
    returns how many were worked out."""
    return sum(
        each(
            task=TASK,
            items=_pieces(until),
            key=lambda one: _key(one.assistant, one.weeks),
            assistant=lambda one: one.assistant.pk,
            work=lambda one: _keep_if_due(one, at),
            at=at,
        )
    )


def keep(*, assistant: Assistant, weeks: int, at: datetime) -> None:
    """Look back over so many weeks, and keep what came of it."""
    found = look_back(assistant, weeks, at)
    KeptLookBack.objects.update_or_create(
        assistant=assistant,
        weeks=weeks,
        defaults={
            "day": last_complete_day(assistant=assistant, at=at),
            "as_of": at,
            "content": msgspec.to_builtins(found) if found else None,
        },
    )


@dataclass(frozen=True)
class _Piece:
    """A period of an assistant, and when it was looked at: its last day, as of, was it nothing."""

    assistant: Assistant
    weeks: int
    known: tuple[date, datetime, bool] | None


def _key(assistant: Assistant, weeks: int) -> str:
    return f"assistant-{assistant.pk}-{weeks}"


def _pieces(until: float) -> Iterator[_Piece]:
    rows = KeptLookBack.objects.annotate(is_nothing=Q(content__isnull=True))
    known = {
        (assistant, weeks): (day, as_of, is_nothing)
        for assistant, weeks, day, as_of, is_nothing in rows.values_list(
            "assistant_id", "weeks", "day", "as_of", "is_nothing"
        )
    }
    for assistant in Assistant.objects.select_related("team").order_by("pk"):
        for weeks in PERIODS:
            if time.monotonic() >= until:
                return
            yield _Piece(assistant, weeks, known.get((assistant.pk, weeks)))


def _keep_if_due(piece: _Piece, at: datetime) -> bool:
    if piece.known is not None:
        day, as_of, is_nothing = piece.known
        rests_until = as_of + (NOTHING_AGAIN if is_nothing else AGAIN)
        last = last_complete_day(assistant=piece.assistant, at=at)
        if at < rests_until and day == last:
            return False
    keep(assistant=piece.assistant, weeks=piece.weeks, at=at)
    return True
