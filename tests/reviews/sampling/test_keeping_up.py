"""Grades arrive without pause: each tick counts all that waited for it, and the watch looks though
some day always waits."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.models import Sum

from reviews.grading.grades import record_grade
from reviews.grading.queue import claim
from reviews.measure.rollups import make_rollups
from reviews.models import DirtyDay, Grade, Rollup
from reviews.watch import rounds
from tests.reviews.past import at_noon
from tests.world import World

TICKS = 8
WAITS = timedelta(seconds=0.2)


@pytest.mark.django_db(transaction=True)
def test_counting_and_watching_keep_up_with_graders_who_never_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rounds, "WAITS_AT_MOST", WAITS)
    world, stop, begun = World(), threading.Event(), time.monotonic()
    form, people = world.form(), [world.rosa, world.remy]
    for days in range(3):
        at = at_noon(world.now.date() - timedelta(days=days))
        for chat in world.conversations(60, started_at=at):
            world.sample(chat)

    def clock() -> datetime:
        return world.now + timedelta(seconds=time.monotonic() - begun)

    def grade(number: int) -> None:
        try:
            while not stop.is_set():
                place = claim(assistant=world.assistant, reviewer=people[number], at=clock())
                if place is None:
                    return
                record_grade(
                    assignment_id=place, reviewer=people[number], form=form, at=clock()
                )  # fmt: skip
        finally:
            connection.close()

    threads = [threading.Thread(target=grade, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    while not Grade.objects.exists():
        time.sleep(0.01)
    looks = 0
    for _ in range(TICKS):
        now, waiting = clock(), list(DirtyDay.objects.values_list("pk", flat=True))
        make_rollups(at=now)
        assert not DirtyDay.objects.filter(pk__in=waiting).exists(), "counting keeps up"
        DirtyDay.objects.create(  # a grade that comes just now: some day always waits
            assistant=world.assistant, day=now.date(), marked_at=now
        )
        last = rounds.newest(world.assistant)
        waited = now - (last.as_of if last else world.now)
        is_time = waited >= WAITS and rounds.is_due(assistant=world.assistant, at=now)
        looked = rounds.watch_due(at=now)
        assert looked or not is_time, "whatever waits, the watch looks"
        looks += looked
        time.sleep(0.02)
    stop.set()
    for thread in threads:
        thread.join(timeout=20)
    assert looks >= 2
    while make_rollups(at=clock()):
        pass
    counted = Rollup.objects.aggregate(good=Sum("good"))["good"]
    assert counted == Grade.objects.count() > 10
