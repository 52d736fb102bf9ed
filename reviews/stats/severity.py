"""How strict is each reviewer? Beside the others, and beside answers whose verdict is known.

STATISTICS section 5: the effect of a reviewer in the detector's own model, in points at the team's
usual share of fails; and how often they fail a good answer or pass one that is not, from answers
that two people graded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reviews.stats.counts import VerdictCounts
from reviews.stats.error_rates import Strictness
from reviews.stats.graded import GoldGrades
from reviews.stats.intervals import Z95
from reviews.stats.null_model import expit, fit

# Fewer gold answers say too little about a person.
LEAST_GOLD = 20


@dataclass(frozen=True)
class Severity:
    """Points of 100 by which a reviewer fails more answers than usual (negative: fewer), likely
    between `low` and `high`, from `graded` answers."""

    points: float
    low: float
    high: float
    graded: int

    @property
    def is_clear(self) -> bool:
        """True when the range does not hold zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Mistakes:
    """Against gold answers: failed though good, passed though not good; of how many each."""

    failed_good: int
    good: int
    passed_bad: int
    bad: int

    @property
    def gold(self) -> int:
        """How many of this person's grades are on answers with a known verdict."""
        return self.good + self.bad

    @property
    def too_few(self) -> bool:
        """True when nothing should be said."""
        return self.gold < LEAST_GOLD


def severities(counts: VerdictCounts) -> Mapping[int, Severity]:
    """Each reviewer's severity beside the others', kinds and definitions being equal; empty
    without grades."""
    if not len(counts):
        return {}
    usual = (counts.failed.sum() + 0.5) / (counts.graded.sum() + 1.0)
    start = np.log(usual / (1 - usual))

    def points(effect: float) -> float:
        return float(100 * (expit(np.array([start + effect]))[0] - usual))

    found = {}
    for reviewer, (effect, spread) in fit(counts).severity().items():
        graded = int(counts.graded[counts.reviewer == reviewer].sum())
        low, high = effect - Z95 * spread, effect + Z95 * spread
        found[reviewer] = Severity(points(effect), points(low), points(high), graded)
    return found


def strictness(counts: VerdictCounts) -> Strictness | None:
    """How strict each reviewer is, for their error rates; None without grades."""
    if not len(counts):
        return None
    graded, failed = float(counts.graded.sum()), float(counts.failed.sum())
    effects = {who: effect for who, (effect, _) in fit(counts).severity().items()}
    many = {who: float(counts.graded[counts.reviewer == who].sum()) for who in effects}
    mean = sum(effects[who] * many[who] for who in effects) / graded
    return Strictness(
        by_reviewer={who: effect - mean for who, effect in effects.items()},
        graded=many,
        failed=(failed + 0.5) / (graded + 1),
    )


def mistakes(gold: GoldGrades) -> Mapping[int, Mistakes]:
    """Each reviewer's grades on gold answers."""
    gold = gold.decided()
    found = {}
    for reviewer in np.unique(gold.reviewer):
        mine = gold.reviewer == reviewer

        def count(failed: bool, not_good: bool, mine: np.ndarray = mine) -> int:
            return int(gold.n[mine & (gold.failed == failed) & (gold.not_good == not_good)].sum())

        found[int(reviewer)] = Mistakes(
            failed_good=count(True, False),
            good=count(True, False) + count(False, False),
            passed_bad=count(False, True),
            bad=count(True, True) + count(False, True),
        )
    return found
