"""The checklist: each line follows from rows, and turns when they are there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ingestion.models import Release
from portal.accounts.models import User
from reviews.alerts.delivery import deliver_due
from reviews.alerts.writing import write_incidents
from reviews.answer.look_back import keep
from reviews.models import Incident, Part
from reviews.owners import find_parts, name_owner
from reviews.pages.answer.readiness import Check, readiness
from reviews.watch import incidents
from reviews.watch.rounds import watch
from tests.pages import page_of
from tests.reviews.past import at_noon, falling, live_through
from tests.world import World

pytestmark = pytest.mark.django_db
As = Callable[[User], Client]


def checks(world: World) -> dict[str, Check]:
    found = readiness(assistant=world.assistant, at=timezone.now())
    return {check.title: check for section in found.sections for check in section.checks}


def test_an_empty_team_has_nothing_in_place(world: World, as_: As) -> None:
    found = checks(world)
    assert len(found) == 12
    assert not any(check.is_done for check in found.values())
    text = page_of(as_(world.lena).get(f"/a/{world.assistant.pk}/readiness/"))
    assert "0 of 12 are in place" in text
    assert "No published definition" in text


def test_lines_turn_when_their_evidence_is_there(world: World) -> None:
    today = timezone.now().date()
    start = today - timedelta(days=6)
    release = Release.objects.create(
        assistant=world.assistant, kind="prompt", name="42", went_live_at=at_noon(start),
        announced=True, recorded_label="Ada",
    )  # fmt: skip
    live_through(world, today - timedelta(days=42), today, falling(start, "Returns"))
    watch(assistant=world.assistant, at=timezone.now())
    incident = Incident.objects.get()
    write_incidents(at=timezone.now())
    deliver_due(at=timezone.now())
    found = checks(world)
    assert found["Quality is defined"].is_done
    assert found["A usual level is known"].is_done
    assert found["A trend is shown"].is_done
    assert found["The alarm was tested"].is_done
    assert found["How will you know?"].is_done
    at_update = "What happens when the model is updated?"
    assert not found[at_update].is_done, "a prompt's change is none of the model"
    Release.objects.create(
        assistant=world.assistant, kind="model", name="m-2", went_live_at=at_noon(start),
        announced=True, recorded_label="Ada",
    )  # fmt: skip
    found = checks(world)
    assert found[at_update].is_done
    assert "m-2" in found[at_update].evidence
    assert not found["How long from detection to fix?"].is_done

    incidents.record_fix(
        incident=incident, fix=release, by=world.lena, at=incident.found_at + timedelta(hours=3)
    )
    incidents.close(
        incident=incident, outcome="fixed", sentence="Seen", is_proven=False, by=world.lena,
        at=timezone.now(),
    )  # fmt: skip
    found = checks(world)
    assert found["How long from detection to fix?"].is_done
    assert found["A drop was found, fixed and proven fixed"].is_done


def test_parts_need_owners_descriptions_and_links(world: World) -> None:
    Release.objects.create(
        assistant=world.assistant, kind="prompt", name="42", went_live_at=world.now,
        announced=True, recorded_label="Ada",
    )  # fmt: skip
    find_parts(assistant=world.assistant, at=world.now)
    found = checks(world)
    assert found["Who owns prompt, model and content?"].evidence == "Nobody owns Prompt."
    assert "Prompt lacks a description and a link" in (
        found["Prompt and retrieval content are documented"].evidence
    )
    part = Part.objects.get(assistant=world.assistant, kind="prompt")
    name_owner(
        part=part, owner=world.rosa, stand_in=None, review_by=None, by=world.lena, why="",
        at=world.now,
    )  # fmt: skip
    assert checks(world)["Who owns prompt, model and content?"].is_done


def test_a_drill_is_written_down_once_a_day(world: World, as_: As) -> None:
    today = timezone.now().date()
    live_through(world, today - timedelta(days=60), today - timedelta(days=1))
    page = f"/a/{world.assistant.pk}/backtest/drill/"
    day = today - timedelta(days=21)
    keep(assistant=world.assistant, weeks=12, at=timezone.now())
    for _ in range(2):
        answer = as_(world.lena).post(page, {"points": 20, "kind": "all", "day": day.isoformat()})
        assert answer.status_code == 302
    assert world.team.audit_entries.filter(action="drill.held").count() == 1
    assert checks(world)["The alarm was tested"].is_done


def test_leads_only(world: World, as_: As) -> None:
    address = f"/a/{world.assistant.pk}/readiness/"
    assert as_(world.rosa).get(address).status_code == 403
    assert as_(world.otto).get(address).status_code == 404


def test_it_takes_a_fixed_number_of_queries(world: World) -> None:
    def ask() -> int:
        with CaptureQueriesContext(connection) as found:
            readiness(assistant=world.assistant, at=timezone.now())
        return len(found)

    today = timezone.now().date()
    live_through(world, today - timedelta(days=20), today)
    watch(assistant=world.assistant, at=timezone.now())
    incidents.open_by_hand(
        assistant=world.assistant, title="One", kind=None, started=today, by=world.lena,
        at=timezone.now(),
    )  # fmt: skip
    few = ask()
    for number in range(10):
        incidents.open_by_hand(
            assistant=world.assistant, title=f"Drop {number}", kind=None, started=today,
            by=world.lena, at=timezone.now(),
        )  # fmt: skip
    assert ask() == few <= 25
