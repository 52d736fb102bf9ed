"""What the watch would have said about an assistant's last weeks, day by day, from its own rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from ingestion.models import Assistant, Release
from portal.words import day_range
from reviews.answer.names import NO_KIND, release_label
from reviews.backtest.shapes import Recorded
from reviews.backtest.telling import kind_name, release_of, replayed, sentence, since_words
from reviews.stats.estimates import Estimate
from reviews.stats.onset import Onset
from reviews.stats.replay import Replay
from reviews.watch.drift import last_complete_day
from reviews.watch.history import known_days, recorded_of

PERIODS = (6, 12, 26)  # weeks
USUAL_PERIOD = 12
SMALLER_KINDS = "Smaller kinds together"


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
    estimate: Estimate | None


@dataclass(frozen=True)
class LookBack:
    """The page: the sentence, what would have been told, and the weeks."""

    first: date
    last: date
    sentence: str
    is_quiet: bool
    is_warm: bool
    told: Sequence[ToldLine]
    weeks: Sequence[WeekLine]


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
            WeekLine(_week_words(one.first, last), one.estimate) for one in reversed(said.weekly)
        ],
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
