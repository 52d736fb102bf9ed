"""Small lines: on the days of the chart above, broken where nothing is known."""

from __future__ import annotations

from datetime import date, timedelta

from reviews.charts.days import DayPoint, days_chart
from reviews.charts.small_lines import small_line
from reviews.stats.intervals import Rate

FIRST = date(2026, 9, 29)
DAYS = [FIRST + timedelta(days=n) for n in range(56)]


def test_a_day_lies_below_its_dot() -> None:
    point = DayPoint(DAYS[20], Rate(0.8, 0.7, 0.9, 40))
    chart = days_chart([point], [], [], first=FIRST, last=DAYS[-1])
    values = [None if day != DAYS[20] else 0.1 for day in DAYS]
    line = small_line(DAYS, values, first=FIRST, last=DAYS[-1])
    assert line is not None
    assert line.x == chart.dots[0].x
    assert line.width == chart.width


def test_only_days_in_view_and_none_is_no_line() -> None:
    values: list[float | None] = [1.0] * 10 + [None] * 46
    assert small_line(DAYS, values, first=DAYS[10], last=DAYS[-1]) is None
    line = small_line(DAYS, values, first=DAYS[5], last=DAYS[-1], narrow=True)
    assert line is not None
    assert line.path.count("L") == 4


def test_the_usual_range_and_the_day_it_was_left_are_placed() -> None:
    values = [0.1] * 40 + [0.5] * 16
    line = small_line(
        DAYS, values, first=FIRST, last=DAYS[-1], usual=(0.05, 0.1, 0.2), since=DAYS[40]
    )
    assert line is not None
    assert line.top is not None
    assert line.middle is not None
    assert line.top < line.middle < line.top + line.band
    assert line.y < line.top, "the last value lies above the usual range"
    assert line.left_x is not None
    assert line.left < line.left_x < line.right
    early = small_line(DAYS, values, first=DAYS[45], last=DAYS[-1], since=DAYS[40])
    assert early is not None
    assert early.left_x == early.left + 8, "left before the first day: at the edge"


def test_a_flat_line_stays_inside() -> None:
    line = small_line(DAYS, [0.0] * 56, first=FIRST, last=DAYS[-1])
    assert line is not None
    assert 0 <= line.y <= line.height
