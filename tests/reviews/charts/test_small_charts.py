"""Interval rows, sparklines and bars."""

from __future__ import annotations

import pytest

from reviews.charts.bars import Week, bars_chart
from reviews.charts.interval import PAD, WIDTH, axis_floor, interval_row, range_bar
from reviews.charts.sparkline import HEIGHT, sparkline
from reviews.stats.intervals import Rate

USUAL, NOW = Rate(0.89, 0.86, 0.91, 900), Rate(0.52, 0.4, 0.64, 58)


def test_an_interval_row_keeps_low_point_and_high_in_order() -> None:
    row = interval_row(USUAL, NOW, low=0.35)
    for span in (row.usual, row.now):
        assert span is not None
        assert PAD <= span.start < span.point < span.end <= WIDTH - PAD
    assert row.now is not None
    assert row.usual is not None
    assert row.now.end < row.usual.start


def test_a_range_below_the_axis_is_drawn_at_its_start() -> None:
    now = interval_row(None, Rate(0.1, 0.0, 0.2, 9), low=0.5).now
    assert now is not None
    assert (now.start, now.end) == (PAD, PAD)


def test_a_missing_level_is_not_drawn() -> None:
    assert range_bar(NOW).usual is None
    assert interval_row(None, None, low=0.0).now is None


@pytest.mark.parametrize(("rates", "floor"), [([], 0.8), ([USUAL], 0.8), ([USUAL, NOW], 0.4)])
def test_rows_share_an_axis_that_holds_them_all(rates: list[Rate | None], floor: float) -> None:
    assert axis_floor(rates) == floor


def test_a_sparkline_breaks_where_there_were_too_few_grades() -> None:
    spark = sparkline([0.8, 0.9, None, 0.85, 0.8])
    assert spark is not None
    assert spark.path.count("M") == 2


def test_noise_of_a_few_points_stays_flat() -> None:
    spark = sparkline([0.88, 0.89, 0.88])
    assert spark is not None
    heights = [float(piece.split(" ")[1]) for piece in spark.path[1:].split("L")]
    assert max(heights) - min(heights) < HEIGHT / 4


def test_bars_start_at_zero_and_say_few_where_there_is_no_share() -> None:
    full, half, few = bars_chart([Week("a", 1.0), Week("b", 0.5), Week("c", None)]).bars
    assert half.height * 2 == pytest.approx(full.height)
    assert (few.words, few.height) == ("few", 0.0)
    assert full.y + full.height == half.y + half.height
