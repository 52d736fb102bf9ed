"""Levels, shifts and comparisons as values. Pure.

Shares are in [0, 1], changes in points of 100, negative is worse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from portal import words
from reviews.stats.estimates import ONE_REVIEWER, Estimate
from reviews.stats.estimates import compare as compare_estimates
from reviews.stats.intervals import Rate

KindReading = Literal["worse", "better", "no_clear", "not_enough"]


@dataclass(frozen=True)
class Level:
    """A share of good answers with its likely range and its count; `corrected` says whether
    reviewers' usual errors were taken out. Else the range cannot be kept, and is not shown."""

    share: float
    low: float
    high: float
    graded: int
    corrected: bool
    note: str = ""

    @property
    def rate(self) -> Rate:
        """As charts take it."""
        if not self.corrected:
            return Rate(self.share, self.share, self.share, self.graded, has_range=False)
        return Rate(self.share, self.low, self.high, self.graded)

    @property
    def range_words(self) -> str:
        """Its range, or that there is none."""
        if self.corrected:
            return words.likely_short(self.low, self.high)
        return words.AS_GRADED_BY_ONE if self.note == ONE_REVIEWER else words.AS_GRADED


@dataclass(frozen=True)
class Shift:
    """A change of a level with its likely range, which is not shown unless both are `corrected`."""

    points: float
    low: float
    high: float
    corrected: bool = True

    @property
    def is_clear(self) -> bool:
        """True when the range does not hold zero."""
        return self.low > 0 or self.high < 0

    @property
    def range_words(self) -> str:
        """Its range in points, or that there is none."""
        return words.points_range(self.low, self.high) if self.corrected else words.AS_GRADED


@dataclass(frozen=True)
class Stretch:
    """Days, both ends included."""

    first: date
    last: date


@dataclass(frozen=True)
class KindShift:
    """One kind of question: its usual level, its level now."""

    kind: str
    usual: Level | None
    now: Level | None
    shift: Shift | None
    reading: KindReading


@dataclass(frozen=True)
class Comparison:
    """A stretch against the usual level before it, over all kinds and for each."""

    usual_days: Stretch
    now_days: Stretch
    usual: Level | None
    now: Level | None
    shift: Shift | None
    kinds: Sequence[KindShift]

    def of_kind(self, kind: str | None) -> KindShift | None:
        """The line of one kind."""
        return next((one for one in self.kinds if one.kind == kind), None)


@dataclass(frozen=True)
class DayLevel:
    """One day's level, as the chart shows it."""

    day: date
    level: Level


def level_of(estimate: Estimate | None) -> Level | None:
    """An estimate as it is stored."""
    if estimate is None:
        return None
    return Level(
        estimate.good,
        estimate.low,
        estimate.high,
        estimate.graded,
        estimate.corrected,
        estimate.note,
    )


def shift_of(now: Estimate | None, before: Estimate | None) -> Shift | None:
    """The change between two estimates; None unless both are there."""
    if now is None or before is None:
        return None
    change = compare_estimates(now, before)
    corrected = now.corrected and before.corrected
    return Shift(change.points, change.low, change.high, corrected)
