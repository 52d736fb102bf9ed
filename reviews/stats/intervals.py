"""How sure are we of a share of good answers? Plain numbers in, plain numbers out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import sqrt

Z95 = 1.959963984540054


@dataclass(frozen=True)
class Interval:
    """A range of shares, in [0, 1]."""

    low: float
    high: float


@dataclass(frozen=True)
class Rate:
    """A share of good answers with its likely range and the count it rests on; without `has_range`
    the range cannot be kept, and both its ends are the share."""

    share: float
    low: float
    high: float
    graded: int
    has_range: bool = field(default=True, repr=False)


def wilson(passed: float, total: float, z: float = Z95) -> Interval:
    """Wilson score interval of a share; honest for small samples and for 0 % or 100 %.

    `passed` and `total` may be fractional: an effective sample size. Wilson 1927, JASA 22:209.

    >>> wilson(8, 10)
    Interval(low=0.490..., high=0.943...)
    >>> wilson(0, 0)
    Interval(low=0.0, high=1.0)
    """
    if total <= 0:
        return Interval(0.0, 1.0)
    share, slack = passed / total, z * z / total
    centre = (share + slack / 2) / (1 + slack)
    half = z * sqrt(share * (1 - share) / total + slack / (4 * total)) / (1 + slack)
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


@dataclass(frozen=True)
class WeightedCount:
    """Good and not good answers with the sums of their design weights (1 / probability)."""

    good: int
    not_good: int
    weight: float
    weight_squared: float
    weight_good: float

    @property
    def graded(self) -> int:
        return self.good + self.not_good

    def __add__(self, other: WeightedCount) -> WeightedCount:
        return WeightedCount(
            self.good + other.good,
            self.not_good + other.not_good,
            self.weight + other.weight,
            self.weight_squared + other.weight_squared,
            self.weight_good + other.weight_good,
        )


NONE = WeightedCount(0, 0, 0.0, 0.0, 0.0)


def total(counts: Iterable[WeightedCount]) -> WeightedCount:
    """The sum of counts; zero for none."""
    return sum(counts, start=NONE)


def weighted_rate(count: WeightedCount) -> Rate | None:
    """The share of good answers over all answers, each weighted by 1 / probability (Hajek 1971),
    with a Wilson interval on Kish's effective sample size (sum w)^2 / sum w^2; None for no grades.

    >>> weighted_rate(WeightedCount(8, 2, 10.0, 10.0, 8.0))
    Rate(share=0.8, low=0.490..., high=0.943..., graded=10)
    """
    if count.graded == 0 or count.weight <= 0:
        return None
    share = min(1.0, max(0.0, count.weight_good / count.weight))
    effective = count.weight**2 / count.weight_squared
    interval = wilson(share * effective, effective)
    return Rate(share, interval.low, interval.high, count.graded)


@dataclass(frozen=True)
class Difference:
    """A change between two shares, in points of 100 (negative is worse), with its likely range."""

    points: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """True when the range does not hold zero."""
        return self.low > 0 or self.high < 0


def difference(now: Rate, before: Rate) -> Difference:
    """Now minus before, in points, with Newcombe's hybrid score interval (1998, Statistics in
    Medicine 17:873, method 10): the two Wilson intervals squared and added.

    >>> difference(Rate(0.52, 0.40, 0.64, 58), Rate(0.89, 0.86, 0.91, 900)).is_clear
    True
    """
    change = now.share - before.share
    low = change - sqrt((now.share - now.low) ** 2 + (before.high - before.share) ** 2)
    high = change + sqrt((now.high - now.share) ** 2 + (before.share - before.low) ** 2)
    return Difference(100 * change, 100 * low, 100 * high)
