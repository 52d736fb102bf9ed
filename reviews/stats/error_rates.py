"""How often do reviewers fail a good answer, and how often do they catch one that is not good?

Measured on gold answers: two reviewers graded them blind, and where the two differed the lead
decided. STATISTICS section 2 step 1; Rogan and Gladen 1978 (Am. J. Epidemiology 107:71) for what
the two rates are good for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviews.stats.counts import Floats

# Grades' worth of the team's usual rates that each reviewer starts with.
SHRINKAGE = 20.0
LEAST_POWER = 0.4
LEAST_GOLD_ITEMS = 10
# What reviewers are like before a team has gold answers, as so many grades: 1 of 20 good answers
# failed, 8 of 10 bad ones caught (STATISTICS section 2).
START_WRONG, START_GOOD, START_CAUGHT, START_BAD = 1.0, 20.0, 8.0, 10.0
# Decided pairs stand for those that wait: as long as they are not too few to stand for them.
LEAST_DECIDED, LEAST_DECIDED_SHARE = 10, 0.25


@dataclass(frozen=True)
class ErrorRates:
    """Error rates of a team. `false_fail` = P(graded not good | good), `caught` = P(graded not
    good | not good), both pooled; `good_items` and `bad_items` are gold answers of each kind (half
    the grades on them); `by_reviewer` holds (false fail, caught) of each, drawn to the pooled ones.
    Of the pairs of blind grades that differ, `decided` have a lead's decision and `waiting` none.
    """

    false_fail: float
    caught: float
    good_items: float
    bad_items: float
    by_reviewer: Mapping[int, tuple[float, float]]
    decided: float = 0.0
    waiting: float = 0.0

    @property
    def power(self) -> float:
        """How well grades tell the two apart: 1 = always right, 0 = as good as a coin (Youden's
        J, the mean over reviewers)."""
        if not self.by_reviewer:
            return self.caught - self.false_fail
        return sum(caught - false for false, caught in self.by_reviewer.values()) / len(
            self.by_reviewer
        )

    @property
    def has_pairs(self) -> bool:
        """True when enough answers have been graded by two people, and have a gold verdict."""
        return self.good_items + self.bad_items >= LEAST_GOLD_ITEMS

    @property
    def held_up(self) -> bool:
        """True when so many differing pairs wait for a decision that the decided ones cannot stand
        for them: what is left are the pairs that agree, and in those reviewers look perfect."""
        if self.waiting <= 0:
            return False
        differing = self.decided + self.waiting
        few = self.decided < LEAST_DECIDED and self.waiting > self.decided
        return few or self.decided < LEAST_DECIDED_SHARE * differing

    @property
    def usable(self) -> bool:
        """True when a corrected share may be shown: reviewers tell good from not good, and enough
        pairs say so."""
        return self.power >= LEAST_POWER and self.has_pairs and not self.held_up

    @property
    def variance_of_false_fail(self) -> float:
        """Of the pooled rate; the two grades of an item count as one look at it, and the decided
        pairs as what they are, not as what they stand for."""
        items = self.good_items / self.weight_of_decided + START_GOOD / 2
        return self.false_fail * (1 - self.false_fail) / items

    @property
    def variance_of_caught(self) -> float:
        """Of the pooled rate; as that of false fails."""
        items = self.bad_items / self.weight_of_decided + START_BAD / 2
        return self.caught * (1 - self.caught) / items

    @property
    def weight_of_decided(self) -> float:
        """How many differing pairs each decided one stands for."""
        return (self.decided + self.waiting) / self.decided if self.decided else 1.0

    def of(self, reviewer: int) -> tuple[float, float]:
        """(false fail, caught) of a reviewer; the team's when this one has no gold answers yet."""
        return self.by_reviewer.get(reviewer, (self.false_fail, self.caught))


