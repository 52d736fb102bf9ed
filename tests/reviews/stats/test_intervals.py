"""Ranges against published values and an independent implementation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from reviews.stats.intervals import (
    Rate,
    WeightedCount,
    difference,
    total,
    weighted_rate,
    wilson,
)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_what_statsmodels_says(case: tuple[int, int]) -> None:
    passed, graded = case
    ours, theirs = wilson(passed, graded), proportion_confint(passed, graded, method="wilson")
    assert (ours.low, ours.high) == pytest.approx(theirs, abs=1e-9)


def test_newcombes_own_example() -> None:
    """56 of 70 against 48 of 80: 0.0524 to 0.3339 (Newcombe 1998, table II, method 10)."""
    one, two = wilson(56, 70), wilson(48, 80)
    change = difference(Rate(56 / 70, one.low, one.high, 70), Rate(48 / 80, two.low, two.high, 80))
    assert change.points == pytest.approx(20.0)
    assert change.low == pytest.approx(5.24, abs=0.01)
    assert change.high == pytest.approx(33.39, abs=0.01)
    assert change.is_clear


def test_nothing_graded_is_no_rate_and_never_0_or_100() -> None:
    assert weighted_rate(total([])) is None
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


@pytest.mark.parametrize(("good", "bad"), [(12, 0), (0, 12)])
def test_all_alike_still_has_a_range(good: int, bad: int) -> None:
    rate = weighted_rate(WeightedCount(good, bad, 12.0, 12.0, float(good)))
    assert rate is not None
    assert rate.high - rate.low > 0.2


def test_unequal_weights_cost_certainty_as_kish_says() -> None:
    """Weights 1 and 9: (10 + 90)^2 / (10 + 810) = 12.2 answers' worth out of 20."""
    rate = weighted_rate(WeightedCount(14, 6, 100.0, 820.0, 70.0))
    assert rate is not None
    expected = wilson(0.7 * 10_000 / 820, 10_000 / 820)
    assert (rate.share, rate.low, rate.high) == pytest.approx((0.7, expected.low, expected.high))
