"""Walk through a history day by day, as the product would have seen it: what it would have said.

The code of the watch itself is used: on each day only what was known by then is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reviews.stats.alarms import Event, KnownIncident, Sight, Surroundings, watch_round
from reviews.stats.drift import DriftAlarm, find_drift
from reviews.stats.estimates import Estimate
from reviews.stats.hints import Traffic
from reviews.stats.history import History
from reviews.stats.onset import Onset
from reviews.stats.periods import estimate_period, rates_as_of

# A week's estimate is final ten days after its end.
FINAL_AFTER = 10
WEEK = 7


@dataclass(frozen=True)
class Alert:
    """An alarm: on which day it was raised, what was known then, and a week later."""

    raised: int
    kind: int | None
    onset: Onset
    settled_kind: int | None
    settled: Onset


@dataclass(frozen=True)
class WeekEstimate:
    """A week (its first day) and the share of good answers in it; None without grades."""

    first: int
    estimate: Estimate | None


@dataclass(frozen=True)
class Replay:
    """Everything that would have been said, and what was seen on each day."""

    alerts: Sequence[Alert]
    recovered: Sequence[Onset]
    drift: Sequence[DriftAlarm]
    weekly: Sequence[WeekEstimate]
    sights: Sequence[Sight]


def replay(
    history: History, *, false_alarms_a_year: float = 1.0, first_week: int | None = None
) -> Replay:
    """Go through all days. Weeks are counted from `first_week`, a day (default: the first one)."""
    drift = find_drift(history.signals)
    around = Surroundings(
        releases=history.releases,
        drift_alarms=[history.first + alarm.day for alarm in drift],
        traffic=Traffic(history.first, history.signals, range(len(history.kinds))),
        false_alarms_a_year=false_alarms_a_year,
    )
    incidents: Sequence[KnownIncident] = ()
    alerts: list[Alert] = []
    recovered: list[Onset] = []
    sights: list[Sight] = []
    for today in range(history.first, history.last + 1):
        answers, _ = history.graded_as_of(today)
        round_ = watch_round(
            answers.verdict_counts(),
            today=today,
            first=history.first,
            incidents=incidents,
            around=around,
        )
        incidents = round_.incidents
        sights.append(round_.fresh)
        for change in round_.changes:
            sight, place = change.sight, change.place
            if change.event is Event.RAISED and sight.onset is not None:
                alerts.append(Alert(today, sight.kind, sight.onset, sight.kind, sight.onset))
            elif change.event is Event.RECOVERED and sight.better is not None:
                recovered.append(sight.better)
            elif sight.onset is not None:
                alerts[place] = replace(alerts[place], settled_kind=sight.kind, settled=sight.onset)
    return Replay(
        alerts=alerts,
        recovered=recovered,
        drift=drift,
        weekly=weekly_estimates(history, history.first if first_week is None else first_week),
        sights=sights,
    )


def weekly_estimates(history: History, first_week: int) -> list[WeekEstimate]:
    """The estimate of each complete week as it was when it became final."""
    weeks = []
    for first in range(first_week, history.last + 1 - (WEEK - 1), WEEK):
        last = first + WEEK - 1
        known = min(last + FINAL_AFTER, history.last)
        answers, gold = history.graded_as_of(known)
        rates = rates_as_of(known, answers, gold)
        traffic = history.traffic_as_of(known).between(first, last)
        weeks.append(
            WeekEstimate(first, estimate_period(answers.between(first, last), traffic, rates))
        )
    return weeks
