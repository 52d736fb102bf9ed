"""Upright bars, one a week, that start at zero. Pure geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

EACH, BAR, HEIGHT, TOP, FOOT = 56.0, 34.0, 120.0, 18.0, 20.0


@dataclass(frozen=True)
class Week:
    """A week's share, or None for too few grades; `tone` is "", "now", "bad" or "good"."""

    label: str
    share: float | None
    tone: str = ""


@dataclass(frozen=True)
class Bar:
    """A week, placed; `words` stand above it."""

    x: float
    y: float
    width: float
    height: float
    middle: float
    words: str
    label: str
    tone: str

    @property
    def words_y(self) -> float:
        return self.y - 5


@dataclass(frozen=True)
class BarsChart:
    """Everything a template prints."""

    width: float
    height: float
    floor: float
    label_y: float
    bars: Sequence[Bar]


def bars_chart(weeks: Sequence[Week]) -> BarsChart:
    """Place `weeks` from left to right; the full height is 100 of 100.

    >>> bars_chart([Week("16 Nov", 0.5)]).bars[0].height
    41.0
    """
    floor = HEIGHT - FOOT
    bars = []
    for index, week in enumerate(weeks):
        tall = round((week.share or 0.0) * (floor - TOP), 1)
        x = round(index * EACH + (EACH - BAR) / 2, 1)
        words = f"{int(week.share * 100 + 0.5)}" if week.share is not None else "few"
        bars.append(Bar(x, floor - tall, BAR, tall, x + BAR / 2, words, week.label, week.tone))
    return BarsChart(max(len(weeks), 1) * EACH, HEIGHT, floor, HEIGHT - 5, bars)
