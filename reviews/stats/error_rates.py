"""How often do reviewers fail a good answer, and how often do they catch one that is not good?

Measured on gold answers: two reviewers graded them blind, and where the two differed the lead
decided. STATISTICS section 2 step 1; Rogan and Gladen 1978 (Am. J. Epidemiology 107:71) for what
the two rates are good for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Grades' worth of the team's usual rates that each reviewer starts with.
SHRINKAGE = 20.0
LEAST_POWER = 0.4
LEAST_GOLD_ITEMS = 10


@dataclass(frozen=True)
class ErrorRates:
    """Error rates of a team. `false_fail` = P(graded not good | good), `caught` = P(graded not
    good | not good), both pooled; `good_items` and `bad_items` are gold answers of each kind (half
    the grades on them); `by_reviewer` holds (false fail, caught) of each, drawn to the pooled ones.
    """

    false_fail: float
    caught: float
    good_items: float
    bad_items: float
    by_reviewer: Mapping[int, tuple[float, float]]

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
    def usable(self) -> bool:
        """True when a corrected share may be shown: reviewers tell good from not good, and at
        least ten gold answers of each kind say so."""
        return (
            self.power >= LEAST_POWER
            and self.good_items >= LEAST_GOLD_ITEMS
            and self.bad_items >= LEAST_GOLD_ITEMS
        )

    @property
    def variance_of_false_fail(self) -> float:
        """Of the pooled rate; the two grades of an item count as one look at it."""
        return self.false_fail * (1 - self.false_fail) / max(self.good_items, 1.0)

    @property
    def variance_of_caught(self) -> float:
        """Of the pooled rate; the two grades of an item count as one look at it."""
        return self.caught * (1 - self.caught) / max(self.bad_items, 1.0)

    def of(self, reviewer: int) -> tuple[float, float]:
        """(false fail, caught) of a reviewer; the team's when this one has no gold answers yet."""
        return self.by_reviewer.get(reviewer, (self.false_fail, self.caught))


def error_rates(
    reviewer: NDArray[np.int64],
    gold_fail: NDArray[np.bool_],
    failed: NDArray[np.bool_],
    n: NDArray[np.int64] | NDArray[np.float64],
) -> ErrorRates:
    """The rates from counted grades: one row for each (reviewer, gold verdict, that reviewer's own
    verdict), `n` grades alike, over both blind grades of each gold answer. Arrays of one length.

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
    false_fail = float((good @ failed + 1) / (good.sum() + 20))
    caught = float((bad @ failed + 8) / (bad.sum() + 10))
    by_reviewer = {}
    for one in np.unique(reviewer):
        mine = reviewer == one
        by_reviewer[int(one)] = (
            _shrunk(float((good * mine) @ failed), float((good * mine).sum()), false_fail),
            _shrunk(float((bad * mine) @ failed), float((bad * mine).sum()), caught),
        )
    return ErrorRates(
        false_fail=false_fail,
        caught=caught,
        good_items=float(good.sum()) / 2,
        bad_items=float(bad.sum()) / 2,
        by_reviewer=by_reviewer,
    )


def _shrunk(hits: float, of: float, usual: float) -> float:
    return (hits + SHRINKAGE * usual) / (of + SHRINKAGE)
