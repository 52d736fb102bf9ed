"""The signals' small lines: days, usual range and one sentence in people's words."""

from __future__ import annotations

from typing import Any

import pytest

from reviews.pages.charts.small_lines import SignalLine, signal_lines
from reviews.watch.drift import find_drift
from tests.reviews.watch.test_drift import plan, since, steady
from tests.world import DAY, World


def lines(world: World) -> dict[str, SignalLine]:
    find_drift(assistant=world.assistant, at=world.now)
    return {one.code: one for one in signal_lines(assistant=world.assistant, at=world.now)}


def test_a_change_is_said_with_its_usual_value_and_its_first_day(world: World) -> None:
    plan(world, 60, refused=since(6, 0.02, 0.05), words=steady(80))
    found = lines(world)
    refused = found["did_not_answer"]
    assert refused.sentence == "2% usually, 5% since Thu 12 Nov"
    assert refused.since == world.now.date() - 6 * DAY
    assert refused.alarm is not None
    assert refused.usual is not None
    assert refused.usual.low < 0.02 < refused.usual.high < 0.05
    assert found["length"].sentence == "80 words, as usual"
    assert found["length"].alarm is None


def test_a_change_that_is_over_says_from_when_to_when(world: World) -> None:
    plan(world, 60, refused=lambda ago: 0.06 if 8 <= ago <= 12 else 0.02, words=steady(80))
    said = lines(world)["did_not_answer"].sentence
    assert said == "2% usually, 6% from 6 to 10 Nov"


def test_days_without_enough_conversations_are_gaps(world: World) -> None:
    plan(world, 30, refused=steady(0.02), words=steady(80))
    line = lines(world)["did_not_answer"]
    assert len(line.days) == len(line.values) == 70
    assert line.values[:40] == [None] * 40
    assert None not in line.values[40:]
    assert line.days[-1] == world.now.date() - DAY


def test_a_young_assistant_has_no_usual_range_yet(world: World) -> None:
    plan(world, 10, refused=steady(0.02), words=steady(80))
    line = lines(world)["did_not_answer"]
    assert line.usual is None
    assert line.sentence == "2%; its usual range takes three weeks to know"


def test_nothing_received_is_no_line(world: World) -> None:
    assert lines(world) == {}


def test_the_lines_take_five_queries(world: World, django_assert_num_queries: Any) -> None:
    plan(world, 70, refused=steady(0.02), words=steady(80))
    with django_assert_num_queries(5):
        signal_lines(assistant=world.assistant, at=world.now)


@pytest.mark.parametrize("ago", [33, 45])
def test_an_old_alarm_is_no_news(world: World, ago: int) -> None:
    plan(world, 69, refused=since(ago, 0.02, 0.06), words=steady(80), seed=5)
    line = lines(world)["did_not_answer"]
    assert line.alarm is None
    assert line.sentence == "6%, as usual"
