"""The watch on real rows: alarms, incidents, readings; the same numbers from the same rows."""

from __future__ import annotations

import itertools
import re
from datetime import date, datetime, timedelta
from random import Random

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from ingestion.models import Release
from reviews.answer.sentences import pace_words
from reviews.answer.status import status_of
from reviews.measure.readings import READINGS
from reviews.measure.rollups import make_rollups
from reviews.models import Assessment, DirtyDay, Grade, Incident, IncidentEvent
from reviews.watch import incidents
from reviews.watch.findings import Findings
from reviews.watch.known import known_of
from reviews.watch.rounds import (
    WAITS_AT_MOST,
    is_due,
    newest,
    read,
    thin_out,
    watch,
    watch_due,
)
from tests.reviews.past import KINDS, at_noon, falling, live_through, usually
from tests.world import World

pytestmark = pytest.mark.django_db

FIRST = date(2026, 9, 14)
DROP = date(2026, 11, 3)
HOURS = timedelta(hours=8)


def content(assessment: Assessment) -> Findings:
    found = read(assessment)
    assert found is not None
    return found


def evening(day: date) -> datetime:
    return at_noon(day) + HOURS


def released(world: World, day: date, name: str = "42") -> Release:
    return Release.objects.create(
        assistant=world.assistant, kind="prompt", name=name, went_live_at=at_noon(day),
        announced=True, recorded_label="Ada",
    )  # fmt: skip


def watch_as_of(world: World, day: date) -> Assessment:
    """A round on the evening of a day; what came later is there already, so only use it on days
    at or near the end of what was lived through."""
    return watch(assistant=world.assistant, at=evening(day))


def test_quiet_weeks_read_no_sign_and_open_nothing(world: World) -> None:
    live_through(world, FIRST, DROP, usually)
    found = watch_as_of(world, DROP)
    assert found.reading == "no_sign"
    assert not Incident.objects.exists()
    stands = status_of(assistant=world.assistant, at=evening(DROP))
    assert stands is not None
    assert stands.headline.startswith("No sign of it. Good answers are at ")
    assert stands.facts == []


def test_a_drop_in_one_kind_opens_one_incident_with_its_kind_day_and_release(
    world: World,
) -> None:
    last = DROP + timedelta(days=5)
    released(world, DROP)
    live_through(world, FIRST, last, falling(DROP, "Returns"))
    found = watch_as_of(world, last)
    incident = Incident.objects.get()
    assert found.reading == "worse"
    assert (incident.kind, incident.all_kinds) == ("Returns", False)
    assert incident.onset_low <= DROP <= incident.onset_high
    assert (incident.onset_high - incident.onset_low).days <= 3
    assert incident.release is not None
    assert incident.release.name == "42"
    assert [event.what for event in incident.events.all()] == ["found"]
    known = known_of(incident)
    assert known is not None
    line = known.comparison.of_kind("Returns")
    assert line is not None
    assert line.reading == "worse"
    assert line.shift is not None
    assert line.shift.low < -45 < line.shift.high < 0


def test_a_second_round_extends_the_incident_and_opens_no_other(world: World) -> None:
    last = DROP + timedelta(days=6)
    live_through(world, FIRST, last, falling(DROP))
    watch_as_of(world, last - timedelta(days=1))
    watch_as_of(world, last)
    watch(assistant=world.assistant, at=evening(last) + timedelta(hours=1))
    incident = Incident.objects.get()
    assert incident.all_kinds
    assert incident.as_of == evening(last) + timedelta(hours=1)
    assert Assessment.objects.count() == 3


def test_the_start_settles_after_a_week(world: World) -> None:
    last = DROP + timedelta(days=13)
    live_through(world, FIRST, last, falling(DROP))
    watch_as_of(world, DROP + timedelta(days=6))
    incident = Incident.objects.get()
    assert incident.frozen_at is None
    watch_as_of(world, last)
    incident.refresh_from_db()
    assert incident.frozen_at == evening(last)
    assert incident.events.filter(what="frozen").count() == 1
    low = incident.onset_low
    watch(assistant=world.assistant, at=evening(last) + timedelta(days=1))
    incident.refresh_from_db()
    assert incident.onset_low == low


