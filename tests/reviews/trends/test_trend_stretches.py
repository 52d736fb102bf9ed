"""How the days of a chart fall into stretches, and what may be compared across a definition."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from reviews.measure.series import Series, is_joined, place_of, reading_of
from reviews.measure.values import Level, Shift, Stretch
from reviews.pages.trends.stretches import Drop, Phase, onset_in, phases

TODAY = date(2026, 11, 23)
ONE = [Series(date.min, 0, None)]
TWO = [Series(date.min, 0, 3), Series(date(2026, 11, 3), 3, None)]


def back(days: int) -> date:
    return TODAY - timedelta(days=days)


def period(days: int = 56) -> Stretch:
    return Stretch(back(days - 1), TODAY)


def drop(first: int, end: int | None, number: int = 1, tone: str = "good") -> Drop:
    return Drop(
        number, back(first), back(end) if end is not None else None, "Since the fix", tone,
        Stretch(back(first + 1), back(first - 1)),
    )  # fmt: skip


def said(found: list[Phase]) -> list[tuple[str, str, int, int]]:
    """Name, tone and the days before today of each."""
    return [
        (one.name, one.tone, (TODAY - one.days.first).days, (TODAY - one.days.last).days)
        for one in found
    ]


def test_quiet_weeks_are_the_usual_four_and_the_last_one() -> None:
    assert said(phases(period(), [], ONE)) == [
        ("Earlier", "", 55, 35),
        ("Usual", "", 34, 7),
        ("Last week", "", 6, 0),
    ]


def test_a_drop_and_its_fix_have_levels_of_their_own() -> None:
    assert said(phases(period(), [drop(6, 2)], ONE)) == [
        ("Earlier", "", 55, 35),
        ("Usual", "", 34, 7),
        ("Incident 1", "bad", 6, 3),
        ("Since the fix, incident 1", "good", 2, 0),
    ]


def test_a_drop_that_lasts_reaches_today_and_covers_one_that_is_over() -> None:
    found = said(phases(period(28), [drop(20, 12), drop(15, None, number=2)], ONE))
    assert found == [
        ("Usual", "", 27, 21),
        ("Incident 1", "bad", 20, 16),
        ("Incident 2", "bad", 15, 0),
    ]


def test_two_overlapping_drops_end_one_after_the_other() -> None:
    found = said(phases(period(28), [drop(20, 5), drop(15, 10, number=2)], ONE))
    assert found[1:] == [
        ("Incident 1", "bad", 20, 16),
        ("Incident 2", "bad", 15, 11),
        ("Incident 1", "bad", 10, 6),
        ("Since the fix, incident 1", "good", 5, 0),
    ]


def test_no_stretch_crosses_a_new_meaning_of_good() -> None:
    found = phases(period(), [], TWO)
    turn = TWO[1].first
    assert any(one.days.last == turn - timedelta(days=1) for one in found)
    assert all(is_joined(TWO, one.days) for one in found)


@pytest.mark.parametrize("days", [1, 2, 13, 14, 15, 42, 56, 91, 182])
@pytest.mark.parametrize("begins", [0, 1, 6, 200])
def test_stretches_cover_every_day_once(days: int, begins: int) -> None:
    whole = period(days)
    found = phases(whole, [drop(begins, max(begins - 3, 0))], TWO)
    covered = [
        one.days.first + timedelta(days=n)
        for one in found
        for n in range((one.days.last - one.days.first).days + 1)
    ]
    assert covered == [whole.first + timedelta(days=n) for n in range(days)]


def test_only_a_start_in_view_is_hatched() -> None:
    assert onset_in(period(), [], TODAY) is None
    assert onset_in(period(14), [drop(30, None)], TODAY) is None
    found = onset_in(period(), [drop(30, 20), drop(6, None, number=2)], TODAY)
    assert found is not None
    assert (found.first, found.last, found.label) == (back(7), back(5), "Started 16 to 18 Nov")


def test_a_day_belongs_to_the_definition_of_its_time() -> None:
    assert [place_of(TWO, date(2026, 11, day)) for day in (2, 3, 4)] == [0, 1, 1]
    before, after = Stretch(back(30), back(25)), Stretch(back(6), TODAY)
    assert not is_joined(TWO, before, after)
    assert is_joined(TWO, after)
    assert is_joined(ONE, before, after)


def level(graded: int) -> Level:
    return Level(0.8, 0.7, 0.9, graded, False)


@pytest.mark.parametrize(
    ("before", "after", "shift", "reading"),
    [
        (level(40), level(40), Shift(-5, -16, 6), "no_clear"),
        (level(40), level(40), Shift(-15, -26, -4), "worse"),
        (level(40), level(40), Shift(15, 4, 26), "better"),
        (level(14), level(40), Shift(-15, -26, -4), "not_enough"),
        (level(40), level(14), Shift(-15, -26, -4), "not_enough"),
        (None, level(40), None, "not_enough"),
    ],
    ids=["zero inside", "below", "above", "few before", "few after", "none"],
)
def test_only_a_range_without_zero_is_a_change(
    before: Level | None, after: Level | None, shift: Shift | None, reading: str
) -> None:
    assert reading_of(before, after, shift) == reading
