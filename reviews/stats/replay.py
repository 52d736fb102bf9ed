"""Walk through a history day by day, as the product would have seen it: what it would have said.

The code of the watch itself is used: on each day only what was known by then is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reviews.stats.drift import DriftAlarm, find_drift
from reviews.stats.estimates import Estimate
from reviews.stats.history import History
from reviews.stats.onset import Onset
from reviews.stats.periods import RATES_DAYS, estimate_period
from reviews.stats.watching import Event, Watch, follow, look

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
    """Everything that would have been said, and the evidence of each day."""

    alerts: Sequence[Alert]
    recovered: Sequence[Onset]
    drift: Sequence[DriftAlarm]
    weekly: Sequence[WeekEstimate]
    evidence: Sequence[float]
    line: float


def replay(
    history: History, *, false_alarms_a_year: float = 1.0, first_week: int | None = None
) -> Replay:
    """Go through all days. Weeks are counted from `first_week`, a day (default: the first one)."""
    drift = find_drift(history.signals)
    drift_days = [history.first + alarm.day for alarm in drift]
    watch = Watch(baseline=history.first)
    alerts: list[Alert] = []
    recovered: list[Onset] = []
    evidence: list[float] = []
    line = 0.0
    for today in range(history.first, history.last + 1):
        answers, _ = history.graded_as_of(today)
        sight = look(
            answers.verdict_counts(),
            today=today,
            watch=watch,
            releases=history.releases,
            drift_alarms=drift_days,
            false_alarms_a_year=false_alarms_a_year,
        )
        evidence.append(sight.evidence)
        line = sight.line
        watch, event = follow(watch, sight)
        if event is Event.RAISED and sight.onset is not None:
            alerts.append(Alert(today, sight.kind, sight.onset, sight.kind, sight.onset))
        elif event in (Event.REDATED, Event.SETTLED) and sight.onset is not None:
            last = alerts.pop()
            alerts.append(Alert(last.raised, last.kind, last.onset, sight.kind, sight.onset))
        elif event is Event.RECOVERED and sight.better is not None:
            recovered.append(sight.better)
    return Replay(
        alerts=alerts,
        recovered=recovered,
        drift=drift,
        weekly=weekly_estimates(history, history.first if first_week is None else first_week),
        evidence=evidence,
        line=line,
    )


def weekly_estimates(history: History, first_week: int) -> list[WeekEstimate]:
    """The estimate of each complete week as it was when it became final."""
    weeks = []
    for first in range(first_week, history.last + 1 - (WEEK - 1), WEEK):
        last = first + WEEK - 1
        known = min(last + FINAL_AFTER, history.last)
        answers, gold = history.graded_as_of(known)
        rates = gold.rates(known - RATES_DAYS + 1, known)
        traffic = history.traffic_as_of(known).between(first, last)
        weeks.append(
            WeekEstimate(first, estimate_period(answers.between(first, last), traffic, rates))
        )
    return weeks
