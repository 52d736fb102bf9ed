"""The day-by-day chart: where things lie, and that nothing is drawn outside or on top."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from reviews.charts.days import DayPoint, DaysChart, Marker, Onset, Stretch, days_chart
from reviews.charts.markers import LETTER, SHAPES
from reviews.stats.intervals import Rate

FIRST, LAST = date(2026, 9, 28), date(2026, 11, 22)
TUESDAY = date(2026, 11, 17)
USUAL = Stretch(FIRST, TUESDAY - timedelta(days=1), Rate(0.88, 0.86, 0.9, 900), "Usual 88%, likely")
WORSE = Stretch(TUESDAY, LAST, Rate(0.74, 0.67, 0.8, 90), "74%", "bad")


def point(day: date, share: float = 0.88) -> DayPoint:
    return DayPoint(day, Rate(share, max(share - 0.1, 0.0), min(share + 0.1, 1.0), 20))


def drop(**options: object) -> DaysChart:
    points = [point(date(2026, 11, 16)), point(TUESDAY, 0.7)]
    changes = [Marker(TUESDAY, "prompt", "Prompt 42", "sus")]
    window = {"first": FIRST, "last": LAST} | options
    return days_chart(points, [USUAL, WORSE], changes, **window)  # type: ignore[arg-type]


def test_better_days_are_higher_and_later_days_further_right() -> None:
    before, after = drop().dots
    assert after.y > before.y
    assert after.x > before.x


def test_a_day_takes_the_tint_of_its_stretch_and_is_bigger() -> None:
    before, after = drop().dots
    assert (before.tone, after.tone) == ("", "bad")
    assert after.radius > before.radius


def test_the_usual_level_goes_on_dotted_below_a_drop() -> None:
    chart = drop()
    assert chart.usual is not None
    assert chart.usual.y == chart.bands[0].y
    assert chart.usual.x2 == chart.right


def test_the_dotted_level_is_the_one_right_before_the_newest_drop() -> None:
    spans = [("", 0, 9, 0.95), ("bad", 10, 14, 0.6), ("", 15, 39, 0.88), ("bad", 40, 55, 0.7)]
    levels = [
        Stretch(
            FIRST + timedelta(days=first),
            FIRST + timedelta(days=last),
            Rate(share, share - 0.1, share + 0.04, 99),
            "",
            tone,
        )
        for tone, first, last, share in spans
    ]
    chart = days_chart([], levels, [], first=FIRST, last=LAST)
    assert chart.usual is not None
    assert (chart.usual.x1, chart.usual.y) == (chart.bands[2].x2, chart.bands[2].y)


def test_without_a_drop_nothing_is_dotted() -> None:
    assert days_chart([], [USUAL], [], first=FIRST, last=LAST).usual is None


def test_the_axis_starts_at_a_half_and_lower_when_a_day_needs_it() -> None:
    assert drop().across[0].label == "50%"
    low = days_chart([point(FIRST, 0.31)], [], [], first=FIRST, last=LAST)
    assert low.across[0].label == "30%"
    assert low.across[-1].label == "100%"


def test_a_chart_of_nothing_is_drawn_all_the_same() -> None:
    chart = days_chart([], [], [], first=FIRST, last=FIRST)
    assert not chart.dots
    assert chart.across[-1].label == "100%"


def test_the_days_of_the_start_are_hatched_by_half_a_day_to_either_side() -> None:
    onset = Onset(date(2026, 11, 16), date(2026, 11, 18), "Started between Mon 16 and Wed 18 Nov")
    chart = drop(onset=onset)
    assert chart.onset is not None
    day = chart.dots[1].x - chart.dots[0].x
    assert abs(chart.onset.width - 3 * day) < 0.5
    assert chart.onset.anchor == "end"


def test_a_phone_gets_fewer_days_and_the_label_without_its_range() -> None:
    chart = drop(first=LAST - timedelta(days=14), narrow=True)
    assert chart.width < 400
    assert [band.label for band in chart.bands] == ["Usual 88%", "74%"]
    assert 4 <= len(chart.down) <= 6


def test_a_marker_has_the_shape_of_its_kind_and_an_unknown_kind_has_one_too() -> None:
    assert drop().poles[0].shape == SHAPES["prompt"]
    assert drop().poles[0].text_tone == "bad"
    chart = days_chart([], [], [Marker(FIRST, "weather", "Rain")], first=FIRST, last=LAST)
    assert chart.poles[0].shape == SHAPES["other"]


days = st.integers(0, 55).map(lambda n: FIRST + timedelta(days=n))
labels = st.sampled_from(["Prompt 42", "Model 2026-10", "Help centre 12 Nov", "43"])


@given(st.lists(st.builds(Marker, day=days, kind=st.just("model"), label=labels), max_size=12))
def test_labels_never_run_into_one_another_or_out_of_the_chart(changes: list[Marker]) -> None:
    chart = days_chart([], [], changes, first=FIRST, last=LAST)
    spans = []
    for pole in chart.poles:
        wide = LETTER * len(pole.label)
        start = pole.label_x if pole.anchor == "start" else pole.label_x - wide
        if pole.label:
            spans.append((start, start + wide))
    for (_, end), (start, _) in pairwise(spans):
        assert end <= start
    assert all(start >= 0 and end <= chart.width for start, end in spans)


def test_labels_make_room_for_one_another() -> None:
    changes = [
        Marker(date(2026, 11, 3), "model", "Model 2026-10"),
        Marker(date(2026, 11, 12), "retrieval", "Help centre 12 Nov"),
        Marker(date(2026, 11, 17), "prompt", "Prompt 42"),
        Marker(date(2026, 11, 20), "prompt", "Prompt 43"),
    ]
    chart = days_chart([], [], changes, first=FIRST, last=LAST)
    said = [pole.label for pole in chart.poles]
    assert said == ["Model 2026-10", "Help centre 12 Nov", "Prompt 42", "43"]


def test_the_legend_names_each_shape_that_is_drawn_and_no_other() -> None:
    assert [one.words for one in drop().legend] == ["Prompt", "Suspected"]
    assert not days_chart([], [], [], first=FIRST, last=LAST).legend
