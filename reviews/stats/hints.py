"""When did the answers begin to look different? Cheap signals as a hint for dating a change.

Grades decide whether quality changed; all traffic shows much sooner when something did. For each
onset day and signal: how much likelier are the daily values with a change from that day on than
with none (a normal linear model with the level and the size integrated out; Zellner 1971, An
Introduction to Bayesian Inference in Econometrics, chapter 3; one-sided where it is known which
way a signal moves when answers get worse). Beyond STATISTICS; reasons and figures in decision 4.

Signals are not independent and can change harmlessly, so the two that say most about a day are
left out and the rest counts less than half: one or two signals alone never date anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

from reviews.stats.counts import Floats, Ints
from reviews.stats.drift import Signal, at_one_mix

LEFT_OUT = 2
TEMPER = 0.45
# Day-to-day memory of the signals, taken out before anything is compared.
MEMORY = 0.3
# Sizes of a change in day-to-day spreads, equally likely.
SIZES = (0.7, 1.5, 3.0)
DAYS_BACK = 98
LEAST_DAYS = 28


@dataclass(frozen=True)
class Traffic:
    """Signals of all traffic; row 0 of their arrays is day `first`, columns are kinds. `codes` are
    the kinds' numbers in the grades, in the order of the columns."""

    first: int
    signals: Sequence[Signal]
    codes: Sequence[int] = ()

    def column(self, kind: int) -> int | None:
        """Where a kind stands in the arrays; None when it is not there."""
        codes = list(self.codes)
        return codes.index(kind) if kind in codes else None


def log_ratios(
    traffic: Traffic, *, today: int, onsets: Ints, shapes: Floats, kind: int | None, sign: float
) -> Floats:
    """For each onset the log of how much likelier the signals are with a change then than without.

    `shapes` is onsets x DAYS_BACK: how much of the change is there on each of the days up to
    `today`. `sign` 1 looks for worse, -1 for better. Zeros when there is too little to go by.
    """
    column = None if kind is None else traffic.column(kind)
    nothing = np.zeros(len(onsets))
    if kind is not None and column is None:
        return nothing
    last = today - traffic.first
    found = []
    for signal in traffic.signals:
        rows = np.arange(max(0, last - DAYS_BACK + 1), min(last, len(signal.total) - 1) + 1)
        values = _values(signal, rows, column)
        if values is not None:
            # The columns of `shapes` end with today, the signal's rows may end before.
            back = last - rows
            found.append(
                _one_signal(values, shapes[:, DAYS_BACK - 1 - back], sign * signal.direction)
            )
    if len(found) <= LEFT_OUT:
        return nothing
    result: Floats = TEMPER * np.sort(np.stack(found), axis=0)[:-LEFT_OUT].sum(axis=0)
    return result


def _values(signal: Signal, rows: Ints, column: int | None) -> Floats | None:
    """The signal day by day, over all kinds at one mix or of one kind; None with too few days."""
    answers = signal.answers[rows].sum(axis=1) if column is None else signal.answers[rows, column]
    if (answers > 0).sum() < LEAST_DAYS:
        return None
    seen = answers > 0
    if column is None:
        values = at_one_mix(signal, rows[seen])
    elif signal.is_rate:
        values = np.log((signal.total[rows[seen], column] + 0.5) / (answers[seen] + 1.0))
    else:
        values = signal.total[rows[seen], column] / answers[seen]
    # A day without traffic says nothing: it is as usual.
    result: Floats = np.full(len(rows), np.median(values))
    result[seen] = values
    return result


def _one_signal(values: Floats, shapes: Floats, direction: float) -> Floats:
    """Log ratio of each shape (onsets x days) against no change; `direction` 0 is either way."""
    white = values[1:] - MEMORY * values[:-1]
    spread = float(np.median(np.abs(np.diff(white)))) / 0.6745 / np.sqrt(2)
    if spread <= 0:
        return np.zeros(len(shapes))
    moved = shapes[:, 1:] - MEMORY * shapes[:, :-1]
    # The level is unknown: what a constant explains is taken out of both.
    moved = moved - moved.mean(axis=1, keepdims=True)
    white = (white - white.mean()) / spread
    score, information = moved @ white, (moved * moved).sum(axis=1)
    logs = []
    for size in SIZES:
        shrink = 1 + information * size**2
        log = (score * size) ** 2 / (2 * shrink) - np.log(shrink) / 2
        if direction:
            log = log + np.log(2) + log_ndtr(direction * score * size / np.sqrt(shrink))
        logs.append(log)
    result: Floats = np.logaddexp.reduce(logs, axis=0) - np.log(len(SIZES))
    return result