def test_the_same_rows_give_the_same_numbers(world: World) -> None:
    last = DROP + timedelta(days=5)
    live_through(world, FIRST, last, falling(DROP))
    with transaction.atomic():
        content = watch_as_of(world, last).content
        incident = Incident.objects.get().content
        transaction.set_rollback(True)
    assert not Incident.objects.exists()
    assert watch_as_of(world, last).content == content
    assert Incident.objects.get().content == incident


def test_undone_grades_take_the_alarm_back_by_themselves(world: World) -> None:
    """No path of its own: the counts change, and the next round is as if they had never been."""
    last = DROP + timedelta(days=5)
    live_through(world, FIRST, last, falling(DROP))
    bad = Grade.objects.filter(
        assignment__sample__day__gte=DROP, verdict="not_good"
    ).select_related("assignment__sample")
    for grade in bad:
        Grade.objects.create(
            assignment=grade.assignment, reviewer=grade.reviewer, version=grade.version,
            verdict="good", graded_at=grade.graded_at + timedelta(hours=1), supersedes=grade,
        )  # fmt: skip
    for number in range(6):
        DirtyDay.objects.create(
            assistant=world.assistant, day=DROP + timedelta(days=number), marked_at=world.now
        )
    make_rollups(most=100)
    found = watch_as_of(world, last)
    assert found.reading in ("no_sign", "better")
    assert not Incident.objects.exists()


def test_a_fix_that_works_is_checked_and_the_reading_turns(world: World) -> None:
    fixed = DROP + timedelta(days=6)
    last = fixed + timedelta(days=9)
    released(world, DROP)
    live_through(world, FIRST, last, falling(DROP, "Returns", until=fixed))
    watch_as_of(world, DROP + timedelta(days=5))
    incident = Incident.objects.get()
    fix = released(world, fixed - timedelta(days=1), "43")
    incidents.record_fix(incident=incident, fix=fix, by=world.lena, at=evening(fixed))
    found = watch_as_of(world, last)
    incident.refresh_from_db()
    known = known_of(incident)
    assert known is not None
    assert known.check is not None
    assert known.check.outcome == "fixed"
    assert found.reading == "better"
    assert incident.events.filter(what="checked").count() == 1
    watch(assistant=world.assistant, at=evening(last) + timedelta(hours=1))
    assert incident.events.filter(what="checked").count() == 1


def test_a_fix_that_does_not_work_is_said_so(world: World) -> None:
    last = DROP + timedelta(days=16)
    released(world, DROP)
    live_through(world, FIRST, last, falling(DROP, "Returns"))
    watch_as_of(world, DROP + timedelta(days=5))
    incident = Incident.objects.get()
    fix = released(world, DROP + timedelta(days=6), "43")
    incidents.record_fix(
        incident=incident, fix=fix, by=world.lena, at=evening(DROP + timedelta(days=6))
    )
    found = watch_as_of(world, last)
    incident.refresh_from_db()
    known = known_of(incident)
    assert known is not None
    assert known.check is not None
    assert known.check.outcome == "not_fixed"
    assert found.reading == "worse"


def test_too_early_says_how_many_more_grades(world: World) -> None:
    fixed = DROP + timedelta(days=6)
    released(world, DROP)
    live_through(world, FIRST, fixed, falling(DROP, "Returns", until=fixed))
    watch_as_of(world, DROP + timedelta(days=5))
    incident = Incident.objects.get()
    fix = released(world, fixed - timedelta(days=1), "43")
    incidents.record_fix(incident=incident, fix=fix, by=world.lena, at=evening(fixed))
    found = watch_as_of(world, fixed)
    assert found.reading == "fix_checked"
    stands = status_of(assistant=world.assistant, at=evening(fixed))
    assert stands is not None
    assert stands.headline.endswith("A fix is out and is being checked.")
    assert stands.fix is not None
    assert 0 < stands.fix.needed <= stands.fix.wanted


