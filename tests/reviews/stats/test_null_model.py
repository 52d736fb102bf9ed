"""The model of "nothing changed": against an independent optimiser, and where data are few."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from reviews.stats.counts import VerdictCounts, count_verdicts, group_small_kinds
from reviews.stats.null_model import KIND, LEVEL, REVIEWER, VERSION, expit, fit
from tests.reviews.stats.made import all_alike, grades


def test_it_maximises_the_penalised_likelihood() -> None:
    counts = grades(40, 12, lambda day, kind, who: 0.06 + 0.05 * kind + 0.03 * who, seed=3)
    model = fit(counts)
    sizes = (1, len(model.kinds), len(model.reviewers), len(model.versions))
    penalty = np.repeat([LEVEL, KIND, REVIEWER, VERSION], sizes)
    starts = np.cumsum(sizes)
    columns = (
        starts[0] + np.searchsorted(model.kinds, counts.kind),
        starts[1] + np.searchsorted(model.reviewers, counts.reviewer),
        starts[2] + np.searchsorted(model.versions, counts.version),
    )

    def loss(effects: np.ndarray) -> float:
        logit = effects[0] + sum(effects[column] for column in columns)
        likelihood = counts.failed * logit - counts.graded * np.logaddexp(0, logit)
        return float(-likelihood.sum() + (penalty * effects**2).sum() / 2)

    best = minimize(loss, np.zeros(len(penalty)), method="BFGS", options={"gtol": 1e-8})
    assert loss(model.effects) == pytest.approx(best.fun, abs=1e-6)
    assert np.allclose(model.effects, best.x, atol=2e-3)


def test_the_covariance_is_the_inverse_of_the_information() -> None:
    counts = grades(30, 10, lambda *_: 0.2, kinds=2, reviewers=2)
    model = fit(counts)
    chance = model.probability[model.group]
    level = float((counts.graded * chance * (1 - chance)).sum()) + LEVEL
    information = np.linalg.inv(model.covariance)
    assert information[0, 0] == pytest.approx(level)


def test_a_strict_reviewer_has_a_severity_above_zero_and_a_new_one_starts_at_the_mean() -> None:
    counts = grades(60, 20, lambda day, kind, who: 0.30 if who == 2 else 0.10, seed=5)
    severity = fit(counts).severity()
    effect, spread = severity[2]
    assert effect - 2 * spread > 0 > max(effect for who, (effect, _) in severity.items() if who < 2)

    one_more = count_verdicts(
        day=np.array([61]),
        kind=np.array([0]),
        reviewer=np.array([9]),
        version=np.array([1]),
        failed=np.array([True]),
    )
    both = VerdictCounts(
        *(np.concatenate([getattr(one, name) for one in (counts, one_more)])
          for name in ("day", "kind", "reviewer", "version", "graded", "failed"))
    )  # fmt: skip
    newcomer, _ = fit(both).severity()[9]
    assert 0 < newcomer < 0.5  # one fail of one hardly moves the new reviewer


@pytest.mark.parametrize("failed", [False, True], ids=["all good", "all bad"])
def test_all_alike_is_fitted_without_running_away(failed: bool) -> None:
    model = fit(all_alike(30, 10, failed=failed))
    chance = float(model.probability[0])
    assert np.isfinite(model.effects).all()
    assert chance > 0.95 if failed else chance < 0.05


def test_no_grades_is_an_error_that_says_so() -> None:
    nothing = all_alike(1, 1, failed=False).since(5)
    with pytest.raises(ValueError, match="no grades"):
        fit(nothing)


def test_the_logistic_function_does_not_overflow() -> None:
    assert expit(np.array([-1e6, 0.0, 1e6])).tolist() == [0.0, 0.5, 1.0]


def test_only_the_twelve_largest_kinds_keep_their_number() -> None:
    kinds = np.repeat(np.arange(20), np.arange(20, 0, -1))
    same = np.zeros(len(kinds), np.int64)
    counts = count_verdicts(
        day=same, kind=kinds, reviewer=same, version=same, failed=np.zeros(len(kinds), bool)
    )
    grouped = group_small_kinds(counts)
    assert sorted(set(grouped.kind.tolist())) == [-1, *range(12)]
    assert grouped.total == counts.total
