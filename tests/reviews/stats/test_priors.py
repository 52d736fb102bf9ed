"""The prior of the onset day: half of the mass on releases, about one a day on average."""

from __future__ import annotations

import pytest

from reviews.stats.priors import MOST, day_weights, rhythm


def test_a_fortnightly_rhythm_gives_a_release_seven_and_a_half() -> None:
    weights = day_weights(first=0, last=83, releases=[0, 14, 28, 42, 56, 70])
    assert weights[14] == pytest.approx(7.5)
    assert weights[15] == 0.5
    mean = sum(weights.values()) / len(weights)
    assert mean == pytest.approx(1.0, abs=0.05)


def test_a_team_that_releases_daily_learns_little_from_a_release() -> None:
    weights = day_weights(first=0, last=83, releases=range(84))
    assert weights[40] == pytest.approx(1.5)


def test_a_drift_alarm_weighs_the_days_around_it_six_times_with_a_cap() -> None:
    weights = day_weights(first=0, last=55, releases=[30], drift_alarms=[31])
    assert weights[26] == 0.5
    assert weights[27] == 3.0
    assert weights[32] == 3.0
    assert weights[33] == 0.5
    assert weights[30] == MOST


def test_releases_outside_the_days_do_not_count() -> None:
    assert day_weights(first=10, last=20, releases=[3, 99]) == day_weights(
        first=10, last=20, releases=[]
    )


def test_the_rhythm_stays_within_bounds() -> None:
    assert rhythm(0, 10_000) == 56.0
    assert rhythm(500, 500) == 2.0