def test_the_same_kind_within_a_fortnight_opens_the_incident_again(world: World) -> None:
    fixed, again = DROP + timedelta(days=5), DROP + timedelta(days=13)
    last = again + timedelta(days=6)
    released(world, DROP)

    def twice(day: date, kind: str, dice: Random) -> bool:
        hit = kind == "Returns" and (DROP <= day < fixed or day >= again)
        return dice.random() < (0.6 if hit else 0.1)

    live_through(world, FIRST, last, twice)
    watch_as_of(world, DROP + timedelta(days=4))
    incident = Incident.objects.get()
    fix = released(world, fixed - timedelta(days=1), "43")
    incidents.record_fix(incident=incident, fix=fix, by=world.lena, at=evening(fixed))
    incidents.close(
        incident=incident, outcome="fixed", sentence="It is fine", is_proven=False,
        by=world.lena, at=evening(again - timedelta(days=2)),
    )  # fmt: skip
    watch_as_of(world, last)
    incident.refresh_from_db()
    assert incident.state == "open"
    assert incident.onset_low <= again <= incident.onset_high
    assert list(incident.events.values_list("what", flat=True))[-1] == "reopened"
    assert Incident.objects.count() == 1


def test_what_was_no_drop_is_not_found_again(world: World) -> None:
    last = DROP + timedelta(days=20)
    live_through(world, FIRST, last, falling(DROP))
    watch_as_of(world, DROP + timedelta(days=5))
    incidents.close(
        incident=Incident.objects.get(), outcome="not_a_drop", sentence="We grade harder now",
        is_proven=False, by=world.lena, at=evening(DROP + timedelta(days=6)),
    )  # fmt: skip
    found = watch_as_of(world, last)
    assert Incident.objects.count() == 1
    assert found.reading in ("no_sign", "not_enough")


def test_it_says_what_the_pace_is_good_for(world: World) -> None:
    live_through(world, FIRST, DROP, usually, a_day=40)
    watch_as_of(world, DROP)
    pace, five, kind = pace_words(world.assistant)
    assert re.fullmatch(
        r"About 40 grades a day now\. A 10-point drop would be seen within about \d days\.", pace
    )
    assert re.fullmatch(r"To see it within 5 days, grade \d\d a day\.", five)
    assert kind.split(" costs")[0] in KINDS


def test_few_grades_are_not_enough(world: World) -> None:
    live_through(world, DROP - timedelta(days=6), DROP, a_day=6)
    found = watch_as_of(world, DROP)
    assert found.reading == "not_enough"
    assert not content(found).warm
    stands = status_of(assistant=world.assistant, at=evening(DROP))
    assert stands is not None
    assert "about 120 over two weeks needed" in stands.headline


def test_many_grades_of_few_days_wait_for_a_day_that_is_named(world: World) -> None:
    first = DROP - timedelta(days=6)
    live_through(world, first, DROP)
    assert content(watch_as_of(world, DROP)).graded > 120
    stands = status_of(assistant=world.assistant, at=evening(DROP))
    assert stands is not None
    assert stands.headline == "Cannot tell yet: there are enough days on Wed 11 Nov."
    assert "of about 120" not in stands.subject
    live_through(world, DROP + timedelta(days=1), first + timedelta(days=14), seed=2)
    eve = watch_as_of(world, first + timedelta(days=13))
    assert not content(eve).warm
    assert content(watch_as_of(world, first + timedelta(days=14))).warm


def test_before_the_first_look_there_is_nothing_to_say(world: World) -> None:
    assert status_of(assistant=world.assistant, at=world.now) is None
    assert newest(world.assistant) is None


