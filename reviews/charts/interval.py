"""A usual level and this week's on one line; pure geometry, drawn by templates/ui/."""

from __future__ import annotations

from dataclasses import dataclass

from reviews.stats.intervals import Rate

WIDTH = 220
PAD = 6


@dataclass(frozen=True)
class Span:
    """A range with its point, in pixels from the left."""

    start: float
    end: float
    point: float


@dataclass(frozen=True)
class IntervalRow:
    """The usual level (hollow) above this week's (filled)."""

    usual: Span | None
    now: Span | None
    tone: str
    width: int = WIDTH


def _place(value: float, low: float) -> float:
    inside = min(max(value, low), 1.0)
    return round(PAD + (inside - low) / (1 - low) * (WIDTH - 2 * PAD), 1)


def _span(rate: Rate | None, low: float) -> Span | None:
    if rate is None:
        return None
    return Span(_place(rate.low, low), _place(rate.high, low), _place(rate.share, low))


def interval_row(
    usual: Rate | None, now: Rate | None, *, low: float, tone: str = ""
) -> IntervalRow:
    """Both ranges on an axis from `low` to 1.

    >>> interval_row(None, Rate(0.5, 0.5, 1.0, 3), low=0.0).now
    Span(start=110.0, end=214.0, point=110.0)
    """
    return IntervalRow(_span(usual, low), _span(now, low), tone)


def range_bar(rate: Rate, was: Rate | None = None, tone: str = "") -> IntervalRow:
    """One range on an axis from 0 to 1, the usual level as a tick."""
    return interval_row(was, rate, low=0.0, tone=tone)


def axis_floor(rates: list[Rate | None]) -> float:
    """The lowest tenth that holds all ranges, at most 0.8, so that rows share one axis.

    >>> axis_floor([Rate(0.52, 0.4, 0.64, 58), None])
    0.4
    """
    lows = [rate.low for rate in rates if rate is not None]
    return min(0.8, int(min(lows, default=0.8) * 10) / 10)
