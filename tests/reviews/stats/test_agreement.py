"""Agreement equals what was published, to the last digit given there."""

from __future__ import annotations

import time

import numpy as np
import pytest

from reviews.stats.agreement import (
    LEAST_FOR_RANGE,
    SHARE_ALIKE,
    Coefficient,
    ac1,
    ac2,
    alpha,
    graded_twice,
    gwet,
    share_alike,
    with_range,
)

GAP = np.nan
# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C: 4 observers, 12 units.
KRIPPENDORFF_C = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, GAP, GAP, GAP],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, GAP, 3],
        [GAP, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, GAP],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, GAP],
    ]
).T
# The encyclopedia's example: 3 coders, 15 units.
ENCYCLOPEDIA = np.array(
    [
        [GAP, GAP, GAP, GAP, GAP, 3, 4, 1, 2, 1, 1, 3, 3, GAP, 3],
        [1, GAP, 2, 1, 3, 3, 4, 3, GAP, GAP, GAP, GAP, GAP, GAP, GAP],
        [GAP, GAP, 2, 1, 3, 4, 4, GAP, 2, 1, 1, 3, 3, GAP, 4],
    ]
).T


def crossed(*rows: tuple[int, ...]) -> np.ndarray:
    """The pairs of a cross table: row of the first person, column of the second."""
    pairs = [
        (row, column)
        for row, counts in enumerate(rows)
        for column, count in enumerate(counts)
        for _ in range(count)
    ]
    return np.array(pairs, float)


ABSTRACTORS = crossed((13, 0, 0), (0, 20, 7), (0, 4, 56))  # the vignette of R's irrCAC
PARADOX = crossed((118, 5), (2, 0))


@pytest.mark.parametrize(
    ("scale", "published"),
    [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)],
)
def test_alpha_of_krippendorffs_section_c(scale: str, published: float) -> None:
    """The ordinal value was wrong once in the package (its issue 4, 2019)."""
    assert alpha(KRIPPENDORFF_C, scale) == pytest.approx(published, abs=0.0005)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("scale", "published"), [("nominal", 0.691), ("ordinal", 0.807), ("interval", 0.811)]
)
def test_alpha_of_the_encyclopedias_example(scale: str, published: float) -> None:
    assert alpha(ENCYCLOPEDIA, scale) == pytest.approx(published, abs=0.0005)  # type: ignore[arg-type]


def test_gwets_coefficients_of_krippendorffs_section_c() -> None:
    assert ac1(KRIPPENDORFF_C) == pytest.approx(0.77544, abs=0.000005)
    assert ac2(KRIPPENDORFF_C, "quadratic") == pytest.approx(0.914, abs=0.0005)
    assert ac2(KRIPPENDORFF_C, "ordinal") == pytest.approx(0.899, abs=0.0005)


def test_the_abstractors_of_the_vignette() -> None:
    assert ac1(ABSTRACTORS) == pytest.approx(0.84933, abs=0.000005)
    assert alpha(ABSTRACTORS, "nominal") == pytest.approx(0.79726, abs=0.000005)


def test_nearly_all_alike_reads_nearly_all_alike() -> None:
    """Cohen's kappa of this table is -0.0234."""
    assert ac1(PARADOX) == pytest.approx(0.9408, abs=0.00005)
    assert share_alike(PARADOX) == pytest.approx(118 / 125)


def test_all_grades_equal_alpha_is_not_defined_and_agreement_is_whole() -> None:
    same = np.ones((50, 2))
    assert alpha(same) is None
    assert share_alike(same) == 1.0
    assert ac1(same) == 1.0


def test_without_pairs_nothing_is_said() -> None:
    alone = np.array([[1, GAP], [GAP, 0]])
    assert share_alike(alone) is None
    assert ac1(alone) is None
    assert alpha(alone) is None
    assert with_range(alone, gwet()) is None
    assert len(graded_twice(alone)) == 0


