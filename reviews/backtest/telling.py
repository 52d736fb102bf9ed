"""What a replay comes to: one calm line for people, and output.json for programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NotRequired, TypedDict

import numpy as np

from portal.words import day as day_words
from portal.words import day_range, listed
from reviews.backtest.shapes import Recorded, ReleaseDay
from reviews.stats.enough_grades import WARM_UP_DAYS, WARM_UP_GRADES
from reviews.stats.history import FIRST, SECOND, History
from reviews.stats.onset import Onset
from reviews.stats.replay import Replay, replay

WEEK = 7


class Dating(TypedDict):
    """What is said about a start."""

    segment: str | None
    release_id: str | None
    onset_low: str
    onset_high: str
    onset_best: str


class SaidAlert(TypedDict):
    """An alert; drift says only on which day."""

    raised_on: str
    kind: str
    segment: NotRequired[str | None]
    release_id: NotRequired[str | None]
    onset_low: NotRequired[str]
    onset_high: NotRequired[str]
    onset_best: NotRequired[str]
    final: NotRequired[Dating]


class SaidWeek(TypedDict):
    """A week's share of good answers with its range, from `n` grades."""

    week_start: str
    pass_rate: float
    low: float
    high: float
    n: int


class Output(TypedDict):
    """output.json."""

    alerts: list[SaidAlert]
    weekly: list[SaidWeek]
    graded_by_day: dict[str, int]


def replayed(history: History) -> Replay:
    """The replay, with weeks that begin on the first Monday."""
    first_week = history.first + -date.fromordinal(history.first).weekday() % WEEK
    return replay(history, first_week=first_week)


def iso(day: int) -> str:
    """A day as a date: 2026-11-17."""
    return date.fromordinal(day).isoformat()


def release_of(onset: Onset, releases: Sequence[ReleaseDay]) -> ReleaseDay | None:
    """The release that explains a start: the day's last one."""
    named = [one for one in releases if one.day == onset.release]
    return named[-1] if named else None


def _dating(recorded: Recorded, kind: int | None, onset: Onset) -> Dating:
    release = release_of(onset, recorded.releases)
    return {
        "segment": kind_name(recorded.history, kind),
        "release_id": release.id if release else None,
        "onset_low": iso(onset.low),
        "onset_high": iso(onset.high),
        "onset_best": iso(onset.best),
    }


def kind_name(history: History, kind: int | None) -> str | None:
    """The kind's name; small kinds that were put together have none of their own."""
    if kind is None:
        return None
    return history.kinds[kind] if 0 <= kind < len(history.kinds) else "the smaller kinds"


def graded_by_day(history: History) -> dict[str, int]:
    """Drawn answers with a grade by any of the days, by conversation day."""
    mine = (history.grades.known <= history.last) & np.isin(history.grades.place, (FIRST, SECOND))
    answers = np.unique(history.grades.answer[mine])
    answers = answers[history.sampled.drawn[answers]]
    days, counts = np.unique(history.sampled.day[answers], return_counts=True)
    return {iso(int(day)): int(n) for day, n in zip(days, counts, strict=True)}


def output(recorded: Recorded, said: Replay) -> Output:
    """Everything that was said, with dates."""
    alerts: list[SaidAlert] = [
        {
            "raised_on": iso(one.raised),
            "kind": "quality",
            **_dating(recorded, one.kind, one.onset),
            "final": _dating(recorded, one.settled_kind, one.settled),
        }
        for one in said.alerts
    ]
    first = recorded.history.first
    alerts += [
        {"raised_on": iso(first + day), "kind": "drift"}
        for day in sorted({one.day for one in said.drift})
    ]
    weekly: list[SaidWeek] = [
        {
            "week_start": iso(one.first),
            "pass_rate": one.estimate.good,
            "low": one.estimate.low,
            "high": one.estimate.high,
            "n": one.estimate.graded,
        }
        for one in said.weekly
        if one.estimate is not None
    ]
    return {"alerts": alerts, "weekly": weekly, "graded_by_day": graded_by_day(recorded.history)}


def since_words(onset: Onset, today: date) -> str:
    """When it started: "since about Tue 17 Nov (16 to 18 Nov)"."""
    best = day_words(date.fromordinal(onset.best), today)
    if onset.low == onset.high:
        return f"since {best}"
    span = day_range(date.fromordinal(onset.low), date.fromordinal(onset.high), today)
    return f"since about {best} ({span})"


def sentence(recorded: Recorded, said: Replay) -> str:
    """One line: when it would have told you, and of what; or why it says nothing."""
    history = recorded.history
    today = date.fromordinal(history.last)
    told = []
    for one in said.alerts:
        parts = [f"worse {since_words(one.onset, today)}"]
        name = kind_name(history, one.kind)
        if name is not None:
            parts.append(f"mainly {name or 'questions without a kind'}")
        release = release_of(one.onset, recorded.releases)
        if release is not None:
            parts.append(f"right after {release.name}")
        told.append(f"on {day_words(date.fromordinal(one.raised), today)}: {', '.join(parts)}")
    if told:
        return f"It would have told you {listed(told)}."
    days = history.last - history.first + 1
    if any(one.warm for one in said.sights):
        return f"No sign of change in {days} days."
    graded = max((one.graded for one in said.sights), default=0)
    return (
        f"Not enough grades to tell in {days} days: {graded} of random answers were graded; a "
        f"comparison takes more than {WARM_UP_DAYS} days and {WARM_UP_GRADES} grades."
    )
