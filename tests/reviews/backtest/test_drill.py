"""The fire drill: large drops are found in the right place, hardly any where none is planted."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from bench.detection.adapter import history
from bench.detection.reviewers import sample_and_grade
from bench.detection.streams import simulate
from reviews.backtest.drill import Plan, run_drill
from reviews.stats.history import History

REFUNDS, DAY = 2, 56


@pytest.fixture(scope="module")
def quiet() -> History:
    """Twelve weeks in which nothing happens, 40 graded a day of 1,000."""
    stream = simulate("null", 7, 1000)
    return history(stream, sample_and_grade(stream, 40))


def test_a_large_drop_is_found_soon_in_all_kinds_and_on_its_day(quiet: History) -> None:
    drill = run_drill(quiet, Plan(25, None, DAY), seed=1, seconds=60)
    assert len(drill.attempts) == len(drill.found) == 20
    assert drill.median_days is not None
    assert drill.median_days <= 4
    assert drill.kinds_right >= 18
    assert drill.dates_right >= 18
    assert drill.is_warm
    assert 25 < drill.graded < 45
    assert 0.85 < drill.usual < 0.95


def test_a_drop_in_one_kind_is_found_there(quiet: History) -> None:
    drill = run_drill(quiet, Plan(40, REFUNDS, DAY), seed=1, seconds=60)
    assert len(drill.found) >= 18
    assert drill.kinds_right >= 15
    assert drill.graded < 10


def test_a_larger_drop_is_found_sooner(quiet: History) -> None:
    small, large = (
        run_drill(quiet, Plan(points, None, DAY), seed=2, seconds=60) for points in (8, 35)
    )
    assert small.median_days is not None
    assert large.median_days is not None
    assert large.median_days < small.median_days


def test_hardly_anything_is_found_where_nothing_is_planted(quiet: History) -> None:
    drill = run_drill(quiet, Plan(0, None, DAY), seed=1, seconds=60)
    assert len(drill.found) <= 4


def test_the_same_seed_gives_the_same_drill(quiet: History) -> None:
    plan = Plan(15, None, DAY)
    one, two = (run_drill(quiet, plan, seed=5, repetitions=5, seconds=60) for _ in range(2))
    assert one.attempts == two.attempts


def test_time_bounds_the_repetitions_but_some_are_always_made(quiet: History) -> None:
    ticks = itertools.count()
    drill = run_drill(
        quiet, Plan(30, None, 80), seed=1, seconds=5, clock=lambda: float(next(ticks))
    )
    assert len(drill.attempts) == 8  # three are always made; then the clock is asked
    late = run_drill(
        quiet, Plan(30, None, 80), seed=1, seconds=-1, clock=lambda: float(next(ticks))
    )
    assert len(late.attempts) == 3


def test_grades_before_the_planted_day_and_who_graded_what_stay(quiet: History) -> None:
    before = quiet.grades.failed.copy()
    run_drill(quiet, Plan(30, None, DAY), seed=1, repetitions=3)
    assert np.array_equal(quiet.grades.failed, before)


def test_before_there_is_enough_to_compare_with_it_says_so(quiet: History) -> None:
    assert not run_drill(quiet, Plan(30, None, 2), seed=1, repetitions=1).is_warm


@pytest.mark.parametrize("day", [0, 84, -5])
def test_a_day_outside_the_history_is_refused(quiet: History, day: int) -> None:
    with pytest.raises(ValueError, match="inside the history"):
        run_drill(quiet, Plan(10, None, day), seed=1)
