"""Teams of the truth bench, and the judgement about what was said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.detection.streams import simulate
from bench.truth.teams import TEAMS, graded_by
from bench.truth.weeks import Line, Week, _line, weeks_of
from reviews.stats.history import DECISION, SECOND

STREAM = simulate("null", 3, n_per_day=300, days=56)


def test_a_team_decides_the_share_of_differing_pairs_that_it_decides() -> None:
    whole = graded_by(TEAMS["as the product asks"], STREAM, 20)
    half = graded_by(TEAMS["half of the pairs decided"], STREAM, 20)
    none = graded_by(TEAMS["no pair decided"], STREAM, 20)
    decided = [(one.grades.place == DECISION).sum() for one in (whole, half, none)]
    assert decided[2] == 0
    assert 0.25 < decided[1] / decided[0] < 0.75
    assert len(half.sampled.day) == len(whole.sampled.day)


def test_flagged_answers_go_to_two_people_too_unless_a_team_does_not() -> None:
    for name, twice in (("as the product asks", True), ("flagged graded once", False)):
        known = graded_by(TEAMS[name], STREAM, 20)
        seconds = known.grades.answer[known.grades.place == SECOND]
        assert bool(np.isin(np.flatnonzero(~known.sampled.drawn), seconds).any()) is twice


def test_one_reviewer_is_shown_no_range() -> None:
    assert not any(week.printed for _, week in weeks_of("one reviewer", 1, [20]))


WEEK = Week(printed=True, covers=True, off=0.2, half=7.0)


def line(hits: int, size: int, *, off: float = 0.2, team: str = "two reviewers") -> Line:
    weeks = [replace(WEEK, covers=number < hits, off=off) for number in range(size)]
    return _line(team, 20, weeks)


@pytest.mark.parametrize(
    ("found", "reached"),
    [
        (line(950, 1000), True),
        (line(890, 1000), False),
        (line(999, 1000), False),
        (line(950, 1000, off=1.5), False),
        (line(950, 1000, team="one reviewer"), False),
    ],
    ids=["fits", "too few", "too wide", "biased", "a range that cannot be kept"],
)
def test_a_limit_is_missed_when_so_many_weeks_can_tell(found: Line, reached: bool) -> None:
    assert found.reached is reached


def test_exact_range_of_the_coverage() -> None:
    """Clopper and Pearson: 95 of 100 gives 0.887 to 0.984."""
    found = line(95, 100)
    assert (found.low, found.high) == pytest.approx((0.8872, 0.9836), abs=0.0001)
