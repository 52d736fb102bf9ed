"""Cheap signals: alarms when they move, silence when the mix or nothing moves."""

from __future__ import annotations

import numpy as np
import pytest

from reviews.stats.drift import LEAST_HISTORY, Signal, find_drift

DAYS = 70


def rate(chance: np.ndarray, a_day: int = 1000, seed: int = 1) -> Signal:
    rng = np.random.default_rng(seed)
    cases = rng.binomial(a_day, chance).astype(float)[:, None]
    return Signal("escalated", cases, np.full((len(chance), 1), float(a_day)), True)


def test_a_rate_that_doubles_is_found_within_a_few_days_with_its_size() -> None:
    chance = np.where(np.arange(DAYS) < 50, 0.05, 0.10)
    alarm = find_drift([rate(chance)])[0]
    assert 50 <= alarm.day <= 54
    assert alarm.rose
    assert alarm.usual == pytest.approx(0.05, abs=0.01)
    assert alarm.now == pytest.approx(0.10, abs=0.03)


def test_a_fall_is_found_too() -> None:
    chance = np.where(np.arange(DAYS) < 50, 0.10, 0.05)
    assert not find_drift([rate(chance)])[0].rose


def test_nothing_moves_nothing_is_said() -> None:
    quiet = [rate(np.full(DAYS, 0.05), seed=seed) for seed in range(12)]
    assert len([one for signal in quiet for one in find_drift([signal])]) <= 2


def test_a_change_of_mix_alone_is_no_drift() -> None:
    """One kind escalates ten times as often and comes three times as often from day 50."""
    rng = np.random.default_rng(3)
    easy = np.full(DAYS, 900.0)
    hard = np.where(np.arange(DAYS) < 50, 100.0, 300.0)
    answers = np.stack([easy, hard], axis=1)
    total = rng.binomial(answers.astype(int), np.array([0.02, 0.2])).astype(float)
    assert find_drift([Signal("escalated", total, answers, True)]) == []


def test_three_weeks_of_history_and_a_hundred_answers_a_day_are_needed() -> None:
    chance = np.where(np.arange(DAYS) < LEAST_HISTORY - 3, 0.05, 0.2)
    assert all(alarm.day >= LEAST_HISTORY for alarm in find_drift([rate(chance)]))
    assert find_drift([rate(np.where(np.arange(DAYS) < 50, 0.05, 0.5), a_day=99)]) == []


def test_an_alarm_rests_on_no_later_day() -> None:
    chance = np.where(np.arange(DAYS) < 40, 0.05, 0.10)
    whole = rate(chance)
    for last in (45, 55):
        cut = Signal("escalated", whole.total[:last], whole.answers[:last], True)
        assert find_drift([cut]) == [one for one in find_drift([whole]) if one.day < last]


def test_after_an_alarm_the_new_level_becomes_the_usual_one() -> None:
    chance = np.where(np.arange(120) < 50, 0.05, 0.10)
    assert len(find_drift([rate(chance)])) == 1


def test_a_signal_that_never_moves_has_no_spread_and_no_alarm() -> None:
    still = Signal("length", np.full((DAYS, 1), 400.0), np.full((DAYS, 1), 200.0), False)
    assert find_drift([still]) == []
