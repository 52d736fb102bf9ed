"""Fire drill: plant a drop of known size in recorded grades and see when it would be found.

Up to the planted day everything is as it was. From then on the same answers are drawn, on the same
days and for the same people, but good or not is dealt anew: each is as likely to be good as answers
of its kind were before, less the planted drop, and each grader errs as often as they do
(reviews.stats.error_rates). Kept verdicts would give each repetition the same luck: where chance
alone leaned towards a drop, a planted one of any size would be found at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
from numpy.typing import NDArray

from reviews.stats.alarms import Event, KnownIncident, Round, Sight, Surroundings, watch_round
from reviews.stats.drift import find_drift
from reviews.stats.error_rates import LEAST_POWER, ErrorRates
from reviews.stats.hints import Traffic
from reviews.stats.history import DECISION, History
from reviews.stats.onset import Onset
from reviews.stats.periods import rates_as_of

REPETITIONS = 20
SECONDS = 2.0  # for the repetitions; the replay before the drop comes on top
LEAST_SHARE = 0.02
SHRINKAGE = 10.0
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Plan:
    """`points` of 100 fewer good answers from `day` on, in one kind or (None) in all."""

    points: int
    kind: int | None
    day: int


@dataclass(frozen=True)
class Attempt:
    """One repetition: days until it was found (0: the very day), and what was said then."""

    days: int | None
    is_kind_right: bool = False
    is_date_right: bool = False


@dataclass(frozen=True)
class Drill:
    """What came of it. `graded` random answers a day were graded from the planted day on (in the
    kind), `usual` is the share of good ones before; `is_warm`: there was enough before the planted
    day to compare with."""

    plan: Plan
    attempts: Sequence[Attempt]
    days: int
    graded: float
    usual: float
    is_warm: bool

    @property
    def found(self) -> Sequence[Attempt]:
        """The repetitions that found it."""
        return [one for one in self.attempts if one.days is not None]

    @property
    def median_days(self) -> float | None:
        """Days until it was found, the middle one of those that found it."""
        days = [one.days for one in self.attempts if one.days is not None]
        return float(median(days)) if days else None

    @property
    def kinds_right(self) -> int:
        return sum(one.is_kind_right for one in self.attempts)

    @property
    def dates_right(self) -> int:
        return sum(one.is_date_right for one in self.attempts)


@dataclass
class _Walker:
    """A replay that can be stopped on a day and gone on with from there."""

    history: History
    around: Surroundings
    incidents: Sequence[KnownIncident] = ()
    is_warm: bool = False

    def to_alert(self, first: int, last: int) -> tuple[int, int | None, Onset] | None:
        """Walk the days first..last until the first new alert: its day, kind and start."""
        plain = replace(self.around, traffic=None)
        for today in range(first, last + 1):
            round_ = self._round(today, plain)
            if _raised(round_) is not None:
                # All traffic has no say in whether there is an alert, only in dating it, and it
                # takes most of the time.
                round_ = self._round(today, self.around)
            self.incidents, self.is_warm = round_.incidents, round_.fresh.warm
            told = _raised(round_)
            if told is not None and told.onset is not None:
                return today, told.kind, told.onset
        return None

    def _round(self, today: int, around: Surroundings) -> Round:
        answers, _ = self.history.graded_as_of(today)
        return watch_round(
            answers.verdict_counts(),
            today=today,
            first=self.history.first,
            incidents=self.incidents,
            around=around,
        )

    def past(self, first: int, last: int) -> None:
        """Walk the days whatever is said."""
        while (told := self.to_alert(first, last)) is not None:
            first = told[0] + 1


def _raised(round_: Round) -> Sight | None:
    """What was seen when a new drop was found."""
    raised = (one.sight for one in round_.changes if one.event is Event.RAISED)
    return next(raised, None)


def run_drill(
    history: History,
    plan: Plan,
    *,
    seed: int,
    repetitions: int = REPETITIONS,
    seconds: float = SECONDS,
    clock: Callable[[], float] = time.monotonic,
) -> Drill:
    """Plant the drop `repetitions` times, as many as fit into `seconds` (at least three).

    Raises ValueError when the day is not one of the history after its first.
    """
    if not history.first < plan.day <= history.last:
        raise ValueError("the planted day must lie inside the history")
    around = Surroundings(
        releases=history.releases,
        drift_alarms=[history.first + one.day for one in find_drift(history.signals)],
        traffic=Traffic(history.first, history.signals, range(len(history.kinds))),
    )
    before = _Walker(history, around)
    before.past(history.first, plan.day - 1)
    planter = _Planter(history, plan)
    random = np.random.default_rng(seed)
    attempts: list[Attempt] = []
    began = clock()
    for number in range(repetitions):
        if number >= min(3, repetitions) and clock() - began > seconds:
            break
        walker = _Walker(planter.planted(random), around, before.incidents)
        attempts.append(_attempt(plan, walker.to_alert(plan.day, history.last)))
    days = history.last - plan.day + 1
    return Drill(
        plan=plan,
        attempts=attempts,
        days=days,
        graded=planter.graded / days,
        usual=planter.good,
        is_warm=before.is_warm,
    )


def _attempt(plan: Plan, told: tuple[int, int | None, Onset] | None) -> Attempt:
    if told is None:
        return Attempt(None)
    day, kind, onset = told
    return Attempt(
        days=day - plan.day,
        is_kind_right=kind == plan.kind,
        is_date_right=onset.low <= plan.day <= onset.high,
    )


class _Planter:
    """Deals the grades of a history from the planted day on, with the drop in them."""

    def __init__(self, history: History, plan: Plan) -> None:
        self._history = history
        log, sampled = history.grades, history.sampled
        rates = rates_as_of(history.last, *history.graded_as_of(history.last))
        self._false_fail, self._caught = _by_grade(history, rates)
        # A grade given before the planted day is about an answer before it.
        self._after = sampled.day >= plan.day
        hit = self._after if plan.kind is None else self._after & (sampled.kind == plan.kind)
        seen = np.zeros(len(sampled.day), bool)
        seen[log.answer[log.known <= history.last]] = True
        self.graded = int((hit & seen & sampled.drawn).sum())
        good = _shares_of_good(history, plan.day, rates)
        mine = good if plan.kind is None else good[plan.kind : plan.kind + 1]
        answers = history.answers_by_day.sum(axis=0)
        traffic = answers if plan.kind is None else answers[plan.kind : plan.kind + 1]
        self.good = float(np.average(mine, weights=traffic if traffic.sum() else None))
        left = 1 - min(1.0, plan.points / 100 / max(self.good, LEAST_SHARE))
        self._chance_good = good[sampled.kind] * np.where(hit, left, 1.0)

    def planted(self, random: np.random.Generator) -> History:
        """The history with the drop in it, by chance another one each time."""
        log = self._history.grades
        is_good = random.random(len(self._chance_good)) < self._chance_good
        chance = np.where(is_good[log.answer], self._false_fail, self._caught)
        says = random.random(len(log.answer)) < chance
        failed: Bools = np.where(self._after[log.answer], says, log.failed)
        return replace(self._history, grades=replace(log, failed=failed))


def _shares_of_good(history: History, day: int, rates: ErrorRates) -> Floats:
    """For each kind the share of good answers among the drawn ones before a day, drawn to that of
    all kinds where there are few."""
    answers, _ = history.graded_as_of(day - 1)
    answers = answers.where(answers.drawn)
    kinds = max(len(history.kinds), history.answers_by_day.shape[1])
    graded = np.bincount(answers.kind, minlength=kinds)
    failed = np.bincount(answers.kind, weights=answers.failed, minlength=kinds)
    usual = answers.failed.mean() if len(answers) else 0.1
    share = (failed + SHRINKAGE * usual) / (graded + SHRINKAGE)
    return _true_share(share, rates)


def _true_share(failed: Floats, rates: ErrorRates) -> Floats:
    """The share of good answers behind a share of failed grades (Rogan and Gladen 1978)."""
    bad = (failed - rates.false_fail) / max(rates.power, LEAST_POWER)
    result: Floats = np.clip(1 - bad, LEAST_SHARE, 1 - LEAST_SHARE)
    return result


def _by_grade(history: History, rates: ErrorRates) -> tuple[Floats, Floats]:
    """For each grade the chances that its reviewer fails a good answer, and a bad one. A lead who
    decides has both verdicts before them and hardly errs."""
    people = [rates.of(code) for code in range(len(history.reviewers))] or [(0.05, 0.8)]
    of_people = np.clip(np.array(people, float), 0.005, 0.995)[history.grades.reviewer]
    decides = history.grades.place == DECISION
    return (
        np.where(decides, 0.005, of_people[:, 0]),
        np.where(decides, 0.99, of_people[:, 1]),
    )
