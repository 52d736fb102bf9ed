"""The cheap signals as small lines under the trend: they warn, they never set the headline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from ingestion.models import Assistant
from portal import words
from reviews.measure.signals import (
    DAY,
    LABELS,
    DailySignals,
    daily_signals,
    is_carried,
    own_unit,
)
from reviews.models import DriftAlarm
from reviews.stats.counts import Floats
from reviews.stats.drift import HISTORY_DAYS, LEAST_ANSWERS, LEAST_HISTORY, LEFT_OUT, Signal
from reviews.watch.drift import WINDOW_DAYS, last_complete_day

NEWS_DAYS = 28  # after four weeks what was new has become the usual
USUAL_SHARE = (0.05, 0.95)  # nineteen of twenty usual days lie below, and above


@dataclass(frozen=True)
class UsualRange:
    """Within it lay nine of ten days of the five weeks before; `middle` is their median."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class SignalLine:
    """One signal, day by day, in its own unit (a share, a score, words, milliseconds).

    `values` are means over all kinds as they came; None on a day with under 100 conversations.
    `usual` is None until three weeks are known; `alarm` is the day of an alarm of the last four
    weeks, `since` the first day in a row outside the usual range up to it.
    """

    code: str
    label: str
    days: Sequence[date]
    values: Sequence[float | None]
    usual: UsualRange | None
    alarm: date | None
    since: date | None
    sentence: str


def signal_lines(*, assistant: Assistant, at: datetime) -> list[SignalLine]:
    """The last ten weeks of every signal that enough conversations carry; five queries."""
    last = last_complete_day(assistant=assistant, at=at)
    first = last - (WINDOW_DAYS - 1) * DAY
    daily = daily_signals(assistant=assistant, first=first, last=last)
    recent = (last - (NEWS_DAYS - 1) * DAY, last)
    known = DriftAlarm.objects.filter(assistant=assistant, day__range=recent)
    alarms = {one.signal: one for one in known.order_by("day")}  # the newest of each
    return [
        _line(daily, signal, alarms.get(signal.name))
        for signal in daily.signals
        if is_carried(signal, daily.conversations)
        and (signal.answers.sum(axis=1) >= LEAST_ANSWERS).any()
    ]


def _line(daily: DailySignals, signal: Signal, alarm: DriftAlarm | None) -> SignalLine:
    values = _means(signal)
    on = daily.row(alarm.day) if alarm else None
    usual = _usual(values, until=daily.days - 1 if on is None else on)
    since = until = None
    if alarm is not None and on is not None and usual is not None:
        since, until = _stay(values, on, usual, alarm)
    today = daily.day(daily.days)
    return SignalLine(
        code=signal.name,
        label=LABELS[signal.name],
        days=[daily.day(row) for row in range(daily.days)],
        values=values,
        usual=usual,
        alarm=alarm.day if alarm else None,
        since=None if since is None else daily.day(since),
        sentence=_sentence(daily, signal, usual, since, until, today=today),
    )


def _means(signal: Signal) -> list[float | None]:
    total, answers = signal.total.sum(axis=1), signal.answers.sum(axis=1)
    return [
        own_unit(signal.name, float(total[row] / answers[row]))
        if answers[row] >= LEAST_ANSWERS
        else None
        for row in range(len(total))
    ]


def _usual(values: Sequence[float | None], until: int) -> UsualRange | None:
    """Of the five weeks before row `until`, less the last two days; those may be the change."""
    window = values[max(0, until - HISTORY_DAYS) : max(0, until - LEFT_OUT)]
    known: Floats = np.array([value for value in window if value is not None])
    if len(known) < LEAST_HISTORY - LEFT_OUT:
        return None
    low, middle, high = np.quantile(known, [USUAL_SHARE[0], 0.5, USUAL_SHARE[1]])
    return UsualRange(float(low), float(middle), float(high))


def _stay(
    values: Sequence[float | None], on: int, usual: UsualRange, alarm: DriftAlarm
) -> tuple[int, int]:
    """The first and the last row of the stay away around an alarm on row `on`: days outside the
    usual range and nearer to the alarm's value than to the usual one. A day without enough
    conversations, or a single day back, does not end it."""
    half = (usual.middle + alarm.now) / 2

    def is_out(row: int) -> bool:
        value = values[row]
        if value is None:
            return True
        return value > max(usual.high, half) if alarm.rose else value < min(usual.low, half)

    first = last = on
    while first > 0 and is_out(first - 1):
        first -= 1
    while values[first] is None and first < on:
        first += 1
    for row in range(on + 1, len(values)):
        if is_out(row):
            last = row
        elif row - last >= 2:
            break
    return first, last


def _sentence(
    daily: DailySignals,
    signal: Signal,
    usual: UsualRange | None,
    since: int | None,
    until: int | None,
    *,
    today: date,
) -> str:
    if usual is None:
        mean = _over(signal, 0, daily.days - 1)
        return f"{say(signal.name, mean)}; its usual range takes three weeks to know"
    if since is None or until is None:
        return f"{say(signal.name, usual.middle)}, as usual"
    now = _over(signal, since, until)
    before, after = say_apart(signal.name, usual.middle, now)
    if until >= daily.days - 2:
        when = f"since {words.day(daily.day(since), today)}"
    elif since == until:
        when = f"on {words.day(daily.day(since), today)}"
    else:
        when = f"from {words.day_range(daily.day(since), daily.day(until), today)}"
    return f"{before} usually, {after} {when}"


def _over(signal: Signal, first: int, last: int) -> float:
    """The mean over the days from row `first` to row `last`."""
    total, answers = (one[first : last + 1].sum() for one in (signal.total, signal.answers))
    return own_unit(signal.name, float(total / max(answers, 1.0)))


def say(code: str, value: float, decimals: int = 0) -> str:
    """A signal's value in its own unit; `decimals` more places than usual.

    >>> say("length", 84.3), say("latency", 840), say("latency", 2310), say("top_score", 0.712)
    ('84 words', '840 ms', '2.3 s', '0.71')
    >>> say("escalated", 0.0234), say("escalated", 0.0034), say("escalated", 0.0234, 1)
    ('2%', '0.3%', '2.3%')
    """
    if code == "length":
        return f"{value:.{decimals}f} words"
    if code == "latency":
        return f"{value:.{decimals}f} ms" if value < 1000 else f"{value / 1000:.{1 + decimals}f} s"
    if code == "top_score":
        return f"{value:.{2 + decimals}f}"
    places = decimals or (1 if value < 0.01 else 0)
    return f"{value * 100:.{places}f}%"


def say_apart(code: str, one: float, other: float) -> tuple[str, str]:
    """Two different values, with as many places as tell them apart.

    >>> say_apart("thumbs_down", 0.021, 0.024), say_apart("thumbs_down", 0.02, 0.05)
    (('2.1%', '2.4%'), ('2%', '5%'))
    """
    places = next((n for n in range(3) if say(code, one, n) != say(code, other, n)), 0)
    return say(code, one, places), say(code, other, places)
