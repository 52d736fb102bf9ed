"""How alike do people grade? Agreement with what is left when chance is taken out, and its range.

STATISTICS section 5. Shares of agreement and Gwet's AC1 for good or not, because kappa and alpha
collapse when nearly all answers are good; Krippendorff's alpha for levels. Only blind grades of the
same answers go in: rows are answers, columns are people, NaN where a person did not grade.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from reviews.stats.counts import Floats

# Below this the range itself is not to be trusted (coverage 0.71 to 0.90 at 20).
LEAST_FOR_RANGE = 40
DRAWS = 1000
SEED = 20261117

Weights = Literal["identity", "ordinal", "quadratic"]
Scale = Literal["nominal", "ordinal", "interval", "ratio"]


@dataclass(frozen=True)
class Agreement:
    """A measure of agreement, the answers that at least two people graded, and the 95 % range
    (None below 40 of them)."""

    value: float
    items: int
    low: float | None
    high: float | None


def graded_twice(ratings: Floats) -> Floats:
    """The rows that at least two people graded."""
    twice: Floats = ratings[(~np.isnan(ratings)).sum(axis=1) >= 2]
    return twice


def share_alike(ratings: Floats) -> float | None:
    """How often two people who graded the same answer said the same; None without pairs.

    >>> share_alike(np.array([[1, 1], [0, 1], [1, np.nan]]))
    0.5
    """
    twice = graded_twice(ratings)
    if not len(twice):
        return None
    table = _counts(twice, _categories(ratings))
    return float(_alike(table, np.eye(table.shape[1])).mean())


def ac1(ratings: Floats, categories: Sequence[float] = ()) -> float | None:
    """Gwet's AC1 (Gwet 2008, Br. J. Math. Stat. Psychol. 61:29); None without pairs."""
    return ac2(ratings, "identity", categories)


def ac2(
    ratings: Floats, weights: Weights = "quadratic", categories: Sequence[float] = ()
) -> float | None:
    """Gwet's AC2: disagreements count by how far apart they are (Gwet 2014, Handbook of Inter-Rater
    Reliability, 4th ed., chapter 3). `categories`: all levels there are, if not all occur. None
    without pairs; 1 when everybody always said the same.
    """
    known = np.array(sorted(categories)) if len(categories) else _categories(ratings)
    twice = graded_twice(ratings)
    if not len(twice):
        return None
    if len(known) < 2:
        return 1.0
    weight = agreement_weights(len(known), weights)
    seen = float(_alike(_counts(twice, known), weight).mean())
    everybody = _counts(ratings[(~np.isnan(ratings)).any(axis=1)], known)
    usual = (everybody / everybody.sum(axis=1, keepdims=True)).mean(axis=0)
    size = len(known)
    by_chance = float(weight.sum() / (size * (size - 1)) * (usual * (1 - usual)).sum())
    return (seen - by_chance) / (1 - by_chance)


def agreement_weights(size: int, kind: Weights) -> Floats:
    """How much two of `size` ordered levels agree: 1 for the same, less the further apart.

    >>> agreement_weights(3, "quadratic")[0].tolist(), agreement_weights(3, "ordinal")[0].tolist()
    ([1.0, 0.75, 0.0], [1.0, 0.666..., 0.0])
    """
    apart = np.abs(np.subtract.outer(np.arange(size), np.arange(size))).astype(float)
    if kind == "identity":
        return np.eye(size)
    if kind == "quadratic":
        squared: Floats = 1 - apart**2 / (size - 1) ** 2
        return squared
    between = apart * (apart + 1) / 2  # pairs of levels from one to the other
    ordinal: Floats = 1 - between / between.max()
    return ordinal


def alpha(ratings: Floats, scale: Scale = "ordinal") -> float | None:
    """Krippendorff's alpha: 1 less the observed disagreement over the one that chance would bring
    (Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, sections C and D). None when it
    is not defined: without pairs, or when all grades are equal."""
    twice = graded_twice(ratings)
    values = _categories(twice)
    if not len(twice) or len(values) < 2:
        return None
    counts = _counts(twice, values)
    people = counts.sum(axis=1)
    # The coincidences of two values within the same answer; each answer weighs as much as it has
    # grades, whatever the number of its pairs.
    weighted = counts / (people - 1)[:, None]
    coincidences = weighted.T @ counts - np.diag(weighted.sum(axis=0))
    often = counts.sum(axis=0)
    apart = _distance(values, often, scale)
    observed = float((coincidences * apart).sum())
    by_chance = float((np.outer(often, often) * apart).sum() / (often.sum() - 1))
    return 1.0 - observed / by_chance


