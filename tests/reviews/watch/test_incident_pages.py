"""The pages of incidents: what each role may do, what they say, how much they ask the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ingestion.models import Conversation, Release
from portal.accounts.models import User
from reviews.models import Assignment, Incident, Part
from reviews.owners import find_parts, name_owner
from reviews.watch import incidents
from reviews.watch.rounds import watch
from tests.pages import page_of
from tests.reviews.past import at_noon, falling, live_through
from tests.world import World

pytestmark = pytest.mark.django_db
As = Callable[[User], Client]


def today() -> date:
    return timezone.now().date()


def drop(world: World, days_ago: int = 6, kind: str | None = "Returns") -> Incident:
    """Six quiet weeks and a drop, watched now."""
    start = today() - timedelta(days=days_ago)
    Release.objects.create(
        assistant=world.assistant, kind="prompt", name="42", went_live_at=at_noon(start),
        announced=True, recorded_label="Ada", note="<b>shorter</b>",
    )  # fmt: skip
    live_through(world, today() - timedelta(days=42), today(), falling(start, kind))
    watch(assistant=world.assistant, at=timezone.now())
    return Incident.objects.get()


def url(incident: Incident, step: str = "") -> str:
    return f"/a/{incident.assistant_id}/incidents/{incident.number}/{step}"


def test_the_page_says_what_is_known(world: World, as_: As) -> None:
    incident = drop(world)
    text = page_of(as_(world.lena).get(url(incident)))
    assert "Returns answers got worse" in text
    for label in ("When it started", "How bad", "Which questions", "What changed before it",
                  "Who owns the fix", "How fast"):  # fmt: skip
        assert label in text
    assert "Prompt 42" in text
    assert "&lt;b&gt;shorter&lt;/b&gt;" in text
    assert "No fix is recorded" in text
    assert "A question about Returns" in text


def test_how_many_came_with_a_release_is_said_only_where_it_tells_kinds_apart(
    world: World, as_: As
) -> None:
    incident = drop(world)
    whole = Conversation.objects.filter(assistant=world.assistant)
    whole.update(prompt_version="42")
    assert "came with it" not in page_of(as_(world.lena).get(url(incident)))
    whole.exclude(kind="Returns").update(prompt_version="41")
    said = page_of(as_(world.lena).get(url(incident)))
    assert "100% of these answers came with it, 0% of the others" in said


def test_the_list_puts_open_ones_first_and_says_how_long_it_takes(world: World, as_: As) -> None:
    incident = drop(world)
    incidents.take(incident=incident, by=world.rosa, at=timezone.now() + timedelta(minutes=38))
    text = page_of(as_(world.agnes).get(f"/a/{world.assistant.pk}/incidents/"))
    assert "1. Returns answers got worse" in text
    assert "Middle of 1 incident of the last 12 months" in text
    assert "Open one by hand" not in text
    assert "Open one by hand" in (
        page_of(as_(world.lena).get(f"/a/{world.assistant.pk}/incidents/"))
    )


def test_without_incidents_it_says_what_will_be_here(world: World, as_: As) -> None:
    text = page_of(as_(world.lena).get(f"/a/{world.assistant.pk}/incidents/"))
    assert "No incident so far" in text


def test_a_lead_takes_records_the_fix_and_closes(world: World, as_: As) -> None:
    incident, lena = drop(world), as_(world.lena)
    assert lena.post(url(incident, "take/")).status_code == 302
    answer = lena.post(url(incident, "fix/"), {"kind": "prompt", "name": "43", "at": ""})
    assert answer.status_code == 302
    incident.refresh_from_db()
    assert (incident.owner, incident.state) == (world.lena, "checking")
    assert incident.fix is not None
    assert incident.fix.name == "43"
    refused = lena.post(url(incident, "close/"), {"outcome": "fixed", "sentence": ""})
    assert refused.status_code == 422
    assert "say why in a sentence" in page_of(refused)
    assert lena.post(
        url(incident, "close/"), {"outcome": "fixed", "sentence": "Seen it myself"}
    ).status_code == 302  # fmt: skip
    incident.refresh_from_db()
    assert incident.outcome == "fixed"


def test_a_fix_needs_a_change_or_a_name(world: World, as_: As) -> None:
    incident = drop(world)
    answer = as_(world.lena).post(url(incident, "fix/"), {"kind": "prompt", "name": " "})
    assert answer.status_code == 422
    assert "Choose a change, or say what the fix is called." in page_of(answer)
    assert not Release.objects.filter(name="").exists()


def test_a_fix_before_the_start_is_refused_and_nothing_is_stored(world: World, as_: As) -> None:
    incident = drop(world)
    early = (today() - timedelta(days=30)).isoformat()
    answer = as_(world.lena).post(
        url(incident, "fix/"), {"kind": "prompt", "name": "43", "at": f"{early}T10:00"}
    )
    assert answer.status_code == 422
    assert "before the drop started" in page_of(answer)
    assert not Release.objects.filter(name="43").exists()


def test_not_the_fix_after_all(world: World, as_: As) -> None:
    incident, lena = drop(world), as_(world.lena)
    lena.post(url(incident, "fix/"), {"kind": "prompt", "name": "43"})
    assert lena.post(url(incident, "not-fix/"), {"why": "still wrong"}).status_code == 302
    incident.refresh_from_db()
    assert incident.fix is None


def test_owners_of_parts_may_take_it_and_others_may_not(world: World, as_: As) -> None:
    incident = drop(world)
    find_parts(assistant=world.assistant, at=timezone.now())
    part = Part.objects.get(assistant=world.assistant, kind="prompt")
    name_owner(
        part=part, owner=world.rosa, stand_in=None, review_by=None, by=world.lena, why="",
        at=timezone.now(),
    )  # fmt: skip
    assert as_(world.agnes).post(url(incident, "take/")).status_code == 403
    assert as_(world.rosa).post(url(incident, "note/"), {"text": "on it"}).status_code == 403
    assert as_(world.rosa).post(url(incident, "take/")).status_code == 302
    assert as_(world.rosa).post(url(incident, "note/"), {"text": "on it"}).status_code == 302
    assert as_(world.otto).get(url(incident)).status_code == 404


def test_naming_an_owner_asks_for_a_person(world: World, as_: As) -> None:
    incident, lena = drop(world), as_(world.lena)
    for given in ("", "x", str(world.otto.pk)):
        assert lena.post(url(incident, "owner/"), {"owner": given}).status_code == 422
    assert lena.post(url(incident, "owner/"), {"owner": world.rosa.pk}).status_code == 302


def test_asking_reviewers_puts_the_kind_first_and_changes_no_chance(world: World, as_: As) -> None:
    incident = drop(world)
    hit = world.sample(world.conversations(kind="Returns")[0])
    other = world.sample(world.conversations(kind="Delivery")[0])
    assert as_(world.lena).post(url(incident, "ask/")).status_code == 302
    priorities = dict(Assignment.objects.filter(state="open").values_list("sample", "priority"))
    assert priorities[hit.pk] < priorities[other.pk]
    hit.refresh_from_db()
    assert hit.probability == 0.5
    assert incident.events.get(what="asked").text == "1 answer put first"


def test_by_hand(world: World, as_: As) -> None:
    live_through(world, today() - timedelta(days=3), today())
    lena, page = as_(world.lena), f"/a/{world.assistant.pk}/incidents/open/"
    assert lena.get(page).status_code == 200
    assert lena.post(page, {"title": "", "started": ""}).status_code == 422
    ahead = (today() + timedelta(days=2)).isoformat()
    assert lena.post(page, {"title": "Slow", "started": ahead}).status_code == 422
    answer = lena.post(page, {"title": "<i>Slow</i>", "kind": "Returns", "started": today()})
    assert answer.status_code == 302
    incident = Incident.objects.get()
    text = page_of(lena.get(url(incident)))
    assert "&lt;i&gt;Slow&lt;/i&gt;" in text
    assert "It is being measured" in text


def test_older_ones_by_number(world: World, as_: As) -> None:
    for number in range(33):
        incident = incidents.open_by_hand(
            assistant=world.assistant, title=f"Drop {number}", kind=None, started=today(),
            by=world.lena, at=timezone.now(),
        )  # fmt: skip
        incidents.close(
            incident=incident, outcome="not_a_drop", sentence="no", is_proven=False, by=world.lena,
            at=timezone.now(),
        )  # fmt: skip
    page = f"/a/{world.assistant.pk}/incidents/"
    first = as_(world.lena).get(page)
    assert first.context["page"].older == 4
    older = as_(world.lena).get(f"{page}?before=4")
    assert [one.incident.number for one in older.context["page"].closed] == [3, 2, 1]
    assert as_(world.lena).get(f"{page}?before=x").status_code == 200


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(address).status_code == 200
    return len(found)


def test_the_pages_take_a_fixed_number_of_queries(world: World, as_: As) -> None:
    incident, lena = drop(world), as_(world.lena)
    listed = f"/a/{world.assistant.pk}/incidents/"
    few = queries(lena, url(incident)), queries(lena, listed)
    for number in range(12):
        incidents.add_note(
            incident=incident, text=f"Note {number}", by=world.lena, at=timezone.now()
        )
        incidents.open_by_hand(
            assistant=world.assistant, title=f"Drop {number}", kind=None, started=today(),
            by=world.lena, at=timezone.now(),
        )  # fmt: skip
    assert (queries(lena, url(incident)), queries(lena, listed)) == few
    assert max(few) <= 45
