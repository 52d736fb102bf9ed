"""Levels of stretches: which answers speak for which part of the traffic."""

from __future__ import annotations

import numpy as np
import pytest

from reviews.stats.periods import ALL_OTHERS, FLAGGED, estimate_period, period_cells
from tests.reviews.stats.tables import PERFECT, answers, traffic


def test_flagged_answers_are_their_own_stratum_with_their_share_of_the_traffic() -> None:
    graded = answers(
        (1, 0, True, False, False, 45), (1, 0, True, False, True, 5),
        (1, 0, False, True, True, 12), (1, 0, False, True, False, 8),
    )  # fmt: skip
    found = estimate_period(graded, traffic((1, 0, 1000, 20)), PERFECT)
    assert found is not None
    assert found.good == pytest.approx(0.98 * 0.9 + 0.02 * 0.4)


def test_an_answer_flagged_after_being_drawn_moves_to_the_flagged_ones() -> None:
    graded = answers((1, 0, True, True, True, 10), (1, 0, True, False, False, 90))
    cells, shares = period_cells(graded, traffic((1, 0, 1000, 40)))
    assert cells.stratum.tolist() == [FLAGGED, ALL_OTHERS]
    assert shares == {FLAGGED: 40.0, ALL_OTHERS: 960.0}
    assert cells.weight.tolist() == [40.0, 90 * 50.0]


def test_a_days_graded_flags_stand_for_all_of_its_flags() -> None:
    """The cap: ten of forty on one day, all ten on the other."""
    graded = answers(
        (1, 0, False, True, True, 10), (2, 0, False, True, False, 10),
        (1, 0, True, False, False, 50),
    )  # fmt: skip
    found = estimate_period(graded, traffic((1, 0, 500, 40), (2, 0, 500, 10)), PERFECT)
    assert found is not None
    assert found.good == pytest.approx(0.95 + 0.05 * (10 / 50))


def test_flagged_and_signalled_answers_never_speak_for_the_others() -> None:
    graded = answers((1, 0, False, False, True, 30), (1, 0, True, False, False, 50))
    found = estimate_period(graded, traffic((1, 0, 1000, 0)), PERFECT)
    assert found is not None
    assert found.good == 1.0


def test_kinds_drawn_with_other_chances_are_strata_of_their_own() -> None:
    often = answers((1, 0, True, False, False, 50), weight=10.0)
    seldom = answers((1, 1, True, False, True, 10), (1, 1, True, False, False, 10), weight=100.0)
    both = type(often)(
        *(np.concatenate([getattr(often, name), getattr(seldom, name)])
          for name in type(often).__dataclass_fields__)
    )  # fmt: skip
    cells, shares = period_cells(both, traffic((1, 0, 500, 0), (1, 1, 2000, 0)))
    assert sorted(set(cells.stratum.tolist())) == [0, 1]
    assert shares == {FLAGGED: 0.0, 0: 500.0, 1: 2000.0}
    found = estimate_period(both, traffic((1, 0, 500, 0), (1, 1, 2000, 0)), PERFECT)
    assert found is not None
    assert found.good == pytest.approx(0.2 * 1.0 + 0.8 * 0.5)


def test_without_recorded_traffic_the_grades_stand_for_themselves() -> None:
    graded = answers((1, 0, True, False, True, 10), (1, 0, True, False, False, 30))
    found = estimate_period(graded, traffic(), PERFECT)
    assert found is not None
    assert found.good == pytest.approx(0.75)


def test_nothing_graded_is_nothing_said() -> None:
    assert estimate_period(answers(), traffic((1, 0, 100, 3)), PERFECT) is None
