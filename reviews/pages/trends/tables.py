"""The tables of the Trends page as plain values, for CSV: what the page shows, unrounded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from reviews.measure.values import Level
from reviews.pages.trends.chart import LevelLine
from reviews.pages.trends.compare import CompareLine
from reviews.pages.trends.csv_cells import Cell, as_csv
from reviews.pages.trends.page import TrendsPage
from reviews.stats.enough_grades import LEAST_GRADES

LEVEL = ("share", "low", "high", "graded")
Rows = tuple[list[str], list[list[Cell]]]


def _level(level: Level | None, least: int = 0) -> list[Cell]:
    """A share with its range and count; too few grades are only counted."""
    if level is None or level.graded < least:
        return [None, None, None, level.graded if level else 0]
    return [level.share, level.low, level.high, level.graded]


def _days(page: TrendsPage) -> Rows:
    """The chart: a line for each day with grades."""
    return ["day", *LEVEL], [[one.day, *_level(one.level)] for one in page.daily]


def _levels(page: TrendsPage) -> Rows:
    """The levels of the stretches; of a criterion also the mean level and its spread."""
    header = ["from", "to", "stretch", *LEVEL]
    highest = max((len(one.mean.spread) for one in page.means if one.mean), default=0)
    if highest:
        header += ["mean_level", "mean_low", "mean_high"]
        header += [f"share_at_level_{number}" for number in range(1, highest + 1)]
    return header, [_level_row(one, highest) for one in page.levels]


def _level_row(one: LevelLine, highest: int) -> list[Cell]:
    days = one.phase.days
    row: list[Cell] = [days.first, days.last, one.phase.name, *_level(one.level, LEAST_GRADES)]
    if highest and one.mean is not None and one.mean.graded >= LEAST_GRADES:
        row += [one.mean.mean, one.mean.low, one.mean.high]
        row += [one.mean.spread.get(number) for number in range(1, highest + 1)]
    return row


def _compare(page: TrendsPage) -> Rows:
    """Two stretches by kind of question; differences in points of 100, negative is worse."""
    header = ["kind", "first_from", "first_to", *(f"first_{name}" for name in LEVEL)]
    header += ["second_from", "second_to", *(f"second_{name}" for name in LEVEL)]
    header += ["points", "points_low", "points_high", "reading"]
    before, after = page.compare.sides.before.days, page.compare.sides.after.days
    if before is None or after is None:
        return header, []
    spans = ((before.first, before.last), (after.first, after.last))
    return header, [_compare_row(one, spans) for one in page.compare.lines]


def _compare_row(one: CompareLine, spans: Sequence[tuple[date, date]]) -> list[Cell]:
    shift = one.shift.shift if one.shift.reading != "not_enough" else None
    points: list[Cell] = [None, None, None]
    if shift is not None:
        points = [shift.points, shift.low, shift.high]
    return [
        one.line.kind,
        *spans[0],
        *_level(one.shift.usual, LEAST_GRADES),
        *spans[1],
        *_level(one.shift.now, LEAST_GRADES),
        *points,
        one.line.reading,
    ]


def _signals(page: TrendsPage) -> Rows:
    """Every signal day by day in its own unit, with its usual range."""
    rows: list[list[Cell]] = []
    for view in page.signals:
        usual = view.line.usual
        for day, value in zip(view.line.days, view.line.values, strict=True):
            if value is not None and page.days.first <= day <= page.days.last:
                ends: list[Cell] = [usual.low, usual.high] if usual else [None, None]
                rows.append([day, view.line.code, view.line.label, value, *ends])
    return ["day", "signal", "name", "value", "usual_low", "usual_high"], rows


def _changes(page: TrendsPage) -> Rows:
    """Releases and definitions in view, with the days until the next of the kind."""
    return ["day", "kind", "name", "until"], [
        [one.marker.day, one.marker.kind, one.marker.label, one.days.last] for one in page.changes
    ]


MADE: dict[str, Callable[[TrendsPage], Rows]] = {
    "days": _days,
    "levels": _levels,
    "compare": _compare,
    "signals": _signals,
    "changes": _changes,
}


def table_csv(page: TrendsPage, of: str) -> str:
    """One of `trends.TABLES` as CSV. Raises KeyError for any other."""
    header, rows = MADE[of](page)
    return as_csv(header, rows)
