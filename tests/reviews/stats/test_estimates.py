"""The share of good answers: against plain arithmetic, by simulation, and every edge case that the
specification names (section 8)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from reviews.stats.counts import count_verdicts
from reviews.stats.error_rates import ErrorRates, Strictness, by_strictness, error_rates
from reviews.stats.estimates import (
    BELOW_USUAL_ERRORS,
    ONE_REVIEWER,
    PAIRS_WAIT,
    REVIEWERS_DISAGREE,
    SOME_LEFT_OUT,
    Cells,
    collapse,
    compare,
    estimate,
    values_of,
)
from reviews.stats.severity import strictness
from tests.reviews.stats.tables import PERFECT, USUAL, cells


def test_with_perfect_reviewers_it_is_the_share_with_a_wilson_range_on_effective_numbers() -> None:
    found = estimate(cells((0, True, 30), (0, False, 170)), {0: 1.0}, PERFECT)
    assert found is not None
    assert found.good == pytest.approx(0.85)
    variance = max(0.15 * 0.85 / 199, 0.7 * (32 / 204) * (1 - 32 / 204) / 200)
    careful = (200 * 0.15 + 2) / 204
    effective = careful * (1 - careful) / found.variance
    assert found.variance == pytest.approx(variance)
    low, high = proportion_confint(0.85 * effective, effective, method="wilson")
    assert (found.low, found.high) == pytest.approx((low, high))


def test_reviewers_errors_are_taken_out_as_rogan_and_gladen_did() -> None:
    failed = 0.10 * 0.85 + 0.90 * 0.05  # what reviewers say when one in ten is not good
    found = estimate(
        cells((0, True, round(1000 * failed)), (0, False, round(1000 * (1 - failed)))),
        {0: 1.0},
        USUAL,
    )
    assert found is not None
    assert found.corrected
    assert found.good == pytest.approx(0.90, abs=0.001)
    assert found.as_graded.share == pytest.approx(0.13, abs=0.001)


def test_a_gold_verdict_counts_instead_of_the_grade() -> None:
    wrong = cells((0, True, 40), (0, False, 60), gold=0)
    found = estimate(wrong, {0: 1.0}, USUAL)
    assert found is not None
    assert found.good == 1.0


def test_strata_are_put_together_by_their_traffic() -> None:
    table = cells((0, True, 5), (0, False, 95), (1, True, 30), (1, False, 30))
    found = estimate(table, {0: 9000.0, 1: 1000.0}, PERFECT)
    assert found is not None
    assert found.good == pytest.approx(0.9 * 0.95 + 0.1 * 0.5)


def test_no_grades_is_no_estimate_never_0_or_100_percent() -> None:
    assert estimate(cells((0, True, 0)), {0: 1.0}, USUAL) is None


def test_under_ten_grades_only_counts_are_to_be_shown() -> None:
    found = estimate(cells((0, True, 1), (0, False, 3)), {0: 1.0}, PERFECT)
    assert found is not None
    assert found.few
    assert found.low < 0.5 < found.high


@pytest.mark.parametrize("failed", [True, False], ids=["all fail", "all pass"])
def test_all_alike_has_a_range_of_positive_width(failed: bool) -> None:
    found = estimate(cells((0, failed, 40)), {0: 1.0}, PERFECT)
    assert found is not None
    assert found.good == (0.0 if failed else 1.0)
    assert found.high - found.low > 0.03


def test_fewer_fails_than_usual_errors_is_cut_to_all_good_and_says_so() -> None:
    found = estimate(cells((0, True, 1), (0, False, 199)), {0: 1.0}, USUAL)
    assert found is not None
    assert found.measure.share < 0
    assert found.good == 1.0
    assert found.note == BELOW_USUAL_ERRORS
    assert found.variance > 0


def test_reviewers_who_cannot_tell_give_a_figure_as_graded() -> None:
    coin = ErrorRates(0.4, 0.6, 100.0, 100.0, {1: (0.4, 0.6)})
    found = estimate(cells((0, True, 40), (0, False, 60)), {0: 1.0}, coin)
    assert found is not None
    assert not found.corrected
    assert found.note == REVIEWERS_DISAGREE
    assert found.good == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("good", "bad", "note"), [(9.0, 0.0, ONE_REVIEWER), (9.0, 1.0, ""), (50.0, 0.0, "")]
)
def test_fewer_than_ten_gold_answers_give_a_figure_as_graded(
    good: float, bad: float, note: str
) -> None:
    few = ErrorRates(0.05, 0.85, good, bad, {1: (0.05, 0.85)})
    found = estimate(cells((0, True, 10), (0, False, 90)), {0: 1.0}, few)
    assert found is not None
    assert (found.corrected, found.note) == (not note, note)


@pytest.mark.parametrize(
    ("decided", "waiting", "corrected"),
    [(0, 0, True), (0, 1, False), (3, 3, True), (3, 4, False), (10, 30, True), (10, 31, False)],
)
def test_too_many_pairs_that_wait_give_a_figure_as_graded(
    decided: float, waiting: float, corrected: bool
) -> None:
    rates = ErrorRates(0.05, 0.85, 50.0, 20.0, {1: (0.05, 0.85)}, decided, waiting)
    found = estimate(cells((0, True, 10), (0, False, 90)), {0: 1.0}, rates)
    assert found is not None
    assert found.corrected is corrected
    assert found.note == ("" if corrected else PAIRS_WAIT)


def test_gold_counts_only_while_no_pair_waits() -> None:
    """Gold is there for pairs that agree; those that differ are missing from it."""
    table = cells((0, True, 10), (0, False, 90))
    table = replace(table, gold=np.array([1, -1], np.int8))
    assert values_of(table, USUAL)[0] == 1.0
    table = replace(table, gold=np.array([1, -2], np.int8))
    assert values_of(table, USUAL)[0] == pytest.approx(0.95 / 0.8)


def test_decided_pairs_stand_for_those_that_wait() -> None:
    """Forty pairs differ, ten are decided: the same rates as when all forty are, as likely."""
    yes, no = True, False
    says = (np.array([1, 1, 2, 2]), np.array([no, no, yes, yes]), np.array([no, yes, no, yes]))
    agree_good, agree_bad = 380, 60  # grades, two a pair
    of_all = error_rates(*says, np.array([agree_good + 28, 28, 12, agree_bad + 12]))
    of_some = error_rates(*says, np.array([agree_good + 7, 7, 3, agree_bad + 3]), waiting=30.0)
    assert of_some.false_fail == pytest.approx(of_all.false_fail)
    assert of_some.caught == pytest.approx(of_all.caught)
    assert of_some.of(1) == pytest.approx(of_all.of(1))
    assert of_some.variance_of_false_fail > 1.5 * of_all.variance_of_false_fail
    ignored = error_rates(*says, np.array([agree_good + 7, 7, 3, agree_bad + 3]))
    assert ignored.false_fail < 0.5 * of_all.false_fail


def test_a_strict_persons_rates_are_known_from_drawn_grades_alone() -> None:
    """Reviewer 3 has no gold; the odds of a fail are those of the others times e."""
    rates = ErrorRates(0.05, 0.85, 200.0, 60.0, {})
    strict = Strictness({1: -0.2, 2: -0.2, 3: 0.8}, {1: 400.0, 2: 400.0, 3: 200.0}, 0.13)
    moved = by_strictness(rates, strict)
    false_fail, caught = moved.of(3)
    assert 0.08 < false_fail < 0.15
    assert 0.9 < caught < 0.97
    assert moved.of(1) == pytest.approx(moved.of(2))
    for place, pooled in enumerate((0.05, 0.85)):
        mean = sum(moved.of(who)[place] * many for who, many in strict.graded.items()) / 1000
        assert mean == pytest.approx(pooled, abs=1e-6)
    assert moved.of(9) == (0.05, 0.85)  # nobody knows them yet


def test_a_team_without_grades_has_nobody_strict() -> None:
    none = np.zeros(0, np.int64)
    nothing = count_verdicts(
        day=none, kind=none, reviewer=none, version=none, failed=none.astype(bool)
    )
    assert strictness(nothing) is None


def test_one_reviewer_as_good_as_a_coin_is_left_out() -> None:
    rates = ErrorRates(0.05, 0.85, 100.0, 50.0, {1: (0.05, 0.85), 2: (0.5, 0.6)})
    good, coin = cells((0, True, 13), (0, False, 87)), cells((0, True, 50), reviewer=2)
    both = Cells(*(np.concatenate([getattr(good, name), getattr(coin, name)])
                   for name in Cells.__dataclass_fields__))  # fmt: skip
    found = estimate(both, {0: 1.0}, rates)
    assert found is not None
    assert found.note == SOME_LEFT_OUT
    assert found.good == pytest.approx(0.9, abs=0.001)
    assert found.graded == 150


def test_tiny_strata_are_estimated_as_one_and_keep_their_traffic() -> None:
    table = cells((0, False, 50), (1, True, 2), (2, False, 2))
    strata, unseen = collapse(table, {0: 80.0, 1: 10.0, 2: 10.0})
    assert [(one.members, one.share) for one in strata] == [((0,), 0.8), ((1, 2), 0.2)]
    assert unseen == 0


def test_a_kind_without_any_grade_makes_the_week_not_representative() -> None:
    found = estimate(cells((0, False, 50)), {0: 90.0, 1: 10.0}, PERFECT)
    assert found is not None
    assert not found.representative
    assert found.unseen == pytest.approx(0.1)


def test_traffic_must_be_somewhere() -> None:
    with pytest.raises(ValueError, match="shares of traffic"):
        collapse(cells((0, False, 5)), {0: 0.0})


def test_weights_undo_a_change_of_the_sampling_rate() -> None:
    """Half of the week at twice the rate: each answer stands for half as many."""
    table = cells((0, True, 20), (0, False, 20), (0, False, 40))
    weighted = Cells(
        table.stratum, table.reviewer, table.failed, table.gold, table.n,
        np.array([20 * 2.0, 20 * 2.0, 40 * 1.0]), np.array([20 * 4.0, 20 * 4.0, 40 * 1.0]),
    )  # fmt: skip
    found = estimate(weighted, {0: 1.0}, PERFECT)
    assert found is not None
    assert found.good == pytest.approx(1 - 40 / 120)


def test_the_error_rates_own_uncertainty_counts_once_in_a_comparison() -> None:
    now = estimate(cells((0, True, 260), (0, False, 740)), {0: 1.0}, USUAL)
    before = estimate(cells((0, True, 130), (0, False, 870)), {0: 1.0}, USUAL)
    assert now is not None
    assert before is not None
    change = compare(now, before)
    assert change.points == pytest.approx(100 * (now.good - before.good))
    apart = (now.high - now.low) / 2 + (before.high - before.low) / 2
    assert (change.high - change.low) / 200 < apart


def test_a_corrected_and_an_uncorrected_estimate_are_compared_as_graded() -> None:
    now = estimate(cells((0, True, 26), (0, False, 74)), {0: 1.0}, None)
    before = estimate(cells((0, True, 13), (0, False, 87)), {0: 1.0}, USUAL)
    assert now is not None
    assert before is not None
    assert compare(now, before).points == pytest.approx(-13.0)


def test_the_range_holds_the_truth_nineteen_times_in_twenty() -> None:
    """Streams with known truth, flagged answers, reviewers who err, some graded twice."""
    rng = np.random.default_rng(4)
    covered = []
    for _ in range(400):
        false_fail, caught, bad = 0.06, 0.83, 0.12
        gold_bad = rng.random(60) < 0.4
        grades = rng.random((2, 60)) < np.where(gold_bad, caught, false_fail)
        rates = error_rates(
            np.repeat([1, 2], 60), np.tile(gold_bad, 2), grades.reshape(-1), np.ones(120)
        )
        size = 250
        truth = rng.random(size) < bad
        failed = rng.random(size) < np.where(truth, caught, false_fail)
        table = Cells(
            np.zeros(size, np.int64), rng.integers(1, 3, size), failed,
            np.full(size, -1, np.int8), np.ones(size, np.int64), np.ones(size), np.ones(size),
        )  # fmt: skip
        found = estimate(table, {0: 1.0}, rates)
        assert found is not None
        covered.append(found.low <= 1 - bad <= found.high)
    assert 0.92 <= np.mean(covered) <= 0.99


def test_error_rates_are_drawn_to_the_teams() -> None:
    rates = error_rates(
        np.array([1, 1, 2]), np.array([False, True, False]), np.array([True, True, False]),
        np.array([10, 20, 90]),
    )  # fmt: skip
    pooled = (10 + 1) / (100 + 20)
    assert rates.false_fail == pytest.approx(pooled)
    assert rates.of(1)[0] == pytest.approx((10 + 20 * pooled) / 30)
    assert rates.of(2)[0] == pytest.approx((0 + 20 * pooled) / 110)
    assert rates.of(99) == (rates.false_fail, rates.caught)


def test_a_team_without_gold_starts_as_usual_and_is_not_corrected() -> None:
    none = np.zeros(0, np.int64)
    rates = error_rates(none, none.astype(bool), none.astype(bool), none)
    assert (rates.false_fail, rates.caught) == (0.05, 0.8)
    assert not rates.usable