def test_the_range_is_hidden_below_forty_answers_and_the_same_for_ever() -> None:
    few = with_range(PARADOX[: LEAST_FOR_RANGE - 1], gwet())
    assert few is not None
    assert few.low is None
    whole = with_range(PARADOX, gwet())
    assert whole is not None
    assert whole == with_range(PARADOX, gwet())
    assert whole.low is not None
    assert whole.high is not None
    assert whole.low < whole.value < whole.high
    assert whole.items == 125


def test_the_range_holds_the_truth_as_often_as_was_measured() -> None:
    """Two reviewers, one answer in ten bad, 5 and 15 % errors: AC1 is 0.857, at 80 answers the
    range held it in 93 % of 1,500 tables."""
    rng = np.random.default_rng(8)
    held = []
    for _ in range(150):
        bad = rng.random(80) < 0.10
        fails = rng.random((2, 80)) < np.where(bad, 0.85, 0.05)
        found = with_range(fails.T.astype(float), gwet("identity", (0, 1)), draws=200)
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        held.append(found.low <= 0.857 <= found.high)
    assert 0.86 <= np.mean(held) <= 0.99


def by_item(ratings: np.ndarray, measure: Coefficient, draws: int) -> tuple[float, float]:
    """The range by the definition: answers drawn again one by one, the measure of each draw."""
    twice = graded_twice(ratings)
    rng = np.random.default_rng(5)
    found = [
        measure.of(twice[rng.integers(0, len(twice), len(twice))]) or 0.0 for _ in range(draws)
    ]
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def panel(answers: int, levels: int) -> np.ndarray:
    """Two to four people of six on each answer, with levels that lean to one end."""
    rng = np.random.default_rng(answers)
    table = np.full((answers, 6), GAP)
    for row in table:
        people = rng.choice(6, rng.integers(2, 5), replace=False)
        truth = min(int(rng.exponential(0.8)), levels - 1)
        row[people] = np.clip(truth + (rng.random(len(people)) < 0.2), 0, levels - 1)
    return table


@pytest.mark.parametrize(
    ("ratings", "measure"),
    [
        (PARADOX, SHARE_ALIKE),
        (PARADOX, gwet("identity", (0.0, 1.0))),
        (ABSTRACTORS, gwet("quadratic")),
        (panel(150, 4), SHARE_ALIKE),
        (panel(150, 4), gwet("ordinal", (0.0, 1.0, 2.0, 3.0))),
    ],
)
def test_kinds_drawn_again_give_the_range_of_answers_drawn_again(
    ratings: np.ndarray, measure: Coefficient
) -> None:
    """Within the noise of 4,000 draws, a fifth of a standard error, and the step from one answer
    to the next, which is all that a share can move."""
    found = with_range(ratings, measure, draws=4000)
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    low, high = by_item(ratings, measure, 4000)
    noise = (high - low) / 4 / 5 + 1 / len(graded_twice(ratings))
    assert found.low == pytest.approx(low, abs=noise)
    assert found.high == pytest.approx(high, abs=noise)


def test_a_draw_of_every_answer_once_is_the_measure_itself() -> None:
    """The two ways of working out a measure agree to the last digits."""
    for ratings in (PARADOX, ABSTRACTORS, panel(60, 3)):
        twice = graded_twice(ratings)
        known = np.unique(twice[~np.isnan(twice)])
        kinds = (twice[:, :, None] == known).sum(axis=1).astype(float)
        for measure in (SHARE_ALIKE, gwet(), gwet("quadratic"), gwet("ordinal")):
            (value,) = measure.of_draws(known, kinds, np.ones((1, len(kinds))))
            assert value == pytest.approx(measure.of(twice), abs=1e-12)


def test_thousands_of_pairs_take_no_longer_than_forty() -> None:
    many = np.tile(PARADOX, (400, 1))
    start = time.perf_counter()
    assert with_range(many, SHARE_ALIKE) is not None
    assert time.perf_counter() - start < 1  # twenty seconds and more, one by one
