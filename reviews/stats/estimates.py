"""What share of all answers was good? From graded ones, with their chances and reviewers' errors.

STATISTICS section 2. Flagged answers are their own stratum, because they were chosen for looking
bad; a grade is corrected for its reviewer's usual errors (Rogan and Gladen 1978, Am. J.
Epidemiology 107:71); means are weighted by 1 / chance (Hajek 1971); the range is Wilson's on the
effective number of answers (Franco et al. 2019, PMC6690503). Names and dates stay outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from reviews.stats.error_rates import ErrorRates
from reviews.stats.graded import GOLD_NOT_GOOD, NO_GOLD, WAITS
from reviews.stats.intervals import Z95, Difference, Interval, wilson

Floats = NDArray[np.float64]

# A stratum with fewer graded answers has no variance worth the name.
LEAST_GRADED = 3
# Below this nothing is said about a trend, only counts are shown.
FEW = 10
# Dividing by less than this adds more noise than the grade brings news.
LEAST_POWER_OF_ONE = 0.2

REVIEWERS_DISAGREE = "reviewers disagree too much to estimate"
ONE_REVIEWER = "one person graded"
TOO_LITTLE_GOLD = "too few answers were graded twice to correct for reviewers' errors"
PAIRS_WAIT = "too many pairs that differ wait for a decision"
SOME_LEFT_OUT = "grades of a reviewer who cannot tell good from not good are left out"
BELOW_USUAL_ERRORS = "fewer fails than reviewers' usual false-fail rate"


@dataclass(frozen=True)
class Cells:
    """Graded answers counted by what they have in common; arrays of one length.

    `stratum`: a kind of question, or all unflagged answers; flagged ones have a number of their
    own. `failed`: the first grade. `gold`: as in GradedAnswers; only of answers chosen
    at random for a second grade. `n` answers with `weight` = sum of 1 / chance and
    `weight_squared` = sum of its squares.
    """

    stratum: NDArray[np.int64]
    reviewer: NDArray[np.int64]
    failed: NDArray[np.bool_]
    gold: NDArray[np.int8]
    n: NDArray[np.int64]
    weight: Floats
    weight_squared: Floats

    @property
    def graded(self) -> int:
        """How many answers were graded."""
        return int(self.n.sum())

    def where(self, keep: NDArray[np.bool_]) -> Cells:
        """The rows that `keep` is true for."""
        return Cells(*(getattr(self, one.name)[keep] for one in fields(self)))


@dataclass(frozen=True)
class RawShare:
    """A share of not good answers before it is cut to [0, 1]. `sampling` is the variance that comes
    from having graded only some answers. The rest comes from error rates that are estimates too:
    `by_false_fail` and `by_caught` say how far the share moves down when that rate moves up by
    one, and `rate_variances` are the variances of the two rates.
    """

    share: float
    graded: int
    sampling: float
    by_false_fail: float = 0.0
    by_caught: float = 0.0
    rate_variances: tuple[float, float] = (0.0, 0.0)

    @property
    def variance(self) -> float:
        """Of the share, both parts together."""
        false_fail, caught = self.rate_variances
        return self.sampling + self.by_false_fail**2 * false_fail + self.by_caught**2 * caught

    def good(self, variance: float | None = None) -> tuple[float, Interval]:
        """The share of good answers and its range; by default with the whole variance."""
        variance = self.variance if variance is None else variance
        not_good = min(1.0, max(0.0, self.share))
        # (x + 2) / (n + 4): all alike does not mean certain.
        careful = (self.graded * not_good + 2) / (self.graded + 4)
        effective = careful * (1 - careful) / variance
        return 1 - not_good, wilson((1 - not_good) * effective, effective)


@dataclass(frozen=True)
class Estimate:
    """The share of good answers among all answers with its 95 % range, all in [0, 1].

    `variance` is of the share. `corrected` is False when it is shown "as graded"; `representative`
    is False when `unseen`, the share of traffic that no graded answer stands for, is above zero.
    """

    good: float
    low: float
    high: float
    graded: int
    variance: float
    corrected: bool
    representative: bool
    note: str
    unseen: float
    measure: RawShare
    as_graded: RawShare

    @property
    def few(self) -> bool:
        """True when only counts should be shown, without a trend."""
        return self.graded < FEW


def estimate(
    cells: Cells, shares: Mapping[int, float], rates: ErrorRates | None
) -> Estimate | None:
    """The share of good answers; None when nothing was graded.

    `shares` is each stratum's share of all traffic (they are scaled to sum to one). Without usable
    `rates` the first grades count as they are. Raises ValueError when no stratum has traffic.
    """
    cells = cells.where(np.isin(cells.stratum, list(shares)) & (cells.n > 0))
    if not cells.graded:
        return None
    as_graded, unseen = _measure(cells, shares, None)
    usable, note = _judge(cells, rates)
    measure = as_graded
    if usable:
        telling = cells.where(tells(cells, usable))
        measure, unseen = _measure(telling, shares, usable)
        note = BELOW_USUAL_ERRORS if measure.share < 0 else note
    good, interval = measure.good()
    return Estimate(
        good=good,
        low=interval.low,
        high=interval.high,
        graded=cells.graded,
        variance=measure.variance,
        corrected=usable is not None,
        representative=unseen == 0,
        note=note,
        unseen=unseen,
        measure=measure,
        as_graded=as_graded,
    )


def compare(now: Estimate, before: Estimate) -> Difference:
    """Now minus before in points of 100, with its 95 % range.

    Sampling variances add. An error in the error rates moves both estimates the same way, so it
    enters once, by the difference of the two sensitivities. Unless both are corrected, both are
    compared as graded. Ranges are joined as in Newcombe 1998 (Statistics in Medicine 17:873,
    method 10).
    """
    both = now.corrected and before.corrected
    new, old = (now.measure, before.measure) if both else (now.as_graded, before.as_graded)
    new_good, new_range = new.good(new.sampling)
    old_good, old_range = old.good(old.sampling)
    false_fail, caught = map(max, zip(new.rate_variances, old.rate_variances, strict=True))
    shared = (new.by_false_fail - old.by_false_fail) ** 2 * false_fail
    shared += (new.by_caught - old.by_caught) ** 2 * caught
    change = new_good - old_good
    below = (new_good - new_range.low) ** 2 + (old_range.high - old_good) ** 2
    above = (new_range.high - new_good) ** 2 + (old_good - old_range.low) ** 2
    low, high = change - sqrt(below + Z95**2 * shared), change + sqrt(above + Z95**2 * shared)
    return Difference(100 * change, 100 * max(low, -1.0), 100 * min(high, 1.0))


@dataclass(frozen=True)
class Stratum:
    """Strata that are estimated together: their numbers, and their share of the traffic."""

    members: tuple[int, ...]
    share: float


def collapse(cells: Cells, shares: Mapping[int, float]) -> tuple[list[Stratum], float]:
    """The strata to estimate, and the share of traffic that none of them stands for.

    Those with fewer than three graded answers are estimated as one and keep their traffic; when
    they have no graded answer between them, the others stand in and that traffic is unseen. Raises
    ValueError when no stratum has traffic.
    """
    total = sum(shares.values())
    if total <= 0 or min(shares.values()) < 0:
        raise ValueError("shares of traffic must be 0 or more, and one of them above 0")
    graded = {one: int(cells.n[cells.stratum == one].sum()) for one in shares}
    with_traffic = [one for one in sorted(shares) if shares[one] > 0]
    large = [one for one in with_traffic if graded[one] >= LEAST_GRADED]
    small = tuple(one for one in with_traffic if graded[one] < LEAST_GRADED)
    strata = [Stratum((one,), shares[one] / total) for one in large]
    of_small = sum(shares[one] for one in small) / total
    if sum(graded[one] for one in small):
        return [*strata, Stratum(small, of_small)], 0.0
    seen = 1 - of_small
    return [Stratum(one.members, one.share / seen) for one in strata], of_small


def contributions(
    cells: Cells, shares: Mapping[int, float], rates: ErrorRates | None
) -> list[tuple[Stratum, float]]:
    """What each stratum adds to the variance of the share, without the error rates' own part."""
    usable, _ = _judge(cells, rates)
    if usable:
        cells = cells.where(tells(cells, usable))
    values = values_of(cells, usable)
    power = usable.power if usable else 1.0
    return [
        (one, one.share**2 * _mean_and_variance(cells, values, one, power)[1])
        for one in collapse(cells, shares)[0]
    ]


