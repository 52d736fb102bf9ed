"""What would be expected if nothing had changed: a logistic model of who graded what, by which
version of the definition. STATISTICS section 3, step 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from reviews.stats.counts import Floats, Ints, VerdictCounts

# Ridge penalties: the level is free, a kind and a reviewer start at the mean, and a version is
# nearly free because a new definition may move the level by any amount.
LEVEL, KIND, REVIEWER, VERSION, STEP = 0.001, 1.0, 2.0, 0.1, 0.001
MOST_ROUNDS = 25
LONGEST_STRIDE = 2.0
CLOSE_ENOUGH = 1e-7


@dataclass(frozen=True)
class NullModel:
    """A fitted model.

    `group` (one entry a row of the counts) points into the groups that share kind, reviewer and
    version (and side of the step); `columns` (groups x 3) are the places of their effects in
    `effects`; `covariance` is the inverse of the penalised information.
    """

    kinds: Ints
    reviewers: Ints
    versions: Ints
    group: Ints
    columns: Ints
    stepped: NDArray[np.bool_]
    effects: Floats
    covariance: Floats

    @cached_property
    def logit(self) -> Floats:
        """log odds of a fail of each group, without the step."""
        mean: Floats = self.effects[0] + self.effects[self.columns].sum(axis=1)
        return mean

    @cached_property
    def probability(self) -> Floats:
        """Chance of a fail of each group, without the step."""
        return expit(self.logit)

    def severity(self) -> dict[int, tuple[float, float]]:
        """Effect of each reviewer on the log odds of a fail, with its standard error."""
        first = 1 + len(self.kinds)
        spread = np.sqrt(np.diag(self.covariance))
        return {
            int(who): (float(self.effects[first + at]), float(spread[first + at]))
            for at, who in enumerate(self.reviewers)
        }


def expit(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    result: Floats = np.exp(-np.logaddexp(0.0, -x))
    return result


def fit(counts: VerdictCounts, step: NDArray[np.bool_] | None = None) -> NullModel:
    """Fit logit P(fail) = level + kind + reviewer + version (+ a step on the rows where `step`).

    Penalised likelihood by Newton's method with capped strides, on groups of equal rows: at most a
    few hundred however many grades there are. Raises ValueError without any row.
    """
    if not len(counts):
        raise ValueError("no grades to fit a model to")
    kinds, kind = np.unique(counts.kind, return_inverse=True)
    reviewers, reviewer = np.unique(counts.reviewer, return_inverse=True)
    versions, version = np.unique(counts.version, return_inverse=True)
    side = np.zeros(len(counts), np.int64) if step is None else step.astype(np.int64)
    codes = ((kind * len(reviewers) + reviewer) * len(versions) + version) * 2 + side
    unique, first, group = np.unique(codes, return_index=True, return_inverse=True)
    graded = np.bincount(group, weights=counts.graded)
    failed = np.bincount(group, weights=counts.failed)

    starts = np.cumsum([1, len(kinds), len(reviewers)])
    columns = np.stack(
        [starts[0] + kind[first], starts[1] + reviewer[first], starts[2] + version[first]], axis=1
    )
    stepped = unique % 2 == 1
    size = 1 + len(kinds) + len(reviewers) + len(versions)
    penalty = np.concatenate(
        [
            [LEVEL],
            np.full(len(kinds), KIND),
            np.full(len(reviewers), REVIEWER),
            np.full(len(versions), VERSION),
            [STEP] if step is not None else [],
        ]
    )
    design = np.zeros((len(unique), len(penalty)))
    design[:, 0] = 1.0
    np.put_along_axis(design, columns, 1.0, axis=1)
    if step is not None:
        design[:, size] = stepped

    effects = np.zeros(len(penalty))
    share = (failed.sum() + 0.5) / (graded.sum() + 1.0)
    effects[0] = np.log(share / (1 - share))
    information = np.diag(penalty)
    for _ in range(MOST_ROUNDS):
        chance = expit(design @ effects)
        weight = graded * chance * (1 - chance)
        information = (design.T * weight) @ design + np.diag(penalty)
        slope = design.T @ (failed - graded * chance) - penalty * effects
        stride = np.linalg.solve(information, slope)
        longest = np.abs(stride).max()
        effects += stride * min(1.0, LONGEST_STRIDE / max(longest, 1e-300))
        if longest < CLOSE_ENOUGH:
            break
    return NullModel(
        kinds=kinds,
        reviewers=reviewers,
        versions=versions,
        group=group.reshape(-1),
        columns=columns,
        stepped=stepped,
        effects=effects,
        covariance=np.linalg.inv(information).astype(np.float64),
    )
