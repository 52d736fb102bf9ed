"""The small lines below the trend: cheap signals on the same days. They warn, no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from reviews.charts.small_lines import SmallLine, small_line
from reviews.measure.values import Stretch
from reviews.pages.charts.small_lines import SignalLine, say


@dataclass(frozen=True)
class SignalView:
    """A signal in words and drawn, for wide and narrow screens; `left` when it left its usual
    range lately."""

    line: SignalLine
    left: bool
    usual: str
    wide: SmallLine
    narrow: SmallLine | None


@dataclass(frozen=True)
class SignalDay:
    """A day of all signals, as printed; "" where too few conversations came."""

    day: date
    values: Sequence[str]


def signal_views(
    lines: Sequence[SignalLine], days: Stretch, narrow_first: date
) -> list[SignalView]:
    """Those with any day in view, the ones that left their usual range first."""
    found = [view for one in lines if (view := _view(one, days, narrow_first)) is not None]
    return sorted(found, key=lambda one: not one.left)


def _view(line: SignalLine, days: Stretch, narrow_first: date) -> SignalView | None:
    usual = (line.usual.low, line.usual.middle, line.usual.high) if line.usual else None
    wide = small_line(
        line.days, line.values, first=days.first, last=days.last, usual=usual, since=line.since
    )
    narrow = small_line(
        line.days,
        line.values,
        first=narrow_first,
        last=days.last,
        usual=usual,
        since=line.since,
        narrow=True,
    )
    if wide is None:
        return None
    said = f"{say(line.code, usual[0], 1)} to {say(line.code, usual[2], 1)}" if usual else ""
    return SignalView(line, line.since is not None, said, wide, narrow)


def signal_days(views: Sequence[SignalView], days: Stretch) -> list[SignalDay]:
    """The days in view with what each signal came to, the newest first."""
    if not views:
        return []
    table = [
        SignalDay(
            day,
            [
                "" if (value := view.line.values[row]) is None else say(view.line.code, value, 1)
                for view in views
            ],
        )
        for row, day in enumerate(views[0].line.days)
        if days.first <= day <= days.last
    ]
    return table[::-1]