def _distance(values: Floats, often: Floats, scale: Scale) -> Floats:
    """How far apart each two values are, squared (the same paper, section E): for ordered levels by
    how many grades lie between them, half of their own counted."""
    if scale == "nominal":
        return 1 - np.eye(len(values))
    if scale == "ordinal":
        values = np.cumsum(often) - often / 2
    apart = np.subtract.outer(values, values)
    if scale == "ratio":
        sums = np.add.outer(values, values)
        apart = np.divide(apart, sums, out=np.zeros_like(apart), where=sums != 0)
    squared: Floats = apart**2
    return squared


@dataclass(frozen=True)
class Coefficient:
    """A measure of agreement: its value for some ratings, and its values for many draws at once.

    `of_draws` takes the sorted categories, what kinds of answer there are (kinds x categories: how
    many people said so) and how often each draw holds each kind (draws x kinds).
    """

    of: Callable[[Floats], float | None]
    of_draws: Callable[[Floats, Floats, Floats], Floats]
    categories: Sequence[float] = ()


def gwet(weights: Weights = "identity", categories: Sequence[float] = ()) -> Coefficient:
    """AC1, or AC2 with other weights."""

    def of(ratings: Floats) -> float | None:
        return ac2(ratings, weights, categories)

    def of_draws(known: Floats, kinds: Floats, times: Floats) -> Floats:
        return _gwet_of_draws(agreement_weights(len(known), weights), kinds, times)

    return Coefficient(of, of_draws, categories)


def _share_of_draws(known: Floats, kinds: Floats, times: Floats) -> Floats:
    return _mean(times, _alike(kinds, np.eye(len(known))))


def _gwet_of_draws(weight: Floats, kinds: Floats, times: Floats) -> Floats:
    seen = _mean(times, _alike(kinds, weight))
    size = len(weight)
    if size < 2:
        return np.ones(len(times))
    usual = _mean(times, kinds / kinds.sum(axis=1, keepdims=True))
    by_chance = weight.sum() / (size * (size - 1)) * (usual * (1 - usual)).sum(axis=1)
    values: Floats = (seen - by_chance) / (1 - by_chance)
    return values


def _mean(times: Floats, of_kind: Floats) -> Floats:
    """For each draw the mean over its answers of what is known of their kind."""
    mean: Floats = times @ of_kind / times.sum(axis=1).reshape(-1, *(1,) * (of_kind.ndim - 1))
    return mean


SHARE_ALIKE = Coefficient(share_alike, _share_of_draws)


def with_range(ratings: Floats, measure: Coefficient, *, draws: int = DRAWS) -> Agreement | None:
    """A measure with its 95 % range: answers are drawn again with all their grades (Gwet 2015 on
    why not pairs), and the same for ever for the same grades. None when it is not defined.

    Only a few kinds of answer occur (both said good, ...), and to draw answers again is to draw
    how often each kind occurs, from a multinomial distribution: the same draws, in one product of
    matrices however many answers there are.
    """
    value = measure.of(ratings)
    if value is None:
        return None
    twice = graded_twice(ratings)
    if len(twice) < LEAST_FOR_RANGE:
        return Agreement(value, len(twice), None, None)
    known = np.array(sorted(measure.categories)) if measure.categories else _categories(ratings)
    kinds, count = np.unique(_counts(twice, known), axis=0, return_counts=True)
    rng = np.random.default_rng(SEED)
    times = rng.multinomial(len(twice), count / len(twice), size=draws).astype(float)
    low, high = np.percentile(measure.of_draws(known, kinds, times), [2.5, 97.5])
    return Agreement(value, len(twice), float(low), float(high))


def _categories(ratings: Floats) -> Floats:
    known: Floats = np.unique(ratings[~np.isnan(ratings)])
    return known


def _counts(ratings: Floats, categories: Floats) -> Floats:
    """Answers x categories: how many people said so."""
    counts: Floats = (ratings[:, :, None] == categories[None, None, :]).sum(axis=1).astype(float)
    return counts


def _alike(counts: Floats, weight: Floats) -> Floats:
    """For each answer the mean weight over its pairs of people."""
    people = counts.sum(axis=1)
    weighted = counts @ weight
    result: Floats = (counts * (weighted - 1)).sum(axis=1) / (people * (people - 1))
    return result
