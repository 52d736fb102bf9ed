"""Stored JSON of a shape that this version does not know: an older or newer version, a hand or a
disk left it. Its own page says so calmly; no list, no other page and nobody else's is harmed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client

from portal.accounts.models import User
from portal.stored import NOT_READABLE
from portal.ticks.models import SetAside
from reviews.alerts import writing
from reviews.alerts.message import to_send
from reviews.models import Alert, Incident, Report
from reviews.reports.reports import write_due
from reviews.watch import rounds
from tests.full_house import fill
from tests.reviews.alarms import alarm
from tests.test_role_matrix import NAMES, address, furnish
from tests.world import World

# Not a team's own patterns: where they cannot be read, nothing is taken in as if there were none.
COLUMNS = (
    ("accounts_auditentry", "details"),
    ("reviews_incident", "content"),
    ("reviews_report", "content"),
    ("reviews_assessment", "content"),
    ("reviews_alert", "content"),
    ("reviews_keptlookback", "content"),
    ("reviews_assignment", "draft"),
    ("reviews_grade", "evidence"),
    ("ingestion_conversation", "messages"),
    ("ingestion_conversation", "passages"),
    ("ingestion_conversation", "attributes"),
)
SHAPES: tuple[object, ...] = (
    [],
    "old",
    {"subject": 5, "start": "x", "check": [], "comparison": 9, "graded": []},
    [{"role": 5, "content": ["x"], "text": {}, "where": {}, "url": 3}],
)


def spoil(table: str, column: str, shape: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'",
            [table],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(f"UPDATE {table} SET {column} = %s", [json.dumps(shape)])


@pytest.fixture
def pages(world: World) -> dict[str, str]:
    """Every page, with rows of everything behind it."""
    values = furnish(world)
    house = fill(world, 0, 2)
    rounds.watch(assistant=world.assistant, at=world.now)
    writing.write_due(at=world.now + timedelta(minutes=1))
    return {name: address(pattern, values) for name, pattern in NAMES} | house.pages(world)


def test_a_shape_nobody_knows_stops_no_page(
    world: World, as_: Callable[[User], Client], pages: dict[str, str]
) -> None:
    broken = []
    with time_machine.travel(world.now + timedelta(minutes=2), tick=False):
        ada, rosa = as_(world.ada), as_(world.rosa)
        ada.raise_request_exception = rosa.raise_request_exception = False
        for shape in SHAPES:
            for table, column in COLUMNS:
                spoil(table, column, shape)
            for name, where in pages.items():
                status = (rosa if name == "review" else ada).get(where).status_code
                if status >= 500 and name != "health_ready":
                    broken.append(f"{name} with {shape!r}: {status}")
    assert not broken, "\n".join(broken)


def test_what_cannot_be_read_is_said_where_it_would_stand(
    world: World, as_: Callable[[User], Client], pages: dict[str, str]
) -> None:
    lena = as_(world.lena)
    for table in ("reviews_report", "reviews_alert", "ingestion_conversation"):
        spoil(table, "messages" if table.startswith("ingestion") else "content", [{"role": 5}])
    said = {
        "report": "This report cannot be read",
        "reports": "It cannot be read.",
        "alerts": "What it says cannot be read.",
        "answer": NOT_READABLE,
        "review": NOT_READABLE,
    }
    for name, words in said.items():
        who = as_(world.rosa) if name == "review" else lena
        with time_machine.travel(world.now + timedelta(minutes=2), tick=False):
            assert words in who.get(pages[name]).content.decode(), name


def test_the_watch_looks_anew_where_its_last_look_cannot_be_read(
    world: World, as_: Callable[[User], Client], pages: dict[str, str]
) -> None:
    at = world.now + timedelta(minutes=2)
    assert not rounds.is_due(assistant=world.assistant, at=at)
    spoil("reviews_assessment", "content", {"reading": "splendid"})
    spoil("reviews_incident", "content", ["old"])
    assert rounds.known_now(world.assistant) is None
    assert rounds.watch_due(at=at) == 1
    assert rounds.known_now(world.assistant) is not None
    assert all(one.is_measured for one in Incident.objects.open())


def test_a_report_is_written_after_one_that_cannot_be_read(
    world: World, pages: dict[str, str]
) -> None:
    at = world.now + timedelta(days=14)
    spoil("reviews_report", "content", [])
    known = set(Report.objects.values_list("pk", flat=True))
    assert write_due(at=at) > 0
    assert not SetAside.objects.exists()
    assert Report.objects.exclude(pk__in=known).exists()


def test_an_alert_is_written_about_an_incident_whose_findings_cannot_be_read(world: World) -> None:
    alarm(world)
    spoil("reviews_incident", "content", ["old"])
    assert writing.write_due(at=world.now) == 1
    assert to_send(Alert.objects.get()).headline
