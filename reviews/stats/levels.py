"""The mean level on one criterion, with its range and how the levels are spread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit


@dataclass(frozen=True)
class LevelMean:
    """Mean level with its 95 % range, in levels (1 is the lowest); `spread` is each level's share
    of all answers, adding up to one; `graded` is the count it rests on."""

    mean: float
    low: float
    high: float
    graded: int
    spread: Mapping[int, float]


def mean_level(
    level: NDArray[np.int64],
    n: NDArray[np.int64],
    weight: NDArray[np.float64],
    weight_squared: NDArray[np.float64],
    levels: int,
) -> LevelMean | None:
    """The weighted mean of a criterion with `levels` levels, 1..levels; None without grades.

    One row for each group of grades alike: `n` grades at `level`, with the sums of 1 / chance and
    of its square. The range is Student's with k - 1 degrees of freedom, k = (sum w)^2 / sum w^2
    (Kish 1965), inside 1..levels. When all agree, the variance is that of two more grades out of
    n + 4 one level away, so that a few equal grades do not look certain.

    >>> one = mean_level(np.array([4, 5]), np.array([5, 5]), np.array([5.0, 5.0]),
    ...                  np.array([5.0, 5.0]), levels=5)
    >>> one.mean, round(one.low, 2), round(one.high, 2), one.spread[4]
    (4.5, 4.12, 4.88, 0.5)
    """
    graded, total = int(n.sum()), float(weight.sum())
    if graded == 0 or total <= 0:
        return None
    mean = float(weight @ level) / total
    effective = total**2 / float(weight_squared.sum())
    far = 2 / (graded + 4)
    variance = max(float(weight @ (level - mean) ** 2) / total, 0.7 * far * (1 - far))
    freedom = max(effective - 1, 1.0)
    half = float(stdtrit(freedom, 0.975)) * sqrt(variance / freedom)
    return LevelMean(
        mean=mean,
        low=max(1.0, mean - half),
        high=min(float(levels), mean + half),
        graded=graded,
        spread={one: float(weight[level == one].sum()) / total for one in range(1, levels + 1)},
    )
