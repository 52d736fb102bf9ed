"""Putting a kind first changes the order only, and stands in the audit log."""

from __future__ import annotations

from datetime import timedelta

from ingestion.models import Release
from portal.accounts.models import AuditEntry
from reviews.grading.kind_first import ask_reviewers, put_kind_first
from reviews.models import Assignment, IncidentEvent
from reviews.watch.incidents import open_by_hand, record_fix
from tests.world import World


def order(world: World) -> list[str]:
    waiting = Assignment.objects.filter(assistant=world.assistant, state="open")
    return list(waiting.order_by("priority", "pk").values_list("sample__kind", flat=True))


def test_a_lead_puts_a_kind_first_and_it_is_written_down_once(world: World) -> None:
    for kind in ("Delivery", "Returns", "Returns"):
        world.sample(world.conversations(kind=kind)[0])
    for moved in (2, 0):
        put = put_kind_first(assistant=world.assistant, kind="Returns", by=world.lena, at=world.now)
        assert put == moved
    assert order(world) == ["Returns", "Returns", "Delivery"]
    entry = AuditEntry.objects.get(action="queue.kind_first")
    assert (entry.actor, entry.subject, entry.details) == (world.lena, "Returns", {"answers": 2})


def test_what_is_urgent_stays_before_it_and_other_teams_stay_as_they_are(world: World) -> None:
    first = world.sample(world.conversations(kind="Returns")[0])
    first.assignments.update(priority=20)
    put = put_kind_first(
        assistant=world.other_assistant, kind="Returns", by=world.lena, at=world.now
    )
    assert put == 0
    assert (
        put_kind_first(assistant=world.assistant, kind="Returns", by=world.lena, at=world.now) == 0
    )
    assert first.assignments.get().priority == 20
    assert not AuditEntry.objects.filter(action="queue.kind_first").exists()


def test_an_incident_asks_for_its_kind_since_its_fix(world: World) -> None:
    before = world.conversations(kind="Returns", started_at=world.now - timedelta(days=3))[0]
    since = world.conversations(kind="Returns", started_at=world.now - timedelta(hours=1))[0]
    for chat in (before, since, world.conversations(kind="Delivery")[0]):
        world.sample(chat)
    incident = open_by_hand(
        assistant=world.assistant,
        title="Wrong shop hours",
        kind="Returns",
        started=before.day,
        by=world.lena,
        at=world.now,
    )
    fix = Release.objects.create(
        assistant=world.assistant,
        kind=Release.Kind.PROMPT,
        name="Right hours",
        went_live_at=world.now - timedelta(days=1),
        announced=True,
    )
    incident = record_fix(incident=incident, fix=fix, by=world.lena, at=world.now)
    assert ask_reviewers(incident=incident, by=world.lena, at=world.now) == "1 answer put first"
    moved = Assignment.objects.get(priority=60)
    assert moved.sample.conversation == since
    said = incident.events.get(what=IncidentEvent.What.ASKED)
    assert (said.by, said.text) == (world.lena, "1 answer put first")
    entry = AuditEntry.objects.get(action="incident.reviewers_asked")
    assert (entry.actor, entry.subject) == (world.lena, f"incident {incident.number}")
