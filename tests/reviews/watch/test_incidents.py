"""The life of an incident: each step, who refuses what, clocks that are differences of rows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from ingestion.models import Release
from portal.accounts.models import AuditEntry
from portal.refused import Refused
from reviews.models import Incident, IncidentEvent
from reviews.watch import incidents
from reviews.watch.findings import Start
from reviews.watch.incidents import Medians, clocks, medians
from reviews.watch.known import start_of_row
from tests.world import World

pytestmark = pytest.mark.django_db

DROP = date(2026, 11, 10)
AT = datetime(2026, 11, 12, 7, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
START = Start(
    best=DROP, low=DROP - timedelta(days=1), high=DROP + timedelta(days=1), step_chance=0.9,
    named_day=DROP, releases=(),
)  # fmt: skip


def released(world: World, at: datetime, name: str) -> Release:
    return Release.objects.create(
        assistant=world.assistant, kind="prompt", name=name, went_live_at=at, announced=True,
        recorded_label="Ada",
    )  # fmt: skip


def found(world: World, kind: str | None = "Returns") -> Incident:
    return incidents.raise_alarm(
        assistant=world.assistant, kind=kind, start=START, release=None, at=AT
    )


def log(incident: Incident) -> list[str]:
    return list(incident.events.order_by("at", "pk").values_list("what", flat=True))


def test_numbers_count_up_within_the_assistant(world: World) -> None:
    assert [found(world).number, found(world, "Delivery").number, found(world, None).number] == [
        1, 2, 3,
    ]  # fmt: skip
    other = incidents.raise_alarm(
        assistant=world.other_assistant, kind=None, start=START, release=None, at=AT
    )
    assert other.number == 1


def test_one_new_incident_a_kind_is_held_by_the_database(world: World) -> None:
    found(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        found(world)


def test_taking_stops_the_clock_once(world: World) -> None:
    incident = found(world)
    incidents.take(incident=incident, by=world.rosa, at=AT + timedelta(minutes=38))
    incidents.take(incident=incident, by=world.rosa, at=AT + 5 * HOUR)
    incidents.take(incident=incident, by=world.lena, at=AT + 6 * HOUR)
    incident.refresh_from_db()
    assert incident.state == "taken"
    assert incident.owner == world.lena
    assert log(incident) == ["found", "taken", "taken"]
    times = clocks(incident, list(incident.events.order_by("at", "pk")))
    assert times.to_take == timedelta(minutes=38)
    assert AuditEntry.objects.filter(action="incident.taken").count() == 2


def test_an_owner_must_be_in_the_team(world: World) -> None:
    incident = found(world)
    with pytest.raises(Refused, match="Invite them first") as refused:
        incidents.name_owner(incident=incident, owner=world.otto, by=world.lena, at=AT)
    assert refused.value.field == "owner"
    incidents.name_owner(incident=incident, owner=world.remy, by=world.lena, at=AT)
    incident.refresh_from_db()
    assert (incident.owner, incident.state) == (world.remy, "open")


def test_a_fix_is_a_release_after_the_start(world: World) -> None:
    incident = found(world)
    early = released(world, datetime(2026, 11, 1, tzinfo=UTC), "41")
    with pytest.raises(Refused, match="before the drop started"):
        incidents.record_fix(incident=incident, fix=early, by=world.lena, at=AT)
    elsewhere = Release.objects.create(
        assistant=world.other_assistant, kind="prompt", name="9", went_live_at=AT,
        announced=True, recorded_label="Otto",
    )  # fmt: skip
    with pytest.raises(Refused, match="another assistant"):
        incidents.record_fix(incident=incident, fix=elsewhere, by=world.lena, at=AT)
    fix = released(world, AT + 33 * HOUR, "43")
    incidents.record_fix(incident=incident, fix=fix, by=world.lena, at=AT + 34 * HOUR)
    incidents.record_fix(incident=incident, fix=fix, by=world.lena, at=AT + 35 * HOUR)
    incident.refresh_from_db()
    assert incident.state == "checking"
    assert log(incident) == ["found", "fix_recorded"]
    times = clocks(incident, list(incident.events.order_by("at", "pk")))
    assert times.to_fix == 33 * HOUR


def test_it_was_not_the_fix(world: World) -> None:
    incident = found(world)
    with pytest.raises(Refused, match="No fix is recorded"):
        incidents.remove_fix(incident=incident, why="", by=world.lena, at=AT)
    incidents.take(incident=incident, by=world.rosa, at=AT)
    fix = released(world, AT, "43")
    incidents.record_fix(incident=incident, fix=fix, by=world.rosa, at=AT)
    incidents.remove_fix(incident=incident, why="still wrong", by=world.lena, at=AT + HOUR)
    incident.refresh_from_db()
    assert (incident.fix, incident.state) == (None, "taken")
    assert incident.events.get(what="fix_removed").text == "Prompt 43: still wrong"


def test_closing_without_proof_needs_a_sentence(world: World) -> None:
    incident = found(world)
    with pytest.raises(Refused, match="say why in a sentence") as refused:
        incidents.close(
            incident=incident, outcome="accepted", sentence=" ", is_proven=False, by=world.lena,
            at=AT,
        )  # fmt: skip
    assert refused.value.field == "sentence"
    with pytest.raises(Refused, match="Record the fix first"):
        incidents.close(
            incident=incident, outcome="fixed", sentence="done", is_proven=False, by=world.lena,
            at=AT,
        )  # fmt: skip
    with pytest.raises(Refused, match="Choose"):
        incidents.close(
            incident=incident, outcome="gone", sentence="x", is_proven=False, by=world.lena, at=AT
        )
    incidents.close(
        incident=incident, outcome="accepted", sentence="We can live with it", is_proven=False,
        by=world.lena, at=AT,
    )  # fmt: skip
    incident.refresh_from_db()
    assert (incident.state, incident.outcome, incident.closed_at) == ("closed", "accepted", AT)
    assert incident.events.get(what="closed").text == "Accepted. We can live with it"
    with pytest.raises(Refused, match="is closed"):
        incidents.take(incident=incident, by=world.rosa, at=AT)


def test_a_proven_fix_closes_without_a_sentence(world: World) -> None:
    incident = found(world)
    fix = released(world, AT, "43")
    incidents.record_fix(incident=incident, fix=fix, by=world.lena, at=AT)
    incidents.close(
        incident=incident, outcome="fixed", sentence="", is_proven=True, by=world.lena, at=AT + HOUR
    )
    incident.refresh_from_db()
    assert incident.outcome == "fixed"


def closed(world: World, outcome: str) -> Incident:
    incident = found(world)
    incidents.take(incident=incident, by=world.rosa, at=AT + HOUR)
    incidents.close(
        incident=incident, outcome=outcome, sentence="So it is", is_proven=False, by=world.lena,
        at=AT + 2 * HOUR,
    )  # fmt: skip
    return incident


def again(world: World, days: int, kind: str = "Returns") -> Incident:
    start = Start(
        DROP + timedelta(days=days), DROP + timedelta(days=days), DROP + timedelta(days=days),
        0.9, None, (),
    )  # fmt: skip
    return incidents.raise_alarm(
        assistant=world.assistant, kind=kind, start=start, release=None,
        at=AT + timedelta(days=days),
    )  # fmt: skip


def test_the_same_kind_within_a_fortnight_is_the_same_incident(world: World) -> None:
    incident = closed(world, "accepted")
    reopened = again(world, 10)
    assert reopened.pk == incident.pk
    assert (reopened.state, reopened.outcome, reopened.closed_at) == ("open", "", None)
    assert log(incident)[-1] == "reopened"
    times = clocks(reopened, list(reopened.events.order_by("at", "pk")))
    assert times.taken is None  # taken in its first life, not in this one
    assert times.found == AT + timedelta(days=10)


def test_another_kind_or_a_later_drop_is_another_incident(world: World) -> None:
    incident = closed(world, "accepted")
    assert again(world, 10, "Delivery").pk != incident.pk
    assert again(world, 20).pk != incident.pk


def test_what_was_no_drop_is_not_opened_again(world: World) -> None:
    incident = closed(world, "not_a_drop")
    assert again(world, 10).pk != incident.pk


def test_redating_logs_only_what_moved(world: World) -> None:
    incident = found(world)
    release = released(world, AT - 2 * timedelta(days=1), "42")
    incidents.redate(
        incident=incident, kind="Returns", start=START, release=None, settled=False, at=AT
    )
    assert log(incident) == ["found"]
    incidents.redate(
        incident=incident, kind="Returns", start=START, release=release, settled=True, at=AT + HOUR
    )
    assert log(incident) == ["found", "redated", "frozen"]
    incident.refresh_from_db()
    assert incident.frozen_at == AT + HOUR
    assert start_of_row(incident).best == DROP


def test_by_hand_it_needs_words_and_a_day_that_has_been(world: World) -> None:
    with pytest.raises(Refused, match="few words"):
        incidents.open_by_hand(
            assistant=world.assistant, title=" ", kind=None, started=DROP, by=world.lena, at=AT
        )
    with pytest.raises(Refused, match="after today"):
        incidents.open_by_hand(
            assistant=world.assistant, title="Slow", kind=None, started=date(2027, 1, 1),
            by=world.lena, at=AT,
        )  # fmt: skip
    incident = incidents.open_by_hand(
        assistant=world.assistant, title="Slow", kind="Returns", started=DROP, by=world.lena, at=AT
    )
    assert incident.is_manual
    assert incident.frozen_at == AT


def test_a_note_goes_into_the_log_also_afterwards(world: World) -> None:
    incident = closed(world, "accepted")
    incidents.add_note(incident=incident, text=" It was the cache. ", by=world.lena, at=AT + HOUR)
    assert incident.events.get(what="note").text == "It was the cache."
    with pytest.raises(Refused, match="Write a sentence"):
        incidents.add_note(incident=incident, text="", by=world.lena, at=AT)


def test_it_started_when_the_release_that_fits_went_live(world: World) -> None:
    incident = found(world)
    events = list(incident.events.order_by("at", "pk"))
    assert clocks(incident, events).started.hour == 0
    incident.release = released(world, datetime(2026, 11, 10, 10, 12, tzinfo=UTC), "42")
    assert clocks(incident, events).started == incident.release.went_live_at
    assert clocks(incident, events).to_find == AT - incident.release.went_live_at


def test_the_database_refuses_a_range_without_its_day(world: World) -> None:
    incident = found(world)
    incident.onset_high = DROP - timedelta(days=3)
    with pytest.raises(IntegrityError), transaction.atomic():
        incident.save()


def test_the_database_refuses_a_check_without_a_fix_and_an_end_without_an_outcome(
    world: World,
) -> None:
    incident = found(world)
    for fields in ({"state": "checking"}, {"state": "closed"}, {"outcome": "fixed"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Incident.objects.filter(pk=incident.pk).update(**fields)


def test_medians_are_of_what_happened() -> None:
    assert medians([]) == Medians(0, None, None, None)


def test_medians_of_two_incidents(world: World) -> None:
    one, two = found(world), found(world, "Delivery")
    incidents.take(incident=one, by=world.rosa, at=AT + HOUR)
    incidents.take(incident=two, by=world.rosa, at=AT + 3 * HOUR)
    all_clocks = [
        clocks(each, list(IncidentEvent.objects.filter(incident=each).order_by("at", "pk")))
        for each in (one, two)
    ]
    found_ = medians(all_clocks)
    assert found_.to_take == 2 * HOUR
    assert found_.to_fix is None
    assert found_.incidents == 2
