"""Levels over any days for the Trends page: of good answers, or of those that meet a criterion.

A definition that changed what counts as good begins a new series. Each day is measured by the
series that was in force then, and nothing is measured across the break.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Protocol

from ingestion.models import Assistant
from portal.accounts.models import Team
from reviews.measure.criterion_levels import LevelCounts
from reviews.measure.figures import Figures
from reviews.measure.levels import LevelEstimator
from reviews.measure.values import (
    Comparison,
    KindReading,
    KindShift,
    Level,
    Shift,
    Stretch,
    level_of,
)
from reviews.models import DefinitionVersion
from reviews.stats.enough_grades import LEAST_GRADES
from reviews.stats.intervals import difference
from reviews.stats.levels import LevelMean


@dataclass(frozen=True)
class Series:
    """Grades by the versions `version` up to the one before `until`, in force from `first` on."""

    first: date
    version: int
    until: int | None


def series_of(versions: Sequence[DefinitionVersion], team: Team) -> list[Series]:
    """The series of an assistant, the oldest first; at least one. Its first day is the earliest
    there is: grades of older conversations belong to the first series."""
    breaks = [one for one in versions if one.change == DefinitionVersion.Change.MEANING]
    days = [team.day_of(one.published_at) for one in breaks if one.published_at]
    starts = [(date.min, 0), *zip(days, (one.number for one in breaks), strict=True)]
    ends = [number for _, number in starts[1:]]
    return [
        Series(day, number, until)
        for (day, number), until in zip(starts, [*ends, None], strict=True)
    ]


def published_versions(assistant: Assistant) -> list[DefinitionVersion]:
    """The published versions, the oldest first."""
    rows = DefinitionVersion.objects.published().filter(assistant=assistant)
    return list(rows.order_by("number"))


def place_of(series: Sequence[Series], day: date) -> int:
    """The place of the series that was in force on a day.

    >>> place_of([Series(date.min, 0, 3), Series(date(2026, 9, 1), 3, None)], date(2026, 8, 31))
    0
    """
    return max(place for place, one in enumerate(series) if one.first <= day)


def is_joined(series: Sequence[Series], *stretches: Stretch) -> bool:
    """True when all of the days lie in one series."""
    days = [day for one in stretches for day in (one.first, one.last)]
    return len({place_of(series, day) for day in days}) == 1


class Metric(Protocol):
    """What the page asks of either; a stretch lies in one series."""

    @property
    def kinds(self) -> Sequence[str]: ...

    def level(self, days: Stretch) -> Level | None: ...

    def mean(self, days: Stretch) -> LevelMean | None: ...

    def compare(self, before: Stretch, after: Stretch) -> Comparison: ...


@dataclass(frozen=True)
class GoodAnswers:
    """The share of good answers of one kind, or of all."""

    figures: Figures
    today: date
    series: Sequence[Series]
    kind: str | None

    @property
    def kinds(self) -> Sequence[str]:
        return self.figures.kinds

    @cached_property
    def _estimators(self) -> list[LevelEstimator]:
        """One for each series, with the error rates of reviewers in common."""
        answers = self.figures.answers
        found = []
        for one in self.series:
            keep = answers.version >= one.version
            if one.until is not None:
                keep &= answers.version < one.until
            figures = replace(self.figures, answers=answers.where(keep))
            found.append(LevelEstimator(figures, self.today, one.version))
        return found

    def _of(self, days: Stretch) -> LevelEstimator:
        return self._estimators[place_of(self.series, days.first)]

    def level(self, days: Stretch) -> Level | None:
        """The level of a stretch, or None without grades."""
        return level_of(self._of(days).level(days, self.kind))

    def mean(self, days: Stretch) -> LevelMean | None:
        """None: good or not has no levels."""
        return None

    def compare(self, before: Stretch, after: Stretch) -> Comparison:
        """Two stretches of one series: of the kind, or over all and for each."""
        whole = self._of(before).compare(before, after)
        if self.kind is None:
            return whole
        line = whole.of_kind(self.kind)
        kinds = [line] if line else []
        usual, now, shift = (line.usual, line.now, line.shift) if line else (None, None, None)
        return replace(whole, usual=usual, now=now, shift=shift, kinds=kinds)


@dataclass(frozen=True)
class MeetsCriterion:
    """The share of answers that meet one criterion, as graded, from the random sample."""

    counts: LevelCounts
    series: Sequence[Series]
    kind: str | None
    kinds: Sequence[str]

    @cached_property
    def _parts(self) -> list[LevelCounts]:
        found = []
        for one in self.series:
            keep = self.counts.version >= one.version
            if one.until is not None:
                keep &= self.counts.version < one.until
            found.append(self.counts.where(keep))
        return found

    def _of(self, days: Stretch) -> LevelCounts:
        part = self._parts[place_of(self.series, days.first)]
        return part.days(days.first, days.last)

    def _level(self, days: Stretch, kind: str | None) -> Level | None:
        rate = self._of(days).of_kind(kind).share()
        return Level(rate.share, rate.low, rate.high, rate.graded, False) if rate else None

    def level(self, days: Stretch) -> Level | None:
        """The level of a stretch, or None without grades."""
        return self._level(days, self.kind)

    def mean(self, days: Stretch) -> LevelMean | None:
        """The mean level of a stretch with its spread."""
        return self._of(days).of_kind(self.kind).mean()

    def compare(self, before: Stretch, after: Stretch) -> Comparison:
        """Two stretches of one series: of the kind, or over all and for each."""
        names = self.kinds if self.kind is None else [self.kind]
        lines = [
            kind_shift(kind, self._level(before, kind), self._level(after, kind)) for kind in names
        ]
        seen = [one for one in lines if one.usual or one.now]
        usual, now = self.level(before), self.level(after)
        return Comparison(
            usual_days=before,
            now_days=after,
            usual=usual,
            now=now,
            shift=_shift(usual, now),
            kinds=sorted(seen, key=lambda one: one.shift.high if one.shift else 200.0),
        )


def _shift(before: Level | None, after: Level | None) -> Shift | None:
    if before is None or after is None:
        return None
    change = difference(after.rate, before.rate)
    return Shift(change.points, change.low, change.high)


def kind_shift(
    kind: str, before: Level | None, after: Level | None, shift: Shift | None = None
) -> KindShift:
    """A line of a comparison; without enough grades on both sides nothing is read from it."""
    shift = shift or _shift(before, after)
    return KindShift(kind, before, after, shift, reading_of(before, after, shift))


def reading_of(before: Level | None, after: Level | None, shift: Shift | None) -> KindReading:
    """What a difference means; only one whose range leaves zero out is called one."""
    if before is None or after is None or shift is None:
        return "not_enough"
    if min(before.graded, after.graded) < LEAST_GRADES:
        return "not_enough"
    return "worse" if shift.high < 0 else "better" if shift.low > 0 else "no_clear"
