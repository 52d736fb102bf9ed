"""Dating the start: the likelihood against a plain sum, the range, the release."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import bernoulli

from reviews.stats.detector import weigh
from reviews.stats.null_model import fit
from reviews.stats.onset import (
    BASELINE_ERRORS,
    BASELINE_SPREAD,
    RAMP_OVER_ALL,
    SIZE_SPREAD,
    SIZES,
    date_onset,
    smallest_set,
)
from reviews.stats.priors import day_weights
from tests.reviews.stats.made import grades


def test_the_posterior_is_what_bayes_says() -> None:
    """Every day's chance against the plain product of Bernoulli chances."""
    counts = grades(24, 6, lambda day, kind, who: 0.1 + 0.3 * (day >= 18), kinds=1, seed=4)
    evidence = weigh(counts, today=23)
    assert evidence is not None
    weights = day_weights(first=0, last=23, releases=[18])
    found = date_onset(evidence, day_weight=weights, releases=[18])

    model = fit(counts, step=counts.day >= evidence.best_day)
    logit = model.logit[model.group]
    steps: list[float] = []
    ramps: list[float] = []
    for onset in evidence.onsets:
        for masses, progress in (
            (steps, (counts.day >= onset).astype(float)),
            (ramps, np.clip((counts.day - onset + 1) / 21, 0, 1)),
        ):
            total = 0.0
            for error in BASELINE_ERRORS:
                for size in SIZES:
                    p = 1 / (1 + np.exp(-(logit + error + size * progress)))
                    log = counts.failed * bernoulli.logpmf(1, p)
                    log = log + (counts.graded - counts.failed) * bernoulli.logpmf(0, p)
                    prior = (error / BASELINE_SPREAD) ** 2 + (size / SIZE_SPREAD) ** 2
                    total += float(np.exp(log.sum() - prior / 2))
            masses.append(total)
    mass = np.array(steps) * (1 - RAMP_OVER_ALL) * [weights[int(day)] for day in evidence.onsets]
    ramp_mass = np.array(ramps) * RAMP_OVER_ALL
    chance = mass.sum() / (mass.sum() + ramp_mass.sum())
    assert found.step_chance == pytest.approx(chance)
    whole = mass if chance > 0.6 else mass + ramp_mass
    whole = whole / whole.sum()
    for day, expected in zip(evidence.onsets.tolist(), whole, strict=True):
        if expected >= 0.001:
            assert found.chances[day] == pytest.approx(expected)


def test_a_plain_drop_is_dated_to_the_day_and_its_release_is_named() -> None:
    counts = grades(56, 60, lambda day, kind, who: 0.08 + 0.3 * (day >= 45), seed=2)
    evidence = weigh(counts, today=55)
    assert evidence is not None
    weights = day_weights(first=0, last=55, releases=[20, 45])
    found = date_onset(evidence, day_weight=weights, releases=[20, 45])
    assert found.best == 45
    assert found.low <= 45 <= found.high <= found.low + 3
    assert found.release == 45


def test_without_a_release_that_day_none_is_named() -> None:
    counts = grades(56, 60, lambda day, kind, who: 0.08 + 0.3 * (day >= 45), seed=2)
    evidence = weigh(counts, today=55)
    assert evidence is not None
    weights = day_weights(first=0, last=55, releases=[20])
    found = date_onset(evidence, day_weight=weights, releases=[20])
    assert found.release is None
    assert abs(found.best - 45) <= 1


def test_two_changes_within_a_week_keep_both_releases_in_the_list() -> None:
    """Half the drop with each of two releases: one start, both near it with their chances."""

    def chance(day: int, kind: int, who: int) -> float:
        return 0.08 + 0.12 * (day >= 40) + 0.12 * (day >= 44)

    evidence = weigh(grades(52, 30, chance, seed=7), today=51)
    assert evidence is not None
    weights = day_weights(first=0, last=51, releases=[40, 44])
    found = date_onset(evidence, day_weight=weights, releases=[40, 44])
    assert found.chances.get(40, 0) > 0.01
    assert found.chances.get(44, 0) > 0.01


def test_a_rise_is_dated_too() -> None:
    counts = grades(50, 60, lambda day, kind, who: 0.35 - 0.25 * (day >= 38), seed=3)
    evidence = weigh(counts, today=49, direction="better")
    assert evidence is not None
    weights = day_weights(first=0, last=49, releases=[])
    found = date_onset(evidence, day_weight=weights, direction="better")
    assert found.low <= 38 <= found.high


def test_the_smallest_set_holds_enough_and_no_more() -> None:
    mass = np.array([0.05, 0.5, 0.4, 0.05])
    assert sorted(smallest_set(mass, 0.9).tolist()) == [1, 2]
    assert len(smallest_set(mass, 0.91)) == 3
