"""Cheap signals as a hint for the day: against an independent computation, and their limits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from reviews.stats.drift import Signal
from reviews.stats.hints import DAYS_BACK, MEMORY, SIZES, Traffic, _one_signal, log_ratios

TODAY = DAYS_BACK - 1
ONSETS = np.arange(TODAY - 40, TODAY + 1)


def steps(onsets: np.ndarray) -> np.ndarray:
    days = np.arange(DAYS_BACK)
    return (days[None, :] >= onsets[:, None]).astype(float)


def made(shift_from: int, moved: int, *, seed: int = 1, signals: int = 6) -> Traffic:
    """Rates of 10 % on 500 answers a day; the first `moved` of them rise to 15 % on a day."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(signals):
        chance = np.where((np.arange(DAYS_BACK) >= shift_from) & (number < moved), 0.15, 0.10)
        cases = rng.binomial(500, chance).astype(float)[:, None]
        found.append(Signal(f"s{number}", cases, np.full((DAYS_BACK, 1), 500.0), True))
    return Traffic(first=0, signals=found, codes=[0])


def ratios(traffic: Traffic, sign: float = 1.0) -> np.ndarray:
    return log_ratios(
        traffic, today=TODAY, onsets=ONSETS, shapes=steps(ONSETS), kind=None, sign=sign
    )


def test_one_signal_is_the_integral_over_sizes() -> None:
    """The closed form against numerical integration over the size, level taken out beforehand."""
    rng = np.random.default_rng(2)
    values = rng.normal(0, 1, 60)
    values[40:] += 1.5
    shape = (np.arange(60) >= 40).astype(float)[None, :]
    white, moved = values[1:] - MEMORY * values[:-1], shape[0, 1:] - MEMORY * shape[0, :-1]
    spread = np.median(np.abs(np.diff(white))) / 0.6745 / np.sqrt(2)
    white, moved = (white - white.mean()) / spread, moved - moved.mean()

    def joint(change: float, size: float) -> float:
        ratio = np.exp(change * (moved @ white) - change**2 * (moved @ moved) / 2)
        return float(ratio * 2 * norm.pdf(change, scale=size))

    expected = np.mean([quad(joint, 0, 12 * size, args=(size,))[0] for size in SIZES])
    assert _one_signal(values, shape, 1.0)[0] == pytest.approx(np.log(expected), rel=1e-6)


def test_signals_that_move_together_point_at_the_day() -> None:
    found = ratios(made(TODAY - 15, moved=6))
    assert abs(int(ONSETS[np.argmax(found)]) - (TODAY - 15)) <= 1
    assert found.max() - np.median(found) > 5


def test_two_signals_alone_date_nothing() -> None:
    both = ratios(made(TODAY - 15, moved=2))
    none = ratios(made(TODAY - 15, moved=0))
    assert both.max() - both.min() < none.max() - none.min() + 1.5


def test_rates_that_fall_are_no_hint_of_getting_worse() -> None:
    traffic = made(TODAY - 15, moved=6)
    place = int(np.argmax(ratios(traffic)))
    assert ratios(traffic, sign=-1.0)[place] < 0


def test_too_few_signals_or_days_say_nothing() -> None:
    assert not ratios(made(TODAY - 15, moved=2, signals=2)).any()
    short = made(TODAY - 5, moved=6)
    few = [
        Signal(one.name, one.total * (np.arange(DAYS_BACK) >= TODAY - 20)[:, None],
               one.answers * (np.arange(DAYS_BACK) >= TODAY - 20)[:, None], True)
        for one in short.signals
    ]  # fmt: skip
    assert not ratios(Traffic(0, few, [0])).any()


def test_a_kind_that_is_not_in_the_traffic_says_nothing() -> None:
    found = log_ratios(
        made(TODAY - 15, moved=6),
        today=TODAY,
        onsets=ONSETS,
        shapes=steps(ONSETS),
        kind=7,
        sign=1.0,
    )
    assert not found.any()