def test_it_is_due_after_a_grade_and_after_an_hour(world: World) -> None:
    live_through(world, DROP - timedelta(days=3), DROP)
    at = evening(DROP)
    assert is_due(assistant=world.assistant, at=at)
    assert watch_due(at=at) == 1
    world.now = at + timedelta(seconds=20)
    assert watch_due(at=world.now) == 0
    world.grade(world.sample())
    assert watch_due(at=at + timedelta(seconds=40)) == 0  # its day waits to be counted
    make_rollups(most=10)
    assert watch_due(at=at + timedelta(seconds=50)) == 1
    assert watch_due(at=at + timedelta(minutes=9, hours=1)) == 1


def test_where_some_day_always_waits_to_be_counted_it_looks_within_a_minute(world: World) -> None:
    live_through(world, DROP - timedelta(days=3), DROP, count=False)
    at, looked = evening(DROP), []
    for ten_seconds in range(30):
        now = at + timedelta(seconds=10 * ten_seconds)
        make_rollups(at=now, most=1)
        DirtyDay.objects.create(assistant=world.assistant, day=DROP, marked_at=now)
        looked += [now] * watch_due(at=now)
    assert (looked[0] - at) <= WAITS_AT_MOST
    gaps = {later - earlier for earlier, later in itertools.pairwise(looked)}
    assert gaps == {WAITS_AT_MOST}


def test_it_looks_again_when_what_waited_has_been_counted(world: World) -> None:
    live_through(world, DROP - timedelta(days=3), DROP)
    at = evening(DROP)
    world.now = at
    world.grade(world.sample())
    first = watch(assistant=world.assistant, at=at)
    assert first.waiting_days == 1
    make_rollups(at=at)
    assert watch_due(at=at + timedelta(seconds=10)) == 1, "though no grade is newer than the look"
    second = newest(world.assistant)
    assert second is not None
    assert second.waiting_days == 0
    assert content(second).graded == content(first).graded + 1
    assert watch_due(at=at + timedelta(seconds=20)) == 0


def test_other_assistants_are_left_alone(world: World) -> None:
    live_through(world, DROP - timedelta(days=3), DROP)
    watch_due(at=evening(DROP))
    assert set(Assessment.objects.values_list("assistant", flat=True)) == {world.assistant.pk}


def test_old_assessments_are_thinned_to_one_a_day(world: World) -> None:
    live_through(world, DROP - timedelta(days=3), DROP)
    for minutes in range(3):
        watch(assistant=world.assistant, at=evening(DROP) + timedelta(minutes=minutes))
    assert thin_out(at=evening(DROP) + timedelta(days=1)) == 0
    assert thin_out(at=evening(DROP) + timedelta(days=3)) == 2
    left = Assessment.objects.get()
    assert left.as_of == evening(DROP) + timedelta(minutes=2)


def test_what_was_found_is_never_changed(world: World) -> None:
    live_through(world, DROP - timedelta(days=3), DROP)
    found = watch_as_of(world, DROP)
    found.reading = "worse"
    with pytest.raises(IntegrityError), transaction.atomic():
        found.save()


def test_the_log_of_an_incident_is_never_changed(world: World) -> None:
    incident = incidents.open_by_hand(
        assistant=world.assistant, title="Slow", kind=None, started=DROP, by=world.lena,
        at=evening(DROP),
    )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        IncidentEvent.objects.filter(incident=incident).update(text="else")


def test_a_round_takes_a_fixed_number_of_queries(world: World) -> None:
    live_through(world, DROP - timedelta(days=30), DROP)
    with CaptureQueriesContext(connection) as few:
        watch_as_of(world, DROP)
    live_through(world, DROP - timedelta(days=60), DROP - timedelta(days=31), seed=2)
    with CaptureQueriesContext(connection) as more:
        watch(assistant=world.assistant, at=evening(DROP) + timedelta(hours=1))
    assert len(more) == len(few) <= 25


def test_every_reading_has_its_words() -> None:
    assert {"no_sign", "not_enough", "probably_worse", "worse", "fix_checked", "better"} == set(
        READINGS
    )
