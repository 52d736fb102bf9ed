"""The endpoints through which programs read: the same as the pages, clear refusals, fixed cost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts.models import Scope
from reviews.answer.status import status_of
from reviews.models import Incident
from reviews.reports.reports import write_report
from reviews.reports.week import monday
from reviews.watch import incidents
from reviews.watch.rounds import watch
from tests.reviews.past import falling, live_through
from tests.world import World

pytestmark = pytest.mark.django_db


def get(world: World, path: str, *scopes: Scope, key: str = "") -> Any:
    secret = key or world.key(*(scopes or (Scope.READ,)))
    return Client().get(f"/api/v1/{path}", HTTP_AUTHORIZATION=f"Bearer {secret}")


def drop(world: World) -> Incident:
    today = timezone.now().date()
    start = today - timedelta(days=6)
    live_through(world, today - timedelta(days=42), today, falling(start, "Returns"))
    watch(assistant=world.assistant, at=timezone.now())
    return Incident.objects.get()


def test_the_answer_is_what_the_pages_say(world: World) -> None:
    incident = drop(world)
    stands = status_of(assistant=world.assistant, at=timezone.now())
    assert stands is not None
    told = get(world, "answer").json()
    assert told["reading"] == "worse"
    assert told["headline"] == stands.headline
    assert [(one["label"], one["value"], one["more"]) for one in told["facts"]] == [
        (one.label, one.value, one.more) for one in stands.facts
    ]
    assert told["facts"][4]["missing"] is True
    assert told["incident"] == incident.number
    assert told["link"].endswith(f"/incidents/{incident.number}/")
    assert told["change"]["points"] < 0
    assert {one["kind"] for one in told["kinds"]} == {"Delivery", "Payments", "Returns"}
    assert told["graded"] > 120


def test_before_the_first_look_it_says_so(world: World) -> None:
    answer = get(world, "answer")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_looked_yet"


@pytest.mark.parametrize("path", ["answer", "quality", "incidents", "reports/weekly"])
def test_another_scope_or_no_key_is_refused(world: World, path: str) -> None:
    assert get(world, path, Scope.INGEST, Scope.FLAG).status_code == 403
    assert Client().get(f"/api/v1/{path}").status_code == 401
    post = Client().post(f"/api/v1/{path}", HTTP_AUTHORIZATION=f"Bearer {world.key()}")
    assert post.status_code == 405


def test_a_key_reads_its_own_assistant_only(world: World) -> None:
    drop(world)
    other = world.key(Scope.READ, assistant=world.other_assistant)
    assert get(world, "answer", key=other).status_code == 404
    assert get(world, "incidents", key=other).json() == {"incidents": [], "next_before": None}
    assert get(world, "quality", key=other).json()["whole"] is None


def test_levels_by_week_and_by_day_of_one_kind(world: World) -> None:
    drop(world)
    weeks = get(world, "quality").json()
    assert weeks["by"] == "week"
    assert 8 <= len(weeks["points"]) <= 9
    today = timezone.now().date()
    path = f"quality?by=day&kind=Returns&from={today - timedelta(days=6)}&to={today}"
    days = get(world, path).json()
    assert [one["first"] for one in days["points"]] == [
        str(today - timedelta(days=n)) for n in range(6, -1, -1)
    ]
    level = days["whole"]
    assert level["share"] < 0.75
    assert (level["corrected"], level["low"], level["high"]) == (False, None, None)
    assert level["graded"] > 30


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=yesterday", "from"),
        ("from=2026-11-20&to=2026-11-01", "from"),
        ("from=2020-01-01&to=2026-11-01", "from"),
        ("by=month", "by"),
        ("kind=Nothing", "kind"),
    ],
)
def test_what_does_not_fit_is_named(world: World, query: str, field: str) -> None:
    answer = get(world, f"quality?{query}")
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["field"] == field
    assert error["fix"]


def test_incidents_with_their_clocks(world: World) -> None:
    incident = drop(world)
    incidents.take(incident=incident, by=world.lena, at=incident.found_at + timedelta(minutes=38))
    one = get(world, "incidents?state=open").json()["incidents"][0]
    assert one["number"] == incident.number
    assert one["kind"] == "Returns"
    assert one["state"] == "taken"
    assert one["owner"] == "Lena Lead"
    assert one["onset_low"] <= one["onset"] <= one["onset_high"]
    assert one["during"]["share"] < one["before"]["share"]
    assert one["taken_at"] is not None
    assert one["closed_at"] is None
    assert get(world, "incidents?state=closed").json()["incidents"] == []


def test_incidents_by_the_page(world: World) -> None:
    for number in range(52):
        incidents.open_by_hand(
            assistant=world.assistant, title=f"Drop {number}", kind=None,
            started=timezone.now().date(), by=world.lena, at=timezone.now(),
        )  # fmt: skip
    first = get(world, "incidents").json()
    assert len(first["incidents"]) == 50
    rest = get(world, f"incidents?before={first['next_before']}").json()
    assert [one["number"] for one in rest["incidents"]] == [2, 1]
    assert rest["next_before"] is None
    for bad in ("state=gone", "before=x", "before=9999999999999999999"):
        assert get(world, f"incidents?{bad}").status_code == 422


def test_the_newest_report_or_that_of_a_week(world: World) -> None:
    drop(world)
    week = monday(timezone.now().date()) - timedelta(days=7)
    assert get(world, "reports/weekly").status_code == 404
    write_report(assistant=world.assistant, kind="quality", week=week, at=timezone.now())
    told = get(world, "reports/weekly").json()
    assert told["week"] == str(week)
    assert told["content"]["headline"].startswith("Yes, from about")
    assert get(world, f"reports/weekly?week={week}").status_code == 200
    assert get(world, "reports/weekly?week=2020-01-06").status_code == 404
    assert get(world, "reports/weekly?kind=other").status_code == 422
    assert get(world, "reports/weekly?week=soon").status_code == 422


def queries(key: str, path: str) -> int:
    with CaptureQueriesContext(connection) as found:
        answer = Client().get(f"/api/v1/{path}", HTTP_AUTHORIZATION=f"Bearer {key}")
        assert answer.status_code == 200
    return len(found)


@pytest.mark.parametrize("path", ["answer", "quality?by=day", "incidents"])
def test_each_takes_a_fixed_number_of_queries(world: World, path: str) -> None:
    drop(world)
    key = world.key(Scope.READ)
    queries(key, path)
    few = queries(key, path)
    for number in range(12):
        incident = incidents.open_by_hand(
            assistant=world.assistant, title=f"Drop {number}", kind=None,
            started=timezone.now().date(), by=world.lena, at=timezone.now(),
        )  # fmt: skip
        incidents.add_note(incident=incident, text="note", by=world.lena, at=timezone.now())
    assert queries(key, path) == few <= 16
