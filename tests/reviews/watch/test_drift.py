"""Drift alarms: found from the day's sums, stored once, causal, and never on a quiet assistant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from math import log
from random import Random
from typing import Any

import pytest
from django.db.models import F

from ingestion.models import DayCount, DaySignals
from ingestion.signals import SignalIn, receive_signals
from ingestion.wire import Message, Passage
from portal.timetable import TIMETABLE
from reviews.grading.flagging import NewFlag, raise_flag
from reviews.measure.signals import daily_signals, is_carried
from reviews.models import DriftAlarm
from reviews.tasks import find_drift as find_drift_tick
from reviews.watch.drift import drift_days, find_drift, last_complete_day
from tests.world import DAY, World

KINDS = {"Returns": 500, "Delivery": 200}
Share = Callable[[int], float]


def plan(world: World, days: int, *, refused: Share, words: Share, seed: int = 1) -> None:
    """`days` complete days of sums up to yesterday; `refused` and `words` by days before today."""
    rng = Random(seed)
    counts, sums = [], []
    for ago in range(days, 0, -1):
        day = world.now.date() - ago * DAY
        for kind, usual in KINDS.items():
            number = int(usual * rng.uniform(0.85, 1.15))
            key: dict[str, Any] = {"assistant": world.assistant, "day": day, "kind": kind}
            counts.append(
                DayCount(**key, conversations=number, answers=number, represented=float(number))
            )
            sums.append(
                DaySignals(
                    **key,
                    conversations=number,
                    did_not_answer=sum(rng.random() < refused(ago) for _ in range(number)),
                    log_length=number * (log(words(ago)) + rng.gauss(0, 0.02)),
                    scored=0, top_score=0, timed=number // 10,
                    log_latency=number // 10 * (7.0 if ago > 9 else 9.0),
                    counted_tokens=0, tokens=0, priced=0, cost=0,
                )
            )  # fmt: skip
    DayCount.objects.bulk_create(counts)
    DaySignals.objects.bulk_create(sums)


def steady(value: float) -> Share:
    return lambda ago: value


def since(ago: int, before: float, after: float) -> Share:
    return lambda day: after if day <= ago else before


def find(world: World, at: datetime | None = None) -> list[DriftAlarm]:
    return find_drift(assistant=world.assistant, at=at or world.now)


def test_more_refusals_are_found_within_days_and_said_in_their_unit(world: World) -> None:
    plan(world, 50, refused=since(6, 0.02, 0.06), words=steady(80))
    alarm = find(world)[0]
    onset = world.now.date() - 6 * DAY
    assert (alarm.signal, alarm.rose) == ("did_not_answer", True)
    assert onset <= alarm.day <= onset + 3 * DAY
    assert alarm.usual == pytest.approx(0.02, abs=0.006)
    assert alarm.now == pytest.approx(0.06, abs=0.015)
    assert drift_days(assistant=world.assistant, first=onset, last=alarm.day) == [alarm.day]
    assert drift_days(assistant=world.assistant, first=onset, last=alarm.day - DAY) == []


def test_shorter_answers_are_said_in_words_and_not_in_logs(world: World) -> None:
    plan(world, 50, refused=steady(0.02), words=since(4, 80, 50))
    alarms = find(world)
    assert {alarm.signal for alarm in alarms} == {"length"}
    assert not alarms[0].rose
    assert alarms[0].usual == pytest.approx(80, rel=0.05)
    assert alarms[0].now == pytest.approx(50, rel=0.1)


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_nothing_is_found_where_nothing_changed(world: World, seed: int) -> None:
    plan(world, 70, refused=steady(0.02), words=steady(80), seed=seed)
    assert find(world) == []


def test_looking_again_adds_nothing_and_takes_nothing_away(world: World) -> None:
    plan(world, 60, refused=since(30, 0.02, 0.06), words=steady(80))
    first = find(world)
    assert first
    for hours in range(1, 24 * 60, 31):
        find(world, world.now + timedelta(hours=hours))
    assert list(DriftAlarm.objects.order_by("day")) == first


def test_an_alarm_rests_on_the_days_before_it_alone(world: World) -> None:
    """Day by day finds what one look over all of the days finds."""
    plan(world, 60, refused=since(8, 0.02, 0.05), words=since(20, 80, 60))
    for ago in range(40, 0, -1):
        find(world, world.now - ago * DAY)
    find(world)
    daily = set(DriftAlarm.objects.values_list("day", "signal"))
    DriftAlarm.objects.all().delete()
    find(world)
    assert daily == set(DriftAlarm.objects.values_list("day", "signal"))
    assert {signal for _, signal in daily} == {"did_not_answer", "length"}


def test_a_signal_of_too_few_conversations_is_left_out(world: World) -> None:
    """Latency jumps, but one conversation in ten carries it; nobody ever pressed a thumb."""
    plan(world, 50, refused=steady(0.02), words=steady(80))
    assert find(world) == []
    DaySignals.objects.update(timed=F("timed") * 9, log_latency=F("log_latency") * 9)
    assert {alarm.signal for alarm in find(world)} == {"latency"}
    last = world.now.date()
    daily = daily_signals(assistant=world.assistant, first=last - 60 * DAY, last=last)
    carried = {one.name for one in daily.signals if is_carried(one, daily.conversations)}
    assert carried == {"did_not_answer", "length", "latency"}


def test_a_day_counts_when_it_is_over_and_settled(world: World) -> None:
    world.team.time_zone = "America/New_York"
    midnight = datetime.fromisoformat("2026-11-18T05:00:00+00:00")
    cases = {timedelta(hours=-1): 16, timedelta(hours=5): 16, timedelta(hours=7): 17}
    for after, day in cases.items():
        assert last_complete_day(assistant=world.assistant, at=midnight + after) == date(
            2026, 11, day
        )


def test_a_look_takes_a_fixed_number_of_queries(
    world: World, django_assert_num_queries: Any
) -> None:
    plan(world, 70, refused=steady(0.02), words=steady(80))
    with django_assert_num_queries(6):
        find(world)


def test_sums_come_from_what_was_really_received(world: World) -> None:
    """Through the intake, the digest, signals and flags; the flag counts on its own day."""
    refusal = [Message(role="assistant", content="I'm sorry, but I can't help with that.")]
    chats = world.conversations(
        4, passages=[Passage(text="x", score=0.5)], latency_ms=1000, started_at=world.now - DAY
    )
    world.conversations(1, kind="Delivery", messages=refusal, started_at=world.now - DAY)
    world.conversations(2)
    rows = [
        SignalIn(chats[0].external_id, "thumbs", -1.0),
        SignalIn(chats[0].external_id, "rating", 1.0),
        SignalIn(chats[1].external_id, "thumbs", 1.0),
        SignalIn(chats[1].external_id, "escalation"),
    ]
    receive_signals(assistant=world.assistant, rows=rows, at=world.now)
    raise_flag(
        assistant=world.assistant,
        new=NewFlag(reason="wrong_fact", conversation_ref=chats[2].external_id),
        by=world.agnes, label="Agnes", at=world.now, when=world.now,
    )  # fmt: skip
    today = world.now.date()
    daily = daily_signals(assistant=world.assistant, first=today - DAY, last=today)
    total = {one.name: one.total.tolist() for one in daily.signals}
    answers = {one.name: one.answers.tolist() for one in daily.signals}
    assert list(daily.kinds) == ["Delivery", "Returns"]
    assert answers["escalated"] == answers["length"] == [[1, 4], [0, 2]]
    assert total["thumbs_down"] == total["escalated"] == [[0, 1], [0, 0]]
    assert total["flagged"] == [[0, 0], [0, 1]]
    assert total["did_not_answer"] == [[1, 0], [0, 0]]
    assert total["top_score"] == [[0, 2.0], [0, 0]]
    assert answers["latency"] == [[0, 4], [0, 0]]


def test_the_tick_looks_at_every_assistant_each_hour(world: World) -> None:
    world.now = datetime.now(tz=world.now.tzinfo)
    plan(world, 50, refused=since(8, 0.02, 0.08), words=steady(80))
    assert find_drift_tick() >= 1
    assert find_drift_tick() == 0
    assert dict(TIMETABLE)["reviews.tasks.find_drift"] == 3600
