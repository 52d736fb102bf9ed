"""The day-by-day chart: a dot a day, a level with its band, changes as markers. Pure geometry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from reviews.stats.intervals import Rate

LEFT, RIGHT, TOP, BOTTOM = 40.0, 14.0, 34.0, 52.0
WIDE, NARROW = (1080.0, 300.0), (340.0, 250.0)
SHAPES = {
    "prompt": "M0 -5 5 0 0 5 -5 0z",
    "model": "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0",
    "retrieval": "M-4.5 -4.5h9v9h-9z",
    "definition": "M0 -5 5 4.500h-10z",
    "escalation": "M-5 -3.500h10l-5 8.500z",
    "other": "M-4.5 0h9M0 -4.500v9",
}


@dataclass(frozen=True)
class DayPoint:
    """One day's share of good answers, to draw."""

    day: date
    rate: Rate


@dataclass(frozen=True)
class Stretch:
    """A level over some days, both ends included."""

    first: date
    last: date
    rate: Rate
    label: str
    tone: str = ""


@dataclass(frozen=True)
class Marker:
    """A change on a day; `kind` decides the shape."""

    day: date
    kind: str
    label: str


@dataclass(frozen=True)
class Dot:
    """A day, placed."""

    x: float
    y: float
    low: float
    high: float
    day: date
    rate: Rate


@dataclass(frozen=True)
class Band:
    """A level, placed: a line at y from x1 to x2 within top to bottom."""

    x1: float
    x2: float
    y: float
    top: float
    height: float
    label: str
    tone: str

    @property
    def width(self) -> float:
        return round(self.x2 - self.x1, 1)

    @property
    def label_x(self) -> float:
        """Above the line's start, or its end for a level of its own tint."""
        return self.x2 if self.tone else self.x1 + 4

    @property
    def label_y(self) -> float:
        return round(self.top + self.height + 13, 1) if not self.tone else round(self.top - 6, 1)


@dataclass(frozen=True)
class Tick:
    """A line or label of an axis."""

    at: float
    label: str


@dataclass(frozen=True)
class Flagpole:
    """A change, placed; `row` keeps neighbouring labels apart."""

    x: float
    shape: str
    label: str
    anchor: str
    label_x: float
    label_y: float


@dataclass(frozen=True)
class DaysChart:
    """Everything a template prints."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    dots: Sequence[Dot]
    bands: Sequence[Band]
    across: Sequence[Tick]
    down: Sequence[Tick]
    poles: Sequence[Flagpole]
    glyph_y: float


def days_chart(
    points: Sequence[DayPoint],
    stretches: Sequence[Stretch],
    markers: Sequence[Marker],
    *,
    first: date,
    last: date,
    narrow: bool = False,
) -> DaysChart:
    """Place `points` between `first` and `last`; the axis starts at the lowest tenth needed."""
    width, height = NARROW if narrow else WIDE
    right, bottom = width - RIGHT, height - BOTTOM
    days = max((last - first).days, 1)
    lowest = min(
        [point.rate.share for point in points] + [one.rate.low for one in stretches], default=0.5
    )
    floor = max(0.0, min(0.5, int(lowest * 10) / 10))

    def x(day: date) -> float:
        inside = min(max((day - first).days, 0), days)
        return round(LEFT + 8 + inside / days * (right - LEFT - 16), 1)

    def y(share: float) -> float:
        return round(bottom - (max(share, floor) - floor) / (1 - floor) * (bottom - TOP), 1)

    step = 0.1 if floor >= 0.3 else 0.2
    levels = [floor + step * n for n in range(round((1 - floor) / step) + 1)]
    every = 7 if not narrow or days > 21 else 3
    weeks = [first + timedelta(days=n) for n in range(0, days + 1, every)]
    if narrow and len(weeks) > 4:
        weeks = weeks[::2]
    return DaysChart(
        width=width,
        height=height,
        left=LEFT,
        right=right,
        top=TOP,
        bottom=bottom,
        dots=[
            Dot(x(p.day), y(p.rate.share), y(p.rate.low), y(p.rate.high), p.day, p.rate)
            for p in points
            if first <= p.day <= last
        ],
        bands=[
            Band(
                x(one.first) - 4,
                x(one.last) + 4,
                y(one.rate.share),
                y(one.rate.high),
                round(max(y(one.rate.low) - y(one.rate.high), 1), 1),
                one.label,
                one.tone,
            )
            for one in stretches
        ],
        across=[Tick(y(level), f"{level * 100:.0f}%") for level in levels],
        down=[Tick(x(day), f"{day.day} {day:%b}") for day in weeks],
        poles=_poles(
            [one for one in markers if first <= one.day <= last], x, right, bottom, narrow
        ),
        glyph_y=bottom + 14,
    )


def _poles(
    markers: Sequence[Marker], x: Callable[[date], float], right: float, bottom: float, narrow: bool
) -> list[Flagpole]:
    """Markers left to right; a label that would run into the one before goes to the left, and is
    left out (it is in the table) when there is no room either side."""
    placed, free_from = [], 0.0
    ordered = sorted(markers, key=lambda one: one.day)
    for index, marker in enumerate(ordered):
        at = x(marker.day)
        wide = 6.2 * len(marker.label) + 12
        following = x(ordered[index + 1].day) - 8 if index + 1 < len(ordered) else right
        label, anchor, label_x = marker.label, "start", at + 9
        if at + wide > following and at - wide < free_from:
            last = label.rsplit(" ", 1)[-1]
            label = last if last.isdigit() else label
            wide = 6.2 * len(label) + 12
        if narrow and len(ordered) > 2:
            label = ""
        elif at + wide <= following:
            free_from = at + wide
        elif at - wide >= free_from:
            anchor, label_x, free_from = "end", at - 9, at + 8
        else:
            label, free_from = "", at + 8
        shape = SHAPES.get(marker.kind, SHAPES["other"])
        placed.append(Flagpole(at, shape, label, anchor, label_x, bottom + 18))
    return placed
