"""Levels of stretches of days and of kinds, from the figures that were loaded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from reviews.measure.figures import Figures
from reviews.measure.values import Comparison, DayLevel, KindShift, Stretch, level_of, shift_of
from reviews.stats.enough_grades import LEAST_GRADES
from reviews.stats.error_rates import ErrorRates
from reviews.stats.estimates import Estimate
from reviews.stats.graded import GradedAnswers, Traffic
from reviews.stats.periods import FLAGGED, estimate_period, period_cells, rates_as_of
from reviews.stats.power import costliest_kind

DAY = timedelta(days=1)
USUAL_DAYS = 28


@dataclass(frozen=True)
class LevelEstimator:
    """The figures with the error rates of the twelve weeks up to `today`. Levels are never joined
    across a definition that changed what counts as good: grades by versions before `from_version`
    are left out."""

    figures: Figures
    today: date
    from_version: int = 0

    @cached_property
    def rates(self) -> ErrorRates:
        """How often reviewers err, from answers that two people graded."""
        return rates_as_of(self.today.toordinal(), self.figures.answers, self.figures.gold)

    @cached_property
    def _in_series(self) -> GradedAnswers:
        """In the order of their days, so that a stretch is a slice."""
        answers = self.figures.answers
        return answers.where(answers.version >= self.from_version).by_day()

    @cached_property
    def _traffic(self) -> Traffic:
        return self.figures.traffic.by_day()

    def level(
        self, days: Stretch, kind: str | None = None, without: Sequence[Stretch] = ()
    ) -> Estimate | None:
        """The estimate of a stretch of days, of one kind or of all, without some days in it."""
        first, last = days.first.toordinal(), days.last.toordinal()
        answers, traffic = self._in_series.days(first, last), self._traffic.days(first, last)
        for gap in without:
            low, high = gap.first.toordinal(), gap.last.toordinal()
            answers = answers.where((answers.day < low) | (answers.day > high))
            traffic = traffic.where((traffic.day < low) | (traffic.day > high))
        if kind is not None:
            if kind not in self.figures.kinds:
                return None
            code = self.figures.kinds.index(kind)
            answers, traffic = answers.of_kind(code), traffic.of_kind(code)
        return estimate_period(answers, traffic, self.rates)

    def compare(self, usual: Stretch, now: Stretch, without: Sequence[Stretch] = ()) -> Comparison:
        """A stretch against the usual one: all kinds together, then each, largest fall first."""
        usual_level, now_level = self.level(usual, without=without), self.level(now)
        kinds = []
        for kind in self.kinds_between(usual.first, now.last):
            before, after = self.level(usual, kind, without), self.level(now, kind)
            kinds.append(_kind_shift(kind, before, after))
        return Comparison(
            usual_days=usual,
            now_days=now,
            usual=level_of(usual_level),
            now=level_of(now_level),
            shift=shift_of(now_level, usual_level),
            kinds=sorted(kinds, key=lambda one: one.shift.high if one.shift else 200.0),
        )

    def days(self, days: Stretch, kind: str | None = None) -> list[DayLevel]:
        """The level of each day that has grades."""
        one = days.first
        found = []
        while one <= days.last:
            level = level_of(self.level(Stretch(one, one), kind))
            if level is not None:
                found.append(DayLevel(one, level))
            one += DAY
        return found

    def costliest_kind(self, days: Stretch) -> str | None:
        """The kind of which one more grade would sharpen the level most; None without grades."""
        first, last = days.first.toordinal(), days.last.toordinal()
        cells, shares = period_cells(
            self._in_series.days(first, last), self._traffic.days(first, last), by_kind=True
        )
        if sum(shares.values()) <= 0:
            return None
        kind = costliest_kind(cells, shares, self.rates, leave_out=[FLAGGED])
        return None if kind is None or kind < 0 else self.figures.kinds[kind]

    def kinds_between(self, first: date, last: date) -> list[str]:
        """The kinds that were graded or seen in a stretch."""
        low, high = first.toordinal(), last.toordinal()
        codes = np.union1d(
            self.figures.traffic.between(low, high).kind,
            self.figures.answers.between(low, high).kind,
        )
        return [self.figures.kinds[int(code)] for code in codes]

    def drawn_between(self, days: Stretch, kind: str | None = None) -> int:
        """How many randomly drawn answers were graded."""
        answers = self.figures.answers.between(days.first.toordinal(), days.last.toordinal())
        if kind is not None and kind in self.figures.kinds:
            answers = answers.of_kind(self.figures.kinds.index(kind))
        return int(answers.n[answers.drawn].sum())


def days_before(day: date, days: int = USUAL_DAYS) -> Stretch:
    """The stretch of so many days that ends the day before."""
    return Stretch(day - timedelta(days=days), day - DAY)


def _kind_shift(kind: str, before: Estimate | None, after: Estimate | None) -> KindShift:
    shift = shift_of(after, before)
    if after is None or shift is None or after.graded < LEAST_GRADES:
        return KindShift(kind, level_of(before), level_of(after), shift, "not_enough")
    reading = "worse" if shift.high < 0 else "better" if shift.low > 0 else "no_clear"
    return KindShift(kind, level_of(before), level_of(after), shift, reading)  # type: ignore[arg-type]
