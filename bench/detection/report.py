"""The figures beside their limits, as a table in Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.detection.limits import DAYS, LIMITS, MILLISECONDS, POINTS, SHARE, Bounds
from bench.detection.scoring import Figures

Summaries = Mapping[tuple[str, int], Figures]


@dataclass(frozen=True)
class Cell:
    """One figure at one number of grades a day; is_reached None: there is no limit."""

    limit: str
    figure: str
    is_reached: bool | None

    @property
    def verdict(self) -> str:
        return "" if self.is_reached is None else "reached" if self.is_reached else "**missed**"


@dataclass(frozen=True)
class Row:
    """One figure of one family, a cell for each number of grades a day."""

    name: str
    family: str
    cells: tuple[Cell, ...]


def in_words(value: float | None, unit: str) -> str:
    """The figure as people read it.

    >>> in_words(0.934, "%"), in_words(-0.0123, "points"), in_words(float("inf"), "days")
    ('93.4 %', '-1.2 points', 'never')
    >>> in_words(None, "%")
    'not measured'
    """
    if value is None:
        return "not measured"
    if math.isinf(value):
        return "never"
    if unit == SHARE:
        return f"{100 * value:.1f} %"
    if unit == POINTS:
        return f"{100 * value:.1f} points"
    places = {DAYS: 1 if value % 1 else 0, MILLISECONDS: 1}.get(unit, 2)
    return f"{value:.{places}f} {unit}"


def limit_in_words(bounds: Bounds | None, unit: str) -> str:
    """The limit as people read it.

    >>> limit_in_words((0.92, 0.98), "%"), limit_in_words((None, 6), "days")
    ('92 to 98 %', '<= 6 days')
    >>> limit_in_words((-0.01, 0.01), "points")
    'within 1 points'
    """
    if bounds is None:
        return ""
    scale = 100 if unit in (SHARE, POINTS) else 1
    least, most = (None if one is None else f"{scale * one:.4g}" for one in bounds)
    if least is None:
        return f"<= {most} {unit}"
    if most is None:
        return f">= {least} {unit}"
    return f"within {most} {unit}" if least == f"-{most}" else f"{least} to {most} {unit}"


def rows(summaries: Summaries, graded: Sequence[int]) -> Iterator[Row]:
    """Each limit for each of its families that was run."""
    run = {family for family, _ in summaries}
    for limit in LIMITS:
        for family in (one for one in limit.families if one in run):
            cells = []
            for count in graded:
                value = summaries[family, count].get(limit.figure)
                cells.append(
                    Cell(
                        limit_in_words(limit.bounds.get(count), limit.unit),
                        in_words(value, limit.unit),
                        limit.is_reached(count, value),
                    )
                )
            yield Row(limit.name, family, tuple(cells))


def table(found: Sequence[Row], graded: Sequence[int]) -> str:
    """The rows in Markdown, three columns for each number of grades a day."""
    heads = [f"{count} a day: limit | measured | " for count in graded]
    lines = [
        "| figure | family | " + " | ".join(heads) + " |",
        "| --- " * (2 + 3 * len(graded)) + "|",
    ]
    for row in found:
        cells = [f"{one.limit} | {one.figure} | {one.verdict}" for one in row.cells]
        lines.append(f"| {row.name} | {row.family} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
