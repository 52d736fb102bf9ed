"""What is known of an incident: from its row, through one door."""

from __future__ import annotations

from datetime import date

import pytest

from reviews.models import Incident, IncidentEvent
from reviews.watch.findings import Start
from reviews.watch.incidents import add_note, open_by_hand
from reviews.watch.known import (
    date_start,
    fix_check,
    fix_outcome,
    known_of,
    start_known,
    start_of_row,
)
from tests.world import World

START = Start(date(2026, 11, 3), date(2026, 11, 1), date(2026, 11, 4), 0.75, None, [])


def incident(world: World, title: str = "Wrong prices") -> Incident:
    return open_by_hand(
        assistant=world.assistant, title=title, kind=None, started=world.now.date(),
        by=world.lena, at=world.now,
    )  # fmt: skip


@pytest.mark.django_db
def test_nothing_is_known_of_a_new_one(world: World) -> None:
    new = incident(world)
    assert (known_of(new), start_known(new), fix_check(new), fix_outcome(new)) == (None,) * 4
    assert not new.is_measured
    assert new.is_open


@pytest.mark.django_db
def test_a_start_is_kept_before_anything_is_measured(world: World) -> None:
    new = incident(world)
    date_start(new, START)
    new.save()
    again = Incident.objects.get(pk=new.pk)
    assert start_known(again) == start_of_row(again) == START
    assert set(again.content["start"]) == {"step_chance", "named_day", "releases"}, "days: columns"
    assert known_of(again) is None, "its figures are not there yet"


@pytest.mark.django_db
def test_what_older_versions_stored_is_read_with_the_days_of_the_row(world: World) -> None:
    """They kept the days of the start twice: in columns, and in the JSON beside the rest."""
    old = incident(world)
    start = {"best": "2026-10-30", "low": "2026-10-29", "high": "2026-10-31", "step_chance": 0.75,
             "named_day": None, "releases": []}  # fmt: skip
    old.onset_best, old.onset_low, old.onset_high = START.best, START.low, START.high
    old.content = {"start": start}
    old.save()
    assert start_known(Incident.objects.get(pk=old.pk)) == START


@pytest.mark.django_db
def test_one_that_a_person_opened_started_on_the_day_that_they_gave(world: World) -> None:
    new = incident(world)
    day = world.now.date()
    assert start_of_row(new) == Start(day, day, day, 0.0, None, releases=())


@pytest.mark.django_db
def test_logs_come_by_incident_and_in_order(world: World) -> None:
    first, second = incident(world, "One"), incident(world, "Two")
    add_note(incident=first, text="b", by=world.lena, at=world.now)
    add_note(incident=first, text="c", by=world.lena, at=world.now)
    logs = IncidentEvent.objects.by_incident([first, second])
    assert [one.text for one in logs[first.pk]] == ["by hand", "b", "c"]
    assert [one.text for one in logs[second.pk]] == ["by hand"]
    assert IncidentEvent.objects.by_incident([]) == {}