def error_rates(
    reviewer: NDArray[np.int64],
    gold_fail: NDArray[np.bool_],
    failed: NDArray[np.bool_],
    n: NDArray[np.int64] | NDArray[np.float64],
    *,
    waiting: float = 0.0,
) -> ErrorRates:
    """The rates from counted grades: one row for each (reviewer, gold verdict, that reviewer's own
    verdict), `n` grades alike, over both blind grades of each gold answer. Arrays of one length.

    `waiting` pairs differ and have no gold verdict yet. Gold of agreeing pairs is there at once, so
    the decided ones among the differing each stand for (differing / decided) of them, else
    reviewers would look better than they are (STATISTICS 13.2).

    A team without gold answers gets the usual start: 5 % false fails, 80 % caught, not usable.

    >>> yes, no = True, False
    >>> rates = error_rates(np.array([1, 1, 2, 2]), np.array([no, no, yes, yes]),
    ...                     np.array([no, yes, no, yes]), np.array([76, 4, 4, 26]))
    >>> rates.false_fail, rates.caught, rates.good_items, rates.bad_items
    (0.05, 0.85, 40.0, 15.0)
    >>> rates.of(2) == (rates.false_fail, (26 + 20 * 0.85) / 50)
    True
    """
    count = np.asarray(n, dtype=float)
    good, bad = count * ~gold_fail, count * gold_fail
    # Of two blind grades that differ, one is wrong; of two that agree, none.
    wrong_good, wrong_bad = float(good @ failed), float(bad @ ~failed)
    decided = wrong_good + wrong_bad
    weight = (decided + waiting) / decided if decided else 1.0
    more = weight - 1
    all_good = float(good.sum()) + 2 * more * wrong_good
    all_bad = float(bad.sum()) + 2 * more * wrong_bad
    false_fail = (wrong_good * weight + START_WRONG) / (all_good + START_GOOD)
    caught = (all_bad - wrong_bad * weight + START_CAUGHT) / (all_bad + START_BAD)
    by_reviewer = {}
    for one in np.unique(reviewer):
        mine = reviewer == one
        my_wrong, my_good = float((good * mine) @ failed), float((good * mine).sum())
        my_missed, my_bad = float((bad * mine) @ ~failed), float((bad * mine).sum())
        # The right one of a differing pair counts more as well; who that was is not counted, so it
        # is shared out by how much each has graded.
        my_good += more * (my_wrong + wrong_good * my_good / max(float(good.sum()), 1.0))
        my_bad += more * (my_missed + wrong_bad * my_bad / max(float(bad.sum()), 1.0))
        by_reviewer[int(one)] = (
            _shrunk(my_wrong * weight, my_good, false_fail),
            _shrunk(my_bad - my_missed * weight, my_bad, caught),
        )
    return ErrorRates(
        false_fail=false_fail,
        caught=caught,
        good_items=all_good / 2,
        bad_items=all_bad / 2,
        by_reviewer=by_reviewer,
        decided=decided,
        waiting=waiting,
    )


def _shrunk(hits: float, of: float, usual: float) -> float:
    return (hits + SHRINKAGE * usual) / (of + SHRINKAGE)


@dataclass(frozen=True)
class Strictness:
    """How strict each reviewer is on the log odds of a fail, less the team's mean weighted by
    grades, and the share of fails among the drawn grades."""

    by_reviewer: Mapping[int, float]
    graded: Mapping[int, float]
    failed: float


def by_strictness(rates: ErrorRates, strict: Strictness) -> ErrorRates:
    """The team's rates, moved for each reviewer by how strict they are on all drawn grades: both
    rates by the same step on the log odds, so that the share of fails that follows is the one that
    this strictness gives (STATISTICS 13.3). Gold is little and drawn grades are many, so a new
    person is told apart from the others within days.
    """
    false_fail, caught = rates.false_fail, rates.caught
    not_good = min(max((strict.failed - false_fail) / max(caught - false_fail, 0.05), 0.01), 0.6)
    people = sorted(strict.by_reviewer)
    wanted = _expit(_logit(strict.failed) + np.array([strict.by_reviewer[one] for one in people]))
    low, high = np.full(len(people), -6.0), np.full(len(people), 6.0)
    for _ in range(40):  # bisection: the share of fails grows with the step
        step = (low + high) / 2
        found = (1 - not_good) * _expit(_logit(false_fail) + step)
        found += not_good * _expit(_logit(caught) + step)
        low, high = np.where(found < wanted, step, low), np.where(found < wanted, high, step)
    step = (low + high) / 2
    share = np.array([strict.graded[one] for one in people])
    own = [_around(pooled, step, share / share.sum()) for pooled in (false_fail, caught)]
    moved = {one: (float(a), float(s)) for one, a, s in zip(people, *own, strict=True)}
    return replace(rates, by_reviewer=moved)


def _around(pooled: float, step: Floats, share: Floats) -> Floats:
    """Each reviewer's rate, moved by their step; the mean over all grades stays the pooled rate."""
    low, high = -8.0, 8.0
    for _ in range(50):
        start = (low + high) / 2
        if share @ _expit(start + step) < pooled:
            low = start
        else:
            high = start
    result: Floats = _expit((low + high) / 2 + step)
    return result


def _expit(odds: Any) -> Any:
    return 1 / (1 + np.exp(-odds))


def _logit(share: float) -> float:
    return float(np.log(share) - np.log1p(-share))