def values_of(cells: Cells, rates: ErrorRates | None) -> Floats:
    """The unbiased value of each row's answers, 1 for not good: the gold verdict, else the first
    grade with its reviewer's errors taken out; the first grade itself without `rates`. While pairs
    wait for a decision, gold verdicts are not used.
    """
    if rates is None:
        return cells.failed.astype(float)
    false_fail, caught = _rates_of(cells, rates)
    corrected = (cells.failed - false_fail) / np.maximum(caught - false_fail, LEAST_POWER_OF_ONE)
    if (cells.gold == WAITS).any():
        # Gold is there for pairs that agree and missing for those that differ: chosen by its own
        # outcome, it would make the answers look better. So all pairs count by their first grade.
        return corrected
    return np.where(cells.gold == NO_GOLD, corrected, cells.gold == GOLD_NOT_GOOD)


def tells(cells: Cells, rates: ErrorRates) -> NDArray[np.bool_]:
    """False for rows that only have the grade of a reviewer who is nearly as good as a coin.

    Reviewers get their answers at random, so the others stand in for what is left out.
    """
    false_fail, caught = _rates_of(cells, rates)
    return np.asarray((caught - false_fail >= LEAST_POWER_OF_ONE) | (cells.gold != NO_GOLD))


def _rates_of(cells: Cells, rates: ErrorRates) -> tuple[Floats, Floats]:
    """False fails and caught fails of each row's reviewer."""
    reviewers, place = np.unique(cells.reviewer, return_inverse=True)
    table = np.array([rates.of(int(one)) for one in reviewers]).reshape(-1, 2)
    return table[place, 0], table[place, 1]


