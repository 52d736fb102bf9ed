"""The log of changes: before and after, the days that are compared, who may explain one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ingestion.models import Release
from portal.accounts.models import AuditEntry, User
from reviews.models import Incident, Part
from reviews.owners import find_parts, name_owner
from reviews.pages.watch.releases import release_list, release_page
from reviews.watch import incidents
from reviews.watch.rounds import watch
from tests.pages import page_of
from tests.reviews.past import at_noon, falling, live_through
from tests.world import World

pytestmark = pytest.mark.django_db
As = Callable[[User], Client]


def today() -> date:
    return timezone.now().date()


def released(world: World, days_ago: int, name: str, kind: str = "prompt") -> Release:
    return Release.objects.create(
        assistant=world.assistant, kind=kind, name=name,
        went_live_at=at_noon(today() - timedelta(days=days_ago)) - timedelta(hours=2),
        announced=True, recorded_label="Ada",
    )  # fmt: skip


def test_a_change_that_made_it_worse_reads_lower_and_its_fix_higher(world: World) -> None:
    bad, fix = released(world, 12, "42"), released(world, 6, "43")
    start, end = today() - timedelta(days=12), today() - timedelta(days=6)
    live_through(world, today() - timedelta(days=50), today(), falling(start, None, until=end))
    watch(assistant=world.assistant, at=at_noon(end) - timedelta(hours=4))
    incident = Incident.objects.get()
    incidents.record_fix(incident=incident, fix=fix, by=world.lena, at=timezone.now())
    lines = {
        one.release.pk: one
        for one in release_list(assistant=world.assistant, at=timezone.now()).lines
    }
    assert lines[bad.pk].reading == "Lower"
    assert lines[bad.pk].suspected_in == incident
    assert lines[fix.pk].reading == "Higher"
    assert lines[fix.pk].fix_of == incident
    page = release_page(release=fix, at=timezone.now())
    assert page.windows.during_drop
    assert page.windows.before.first == incident.onset_best


def test_a_quiet_change_reads_no_clear_change(world: World) -> None:
    quiet = released(world, 10, "42")
    live_through(world, today() - timedelta(days=45), today())
    page = release_page(release=quiet, at=timezone.now())
    assert page.line.reading == "No clear change"
    assert page.line.before.graded > 500
    assert page.windows.after is not None
    assert page.windows.after.first == today() - timedelta(days=10)
    assert "a 10-point drop would have been seen by now" in page.seen


def test_a_fresh_change_says_by_when_a_drop_would_be_seen(world: World) -> None:
    live_through(world, today() - timedelta(days=40), today(), a_day=12)
    fresh = released(world, 1, "43")
    page = release_page(release=fresh, at=timezone.now())
    assert "So far 24 answers graded since; a 10-point drop would be seen by about" in page.seen


def test_until_the_next_change_of_the_same_kind(world: World) -> None:
    first = released(world, 20, "41")
    released(world, 15, "2026-10", kind="model")
    released(world, 9, "42")
    live_through(world, today() - timedelta(days=50), today())
    page = release_page(release=first, at=timezone.now())
    assert page.windows.after is not None
    assert page.windows.after.last == today() - timedelta(days=10)
    assert page.windows.before.last == today() - timedelta(days=21)


def test_few_grades_are_not_enough(world: World) -> None:
    live_through(world, today() - timedelta(days=3), today(), a_day=3)
    one = released(world, 1, "42")
    assert release_page(release=one, at=timezone.now()).line.reading == "Not enough grades"


def test_the_list_goes_on_by_the_page(world: World, as_: As) -> None:
    for number in range(23):
        released(world, number + 1, str(number))
    page = f"/a/{world.assistant.pk}/releases/"
    first = as_(world.lena).get(page).context["page"]
    assert len(first.lines) == 20
    rest = as_(world.lena).get(f"{page}?before={first.older}").context["page"]
    assert [one.release.name for one in rest.lines] == ["20", "21", "22"]
    assert rest.older is None
    for odd in ("x", "²", "9" * 30):
        assert as_(world.lena).get(f"{page}?before={odd}").status_code == 200


def test_recording_a_change_by_form(world: World, as_: As) -> None:
    page = f"/a/{world.assistant.pk}/releases/"
    assert as_(world.agnes).post(page, {"kind": "prompt", "name": "44"}).status_code == 403
    assert as_(world.lena).post(page, {"kind": "prompt", "name": ""}).status_code == 422
    assert as_(world.lena).post(page, {"kind": "prompt", "name": "44"}).status_code == 302
    assert Release.objects.get(name="44").announced


def test_the_owner_explains_an_unannounced_change(world: World, as_: As) -> None:
    one = released(world, 2, "<i>45</i>")
    Release.objects.filter(pk=one.pk).update(announced=False)
    find_parts(assistant=world.assistant, at=timezone.now())
    part = Part.objects.get(assistant=world.assistant, kind="prompt")
    name_owner(
        part=part, owner=world.rosa, stand_in=None, review_by=None, by=world.lena, why="",
        at=timezone.now(),
    )  # fmt: skip
    page = f"/a/{world.assistant.pk}/releases/{one.pk}/"
    text = page_of(as_(world.rosa).get(page))
    assert "Nobody said what this change was" in text
    assert "<i>45" not in text
    assert "Nobody said" not in page_of(as_(world.remy).get(page))
    assert as_(world.remy).post(f"{page}note/", {"note": "x"}).status_code == 403
    assert as_(world.otto).get(page).status_code == 404
    as_(world.rosa).post(f"{page}note/", {"note": " "})
    assert not AuditEntry.objects.filter(action="release.explained").exists()
    as_(world.rosa).post(f"{page}note/", {"note": "Shorter answers."})
    one.refresh_from_db()
    assert one.note == "Shorter answers."
    assert AuditEntry.objects.filter(action="release.explained").count() == 1


def test_the_pages_take_a_fixed_number_of_queries(world: World, as_: As) -> None:
    lena, one = as_(world.lena), released(world, 3, "1")
    live_through(world, today() - timedelta(days=40), today(), a_day=9)

    def ask(address: str) -> int:
        with CaptureQueriesContext(connection) as found:
            assert lena.get(f"/a/{world.assistant.pk}/releases/{address}").status_code == 200
        return len(found)

    few = ask(""), ask(f"{one.pk}/")
    for number in range(12):
        released(world, 4 + number, f"n{number}")
    assert (ask(""), ask(f"{one.pk}/")) == few
    assert max(few) <= 40
