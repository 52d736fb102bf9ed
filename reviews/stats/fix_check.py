"""Did the fix work? A sequential test between "back at the usual level" and "still down".

The grades since the fix are weighed under three hypotheses: the whole loss is gone, none of it is,
a part of it is left. Both levels are estimates, so each hypothesis is a mixture over what they may
be, and the ratio of two such likelihoods crosses 20 with a chance of at most 1 in 20 while the
other one is true, however often one looks (Ville 1939; Wald 1945, Ann. Math. Stat. 16:117; Robbins
1970, Ann. Math. Stat. 41:1397). STATISTICS 13.8.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Literal

import numpy as np
from scipy.special import betaincinv

from reviews.stats.counts import Floats
from reviews.stats.estimates import Estimate, RawShare

Verdict = Literal["too_early", "fixed", "partly", "not_fixed"]

# A hypothesis is given up when another one is twenty times as likely.
SURE = 20.0
# "It worked" must also be three times as likely as "a part is left": else a fix that repairs half
# of the loss is called one that worked in a quarter of cases.
MORE_THAN_A_PART = 3.0
# What a part is: so much of the loss is left, each as likely.
PARTS = (0.25, 0.35, 0.45, 0.55, 0.65, 0.75)
# Places of the grid over each level; the levels differ by this at least.
PLACES, LEAST_LOSS = 24, 0.005
FEWER_PLACES = 10  # enough for how long it takes
# How many more grades it takes is found by dealing them, so many times and so many at most.
DEALS, MOST_GRADES, AT_A_TIME = 80, 1200, 20
DECIDED_IN = 0.8
SEED = 20261201


@dataclass(frozen=True)
class Counts:
    """How many answers of how many were not good; whole numbers or, of an estimate, as many as its
    variance is worth."""

    failed: float
    graded: float


def counts_of(*estimates: Estimate) -> tuple[Counts, ...]:
    """Estimates as counts: with reviewers' errors taken out when that is possible for all."""
    corrected = all(one.corrected for one in estimates)
    return tuple(_worth(one.measure if corrected else one.as_graded) for one in estimates)


def _worth(measure: RawShare) -> Counts:
    share = min(1.0, max(0.0, measure.share))
    careful = (measure.graded * share + 2) / (measure.graded + 4)
    graded = min(float(measure.graded), careful * (1 - careful) / measure.sampling)
    return Counts(share * graded, graded)


def fix_verdict(usual: Counts, during: Counts, since: Counts) -> Verdict:
    """What the answers since the fix say; `too_early` until one hypothesis stands out."""
    if since.graded <= 0:
        return "too_early"
    levels = _Levels.of(usual, during)
    return _read(levels.evidence(np.array([since.failed]), np.array([since.graded])))[0]


def grades_to_decide(usual: Counts, during: Counts, since: Counts) -> int:
    """More grades until there is a verdict, in four of five cases, whether the fix worked or did
    not help, each as likely as it is by now; at most 1,200."""
    levels = _Levels.of(usual, during, places=FEWER_PLACES)
    random = np.random.default_rng(SEED)
    now = levels.evidence(np.array([since.failed]), np.array([since.graded]))
    is_down = 1 / (1 + np.exp(np.clip(now[0, 0] - now[2, 0], -50, 50)))
    share = np.array([levels.pick(random, float(random.random() < is_down)) for _ in range(DEALS)])
    steps = MOST_GRADES // AT_A_TIME
    more = np.arange(1, steps + 1, dtype=np.float64) * AT_A_TIME
    failed = np.cumsum(random.binomial(AT_A_TIME, share[:, None], (DEALS, steps)), axis=1)
    graded: Floats = np.tile(since.graded + more, DEALS)
    evidence = levels.evidence(failed.reshape(-1) + np.float64(since.failed), graded)
    decided = np.array([one != "too_early" for one in _read(evidence)]).reshape(failed.shape)
    first = np.where(decided.any(axis=1), decided.argmax(axis=1), steps - 1)
    return int(np.ceil(np.quantile(more[first], DECIDED_IN)))


@dataclass(frozen=True)
class _Levels:
    """Pairs of levels (share not good before and during), each as likely as the others."""

    usual: Floats
    during: Floats

    @classmethod
    def of(cls, usual: Counts, during: Counts, places: int = PLACES) -> _Levels:
        one, two = np.meshgrid(_quantiles(usual, places), _quantiles(during, places))
        fell = two > one + LEAST_LOSS
        if not fell.any():  # no loss is left to see: both levels are the same for all we know
            fell = np.ones_like(fell)
        return cls(one[fell], two[fell])

    def evidence(self, failed: Floats, graded: Floats) -> Floats:
        """Log likelihoods of "back", "a part is left" and "still down": 3 x looks."""
        back = self._of(0.0, failed, graded)
        down = self._of(1.0, failed, graded)
        parts = np.stack([self._of(left, failed, graded) for left in PARTS])
        part = np.logaddexp.reduce(parts, axis=0) - log(len(PARTS))
        return np.stack([back, part, down])

    def _of(self, left: float, failed: Floats, graded: Floats) -> Floats:
        share = np.clip(self.usual + left * (self.during - self.usual), 1e-4, 1 - 1e-4)
        odds = np.outer(failed, np.log(share)) + np.outer(graded - failed, np.log1p(-share))
        mean: Floats = np.logaddexp.reduce(odds, axis=1) - log(len(share))
        return mean

    def pick(self, random: np.random.Generator, left: float) -> float:
        """A share not good that may be the true one."""
        place = int(random.integers(len(self.usual)))
        usual, during = float(self.usual[place]), float(self.during[place])
        return min(max(usual + left * (during - usual), 1e-4), 1 - 1e-4)


def _quantiles(counts: Counts, size: int) -> Floats:
    """Places of equal chance under the Beta distribution after these counts (Jeffreys' prior)."""
    places = (np.arange(size) + 0.5) / size
    found: Floats = betaincinv(counts.failed + 0.5, counts.graded - counts.failed + 0.5, places)
    return found


def _read(evidence: Floats) -> list[Verdict]:
    """The verdict of each look."""
    back, part, down = evidence
    sure, more = log(SURE), log(MORE_THAN_A_PART)
    fixed = (back - down >= sure) & (back - part >= more)
    failed = (down - back >= sure) & (down >= part)
    partly = (part - back >= sure) & (part - down >= sure)
    said: list[Verdict] = []
    for is_fixed, is_failed, is_part in zip(fixed, failed, partly, strict=True):
        said.append(
            "fixed" if is_fixed else "not_fixed" if is_failed else "partly" if is_part
            else "too_early"
        )  # fmt: skip
    return said