def _judge(cells: Cells, rates: ErrorRates | None) -> tuple[ErrorRates | None, str]:
    """The rates if grades can be corrected with them, and what to say."""
    if rates is None or not rates.has_pairs:
        return None, ONE_REVIEWER if len(np.unique(cells.reviewer)) == 1 else TOO_LITTLE_GOLD
    if rates.held_up:
        return None, PAIRS_WAIT
    if not rates.usable:
        return None, REVIEWERS_DISAGREE
    telling = tells(cells, rates)
    if not telling.any():
        return None, REVIEWERS_DISAGREE
    return rates, "" if telling.all() else SOME_LEFT_OUT


def _measure(
    cells: Cells, shares: Mapping[int, float], rates: ErrorRates | None
) -> tuple[RawShare, float]:
    """Steps 2 to 4, and the share of traffic that is not seen."""
    strata, unseen = collapse(cells, shares)
    values = values_of(cells, rates)
    power = rates.power if rates else 1.0
    share = sampling = 0.0
    for one in strata:
        mean, variance = _mean_and_variance(cells, values, one, power)
        share += one.share * mean
        sampling += one.share**2 * variance
    if rates is None:
        return RawShare(share, cells.graded, sampling), unseen
    single = float(cells.n[cells.gold == NO_GOLD].sum()) / cells.graded
    not_good = min(1.0, max(0.0, share))
    measure = RawShare(
        share=share,
        graded=cells.graded,
        sampling=sampling,
        by_false_fail=single * (1 - not_good) / power,
        by_caught=single * not_good / power,
        rate_variances=(rates.variance_of_false_fail, rates.variance_of_caught),
    )
    return measure, unseen


def _mean_and_variance(
    cells: Cells, values: Floats, stratum: Stratum, power: float
) -> tuple[float, float]:
    """Weighted mean in a stratum, and its variance: the sample's own, but never below what a yes
    or no with (x + 2) / (n + 4) would have after the correction."""
    mine = np.isin(cells.stratum, stratum.members)
    weight, value, n = cells.weight[mine], values[mine], cells.n[mine]
    total = float(weight.sum())
    mean = float(weight @ value) / total
    spread = float(weight @ (value - mean) ** 2) / total
    effective = total**2 / float(cells.weight_squared[mine].sum())
    failing = (float(n @ cells.failed[mine]) + 2) / (float(n.sum()) + 4)
    floor = 0.7 * failing * (1 - failing) / (effective * power**2)
    return mean, max(spread / max(effective - 1, 1.0), floor)
