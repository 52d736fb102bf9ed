"""How soon a drop would be seen: against the delays measured by simulation."""

from __future__ import annotations

from math import inf

import pytest

from reviews.stats.power import costliest_kind, days_to_see, grades_a_day_for, grades_until_seen
from tests.reviews.stats.tables import PERFECT, cells


@pytest.mark.parametrize(("a_day", "measured"), [(20, 6.0), (60, 3.0)])
def test_it_agrees_with_the_delays_that_were_measured(a_day: int, measured: float) -> None:
    """A 12-point drop at a release: medians of 6 and 3 days (`make bench-detection`)."""
    assert days_to_see(0.12, 0.90, a_day) == pytest.approx(measured, rel=0.25)


def test_more_grades_see_it_sooner_and_small_drops_take_longer() -> None:
    assert days_to_see(0.10, 0.9, 60) < days_to_see(0.10, 0.9, 20) < days_to_see(0.05, 0.9, 20)


def test_grades_a_day_for_some_days_is_the_inverse() -> None:
    needed = grades_a_day_for(5, 0.10, 0.9)
    assert needed is not None
    assert days_to_see(0.10, 0.9, needed) <= 5 < days_to_see(0.10, 0.9, needed - 1)


def test_no_grading_never_sees_anything() -> None:
    assert days_to_see(0.10, 0.9, 0) == inf
    assert grades_until_seen(0.0, 0.9) == inf
    assert grades_a_day_for(1, 0.10, 0.9) is None


def test_the_kind_that_costs_most_certainty_is_the_one_with_few_grades_and_much_traffic() -> None:
    table = cells((0, False, 200), (0, True, 20), (1, False, 8), (1, True, 2), (-2, True, 5))
    shares = {0: 500.0, 1: 480.0, -2: 20.0}
    assert costliest_kind(table, shares, PERFECT, leave_out=[-2]) == 1
    assert costliest_kind(cells((0, True, 0)), {0: 1.0}, PERFECT) is None
