"""The day-by-day chart: a dot a day, a level with its band, changes as markers. Pure geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from reviews.charts.markers import Flagpole, Key, Marker, flagpoles, legend
from reviews.stats.intervals import Rate

__all__ = ["DayPoint", "DaysChart", "Flagpole", "Marker", "Onset", "Stretch", "days_chart"]

LEFT, RIGHT, TOP, BOTTOM, PAD = 40.0, 14.0, 34.0, 52.0, 8.0
WIDE, NARROW = (1080.0, 300.0), (340.0, 250.0)
LOWEST = 0.5  # the axis starts here unless something lies lower


@dataclass(frozen=True)
class DayPoint:
    """One day's share of good answers, to draw."""

    day: date
    rate: Rate


@dataclass(frozen=True)
class Stretch:
    """A level over some days, both ends included; `tone` is "", "bad" or "good"."""

    first: date
    last: date
    rate: Rate
    label: str
    tone: str = ""


@dataclass(frozen=True)
class Onset:
    """The days between which it started, both included."""

    first: date
    last: date
    label: str


@dataclass(frozen=True)
class Dot:
    """A day, placed, with the tint of the stretch it lies in."""

    x: float
    y: float
    low: float
    high: float
    day: date
    rate: Rate
    tone: str

    @property
    def radius(self) -> float:
        return 3.4 if self.tone else 2.6


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
        """At the line's start, or at its end for a level of its own tint."""
        return self.x2 if self.tone else self.x1 + 4

    @property
    def label_y(self) -> float:
        return round(self.top + self.height + 13, 1) if not self.tone else round(self.top - 6, 1)


@dataclass(frozen=True)
class Line:
    """A level line from x1 to x2."""

    x1: float
    x2: float
    y: float


@dataclass(frozen=True)
class Hatch:
    """The days of the start, placed."""

    x1: float
    x2: float
    label: str
    anchor: str

    @property
    def width(self) -> float:
        return round(self.x2 - self.x1, 1)

    @property
    def label_x(self) -> float:
        return {"start": self.x1, "end": self.x2}.get(
            self.anchor, round((self.x1 + self.x2) / 2, 1)
        )


@dataclass(frozen=True)
class Tick:
    """A line or label of an axis."""

    at: float
    label: str


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
    legend: Sequence[Key]
    usual: Line | None = None
    onset: Hatch | None = None

    @property
    def inner_height(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True)
class _Scale:
    """From a day and a share to a place."""

    first: date
    days: int
    floor: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.width - RIGHT

    @property
    def bottom(self) -> float:
        return self.height - BOTTOM

    @property
    def day_width(self) -> float:
        return (self.right - LEFT - 2 * PAD) / self.days

    def x(self, day: date) -> float:
        inside = min(max((day - self.first).days, 0), self.days)
        return round(LEFT + PAD + inside * self.day_width, 1)

    def y(self, share: float) -> float:
        inside = (max(share, self.floor) - self.floor) / (1 - self.floor)
        return round(self.bottom - inside * (self.bottom - TOP), 1)


def days_chart(
    points: Sequence[DayPoint],
    stretches: Sequence[Stretch],
    markers: Sequence[Marker],
    *,
    first: date,
    last: date,
    narrow: bool = False,
    onset: Onset | None = None,
) -> DaysChart:
    """Place what lies between `first` and `last`. `narrow` draws for a phone: pass fewer days, not
    the same ones smaller. The axis starts at the lowest tenth needed, at most at a half."""
    shown = [one for one in points if first <= one.day <= last]
    levels = [one for one in stretches if one.first <= last and one.last >= first]
    lowest = min([one.rate.share for one in shown] + [one.rate.low for one in levels], default=1.0)
    floor = max(0.0, min(LOWEST, int(lowest * 10) / 10))
    scale = _Scale(first, max((last - first).days, 1), floor, *(NARROW if narrow else WIDE))
    in_view = [one for one in markers if first <= one.day <= last]
    return DaysChart(
        width=scale.width,
        height=scale.height,
        left=LEFT,
        right=scale.right,
        top=TOP,
        bottom=scale.bottom,
        dots=[_dot(one, levels, scale) for one in shown],
        bands=[_band(one, scale, narrow) for one in levels],
        across=_across(scale),
        down=_down(scale, narrow),
        poles=flagpoles(in_view, scale.x, right=scale.right, bottom=scale.bottom),
        glyph_y=scale.bottom + 14,
        legend=legend(in_view),
        usual=_usual(levels, scale),
        onset=_hatch(onset, scale) if onset else None,
    )


def _dot(point: DayPoint, levels: Sequence[Stretch], scale: _Scale) -> Dot:
    tones = [one.tone for one in levels if one.first <= point.day <= one.last]
    rate = point.rate
    tone = tones[-1] if tones else ""
    places = scale.y(rate.share), scale.y(rate.low), scale.y(rate.high)
    return Dot(scale.x(point.day), *places, point.day, rate, tone)


def _band(one: Stretch, scale: _Scale, narrow: bool) -> Band:
    """A level; on a phone its label ends at the first comma, the range is in the table."""
    top = scale.y(one.rate.high)
    return Band(
        scale.x(one.first) - 4,
        scale.x(one.last) + 4,
        scale.y(one.rate.share),
        top,
        round(max(scale.y(one.rate.low) - top, 1), 1),
        one.label.split(",", 1)[0] if narrow else one.label,
        one.tone,
    )


def _usual(levels: Sequence[Stretch], scale: _Scale) -> Line | None:
    """The level without a tint before the newest drop goes on, dotted, below what left it."""
    left = next((one for one in reversed(levels) if one.tone == "bad"), None)
    left = left or next((one for one in levels if one.tone), None)
    calm = [one for one in levels if left and not one.tone and one.last < left.first]
    if not calm:
        return None
    usual = calm[-1]
    return Line(scale.x(usual.last) + 4, scale.right, scale.y(usual.rate.share))


def _hatch(onset: Onset, scale: _Scale) -> Hatch:
    """Half a day to either side; the label stays inside the chart."""
    half = scale.day_width / 2
    x1, x2 = round(scale.x(onset.first) - half, 1), round(scale.x(onset.last) + half, 1)
    reach, middle = len(onset.label) * 3.2, (x1 + x2) / 2
    anchor = (
        "start" if middle - reach < LEFT else "end" if middle + reach > scale.width else "middle"
    )
    return Hatch(x1, x2, onset.label, anchor)


def _across(scale: _Scale) -> list[Tick]:
    step = 0.1 if scale.floor >= 0.3 else 0.2
    shares = [scale.floor + step * n for n in range(int((1 - scale.floor) / step + 1.001))]
    return [Tick(scale.y(share), f"{share * 100:.0f}%") for share in shares]


def _down(scale: _Scale, narrow: bool) -> list[Tick]:
    """A label a week; on a phone a label for about every fifth of the days."""
    every = max(1, round(scale.days / 4)) if narrow else 7 * max(1, round(scale.days / 70))
    days = [scale.first + timedelta(days=n) for n in range(0, scale.days + 1, every)]
    return [Tick(scale.x(day), f"{day.day} {day:%b}") for day in days]
