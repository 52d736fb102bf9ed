"""Do the answers look different? Cheap signals on all traffic, watched day by day.

STATISTICS section 4: the daily mean of each signal at the baseline's mix of kinds, freed of its own
day-to-day memory, in a two-sided CUSUM. It never says that quality fell: it says "look here".
Sources: Page 1954 (CUSUM); Laney 2002 for the spread between days instead of the binomial one,
which is far too small with thousands of answers a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reviews.stats.counts import Floats

HISTORY_DAYS = 35
LEAST_HISTORY = 21
LEFT_OUT = 2
LEAST_ANSWERS = 100
ALLOWANCE = 0.75
# With six signals and no change: 2.4 alarms a year in null runs, against 4.2 at 6.
LIMIT = 7.0
LONGEST_STEP = 4.0


@dataclass(frozen=True)
class Signal:
    """Sums of one signal: `total` and `answers` are days x kinds. A rate is watched as its log, and
    rises when answers get worse; of a mean nothing is known unless it `falls_when_worse`."""

    name: str
    total: Floats
    answers: Floats
    is_rate: bool
    falls_when_worse: bool = False

    @property
    def direction(self) -> int:
        """1: rises when answers get worse, -1: falls, 0: not known."""
        return 1 if self.is_rate else -1 if self.falls_when_worse else 0


@dataclass(frozen=True)
class DriftAlarm:
    """A signal left its usual range on a day (row number); `usual` and `now` in its own units."""

    day: int
    signal: str
    rose: bool
    usual: float
    now: float


def find_drift(signals: Sequence[Signal], *, limit: float = LIMIT) -> list[DriftAlarm]:
    """All alarms, by day. Causal: an alarm on a day rests on that day and those before it."""
    found = [alarm for signal in signals for alarm in _watch(signal, limit)]
    return sorted(found, key=lambda alarm: (alarm.day, alarm.signal))


def _watch(signal: Signal, limit: float) -> list[DriftAlarm]:
    alarms = []
    start, up, down = 0, 0.0, 0.0
    enough = signal.answers.sum(axis=1) >= LEAST_ANSWERS
    for day in range(len(signal.total)):
        first = max(start, day - HISTORY_DAYS)
        window = [one for one in range(first, day + 1) if enough[one]]
        if not enough[day] or len(window) - 1 < LEAST_HISTORY:
            continue
        values = at_one_mix(signal, np.array(window))
        step = _whitened(values)
        up = max(0.0, up + step - ALLOWANCE)
        down = max(0.0, down - step - ALLOWANCE)
        if max(up, down) > limit:
            # Back from the log of a rate.
            usual, now = np.median(values[: -1 - LEFT_OUT]), values[-1]
            if signal.is_rate:
                usual, now = np.exp(usual), np.exp(now)
            alarms.append(DriftAlarm(day, signal.name, up > down, float(usual), float(now)))
            start, up, down = day, 0.0, 0.0
    return alarms


def at_one_mix(signal: Signal, days: NDArray[np.int64]) -> Floats:
    """The signal on each of the days as if their kinds came in the mix of the days together."""
    answers, total = signal.answers[days], signal.total[days]
    mix = answers.sum(axis=0) / answers.sum()
    if signal.is_rate:
        # Half a case a day, shared out by mix, keeps the log of a day without a case finite.
        total = total + 0.5 * mix
    whole = total.sum(axis=1) / answers.sum(axis=1)
    means = np.where(answers > 0, total / np.maximum(answers, 1.0), whole[:, None])
    value = means @ mix
    result: Floats = np.log(value) if signal.is_rate else value
    return result


def _whitened(values: Floats) -> float:
    """Today's step away from what the days before lead one to expect, in their spread."""
    past = values[: -1 - LEFT_OUT]
    mean = past.mean()
    spread = past.std(ddof=1)
    if spread <= 0:
        return 0.0
    centred = past - mean
    memory = 0.5 * float(np.clip((centred[1:] @ centred[:-1]) / (centred @ centred), 0.0, 0.9))
    step = (values[-1] - mean - memory * (values[-2] - mean)) / spread
    return float(np.clip(step, -LONGEST_STEP, LONGEST_STEP))
