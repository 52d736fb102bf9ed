"""A low line on the same days as the chart above it: its usual range and where it left it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from reviews.charts.days import LEFT, NARROW, PAD, RIGHT, WIDE

HEIGHT, EDGE = 46.0, 5.0


@dataclass(frozen=True)
class SmallLine:
    """A path that breaks where a day has no value; `top` and `band` place the usual range;
    `left_x` is the day it left it, `x` and `y` its last point."""

    width: float
    height: float
    left: float
    right: float
    path: str
    x: float
    y: float
    top: float | None
    band: float
    middle: float | None
    left_x: float | None

    @property
    def inner_width(self) -> float:
        return self.right - self.left


def small_line(
    days: Sequence[date],
    values: Sequence[float | None],
    *,
    first: date,
    last: date,
    usual: tuple[float, float, float] | None = None,
    since: date | None = None,
    narrow: bool = False,
) -> SmallLine | None:
    """Place the values between `first` and `last`, or None without any. `usual` is the low end,
    the middle and the high end of the usual range.

    >>> week = [date(2026, 11, day) for day in (16, 17, 18)]
    >>> small_line(week, [0.1, None, 0.3], first=week[0], last=week[2]).path
    'M48.0 41.0M1058.0 5.0'
    """
    shown = [(day, value) for day, value in zip(days, values, strict=True) if first <= day <= last]
    known = [value for _, value in shown if value is not None]
    if not known:
        return None
    width: float = (NARROW if narrow else WIDE)[0]
    ends: list[float] = [*known, *(usual or ())]
    low, high = float(min(ends)), float(max(ends))
    span = high - low or max(abs(high), 1.0)
    a_day: float = (width - RIGHT - LEFT - 2 * PAD) / max((last - first).days, 1)

    def across(day: date) -> float:
        return round(LEFT + PAD + (day - first).days * a_day, 1)

    def down(value: float) -> float:
        return round(HEIGHT - EDGE - (value - low) / span * (HEIGHT - 2 * EDGE), 1)

    pieces, x, y, is_drawn = [], 0.0, 0.0, False
    for day, value in shown:
        if value is not None:
            x, y = across(day), down(value)
            pieces.append(f"{'L' if is_drawn else 'M'}{x} {y}")
        is_drawn = value is not None
    return SmallLine(
        width=width,
        height=HEIGHT,
        left=LEFT,
        right=width - RIGHT,
        path="".join(pieces),
        x=x,
        y=y,
        top=down(usual[2]) if usual else None,
        band=round(max(down(usual[0]) - down(usual[2]), 1.0), 1) if usual else 0.0,
        middle=down(usual[1]) if usual else None,
        left_x=across(max(since, first)) if since is not None and since <= last else None,
    )
