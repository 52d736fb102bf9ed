"""Mean levels of a criterion: weights, ranges, and when all agree."""

from __future__ import annotations

import numpy as np
import pytest

from reviews.stats.levels import LevelMean, mean_level


def of(levels: list[int], counts: list[int], weights: list[float] | None = None) -> LevelMean:
    found = maybe(levels, counts, weights)
    assert found is not None
    return found


def maybe(
    levels: list[int], counts: list[int], weights: list[float] | None = None
) -> LevelMean | None:
    n = np.array(counts)
    each = np.array(weights or [1.0] * len(levels))
    return mean_level(np.array(levels), n, n * each, n * each**2, levels=3)


def test_the_mean_and_its_spread() -> None:
    found = of([1, 2, 3], [10, 20, 70])
    assert found.mean == pytest.approx(2.6)
    assert found.spread == pytest.approx({1: 0.1, 2: 0.2, 3: 0.7})
    assert found.low < 2.6 < found.high


def test_weights_count() -> None:
    assert of([1, 3], [10, 10], [3.0, 1.0]).mean == pytest.approx(1.5)


def test_few_equal_levels_are_not_certain() -> None:
    found = of([3], [4])
    assert found.mean == 3
    assert found.low < 2.7
    assert found.high == 3


def test_nothing_graded_is_nothing_said() -> None:
    assert maybe([1], [0]) is None
