"""What was set aside and who does not work is seen: set-up page, /metrics, /health/ready."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from portal.accounts.models import Team, User
from portal.ticks import runs
from portal.ticks.aside import Aside
from portal.ticks.models import TaskRun
from portal.ticks.runs import short
from portal.ticks.seen import SHOWN, WORDS
from portal.timetable import TIMETABLE
from tests.world import World

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def ran_ago(seconds: float, *names: str) -> None:
    for name in names:
        runs.succeeded(name)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ticks_taskrun SET succeeded_at = now() - make_interval(secs => %s) "
            "WHERE name = ANY(%s)",
            [seconds, list(names)],
        )


def ready() -> dict[str, Any]:
    response = Client().get("/health/ready")
    assert response.status_code == 200, "pages work, whoever else does not"
    body: dict[str, Any] = response.json()
    return body


def test_every_task_has_words() -> None:
    delivered = {"deliver_mails", "deliver_posts", "forget_set_aside"}
    assert set(WORDS) == {short(name) for name, _ in TIMETABLE} - delivered


def test_the_set_up_page_says_what_is_set_aside_and_what_happens_next(
    world: World, as_: SignIn
) -> None:
    aside = Aside(task="digest_intake", at=world.now)
    aside.put("batch-82", OverflowError("4242 4242"), assistant=world.assistant.pk)
    aside.put("batch-83", OverflowError(), assistant=world.other_assistant.pk)
    page = as_(world.ada).get(reverse("setup", args=[world.assistant.pk])).content.decode()
    assert "Set aside" in page
    assert "Counting conversations that came in, batch 82" in page
    assert "A stored number is too large or too small to count with." in page
    assert "Wed 18 Nov 12:00" in page, "since when"
    assert "Wed 18 Nov 12:01, and at once after the next update" in page
    assert "batch 83" not in page, "another team's"
    assert "4242" not in page
    lead = as_(world.lena).get(reverse("setup", args=[world.assistant.pk]))
    assert lead.status_code in (403, 404), "for admins"


def test_nothing_is_said_when_nothing_is_set_aside_and_not_everything_when_much_is(
    world: World, as_: SignIn
) -> None:
    page = reverse("setup", args=[world.assistant.pk])
    assert b"Set aside" not in as_(world.ada).get(page).content
    aside = Aside(task="choose_samples", at=world.now)
    for number in range(SHOWN + 3):
        aside.put(f"signal-{number}", ValueError(), assistant=world.assistant.pk)
    content = as_(world.ada).get(page).content.decode()
    assert f"{SHOWN + 3} things" in content
    assert f"The {SHOWN} oldest are shown." in content


def test_the_page_opens_whatever_the_time_zone(world: World, as_: SignIn) -> None:
    Team.objects.filter(pk=world.team.pk).update(time_zone="Mars/Olympus")
    Aside(task="watch_due", at=world.now).put("x", ValueError(), assistant=world.assistant.pk)
    client = as_(world.ada)
    assert client.get(reverse("setup", args=[world.assistant.pk])).status_code == 200
    assert client.get(reverse("team_settings", args=[world.team.pk])).status_code == 200


def test_metrics_tell_of_each_task() -> None:
    ran_ago(30, "make_rollups", "beat")
    TaskRun.objects.filter(name="make_rollups").update(discarded=7)
    aside = Aside(task="make_rollups", at=TaskRun.objects.all()[0].succeeded_at)  # type: ignore[arg-type]
    aside.put("day-1-2026-11-17", ValueError(), assistant=1)
    body = Client().get("/metrics").content.decode()
    lines = dict(line.rsplit(" ", 1) for line in body.splitlines() if line[:1] != "#")
    assert lines['plumbline_set_aside{task="make_rollups"}'] == "1.0"
    assert lines['plumbline_set_aside{task="digest_intake"}'] == "0.0"
    assert lines['plumbline_ticks_discarded_total{task="make_rollups"}'] == "7.0"
    age = float(lines['plumbline_task_success_age_seconds{task="make_rollups"}'])
    assert 30 <= age < 40
    assert 'plumbline_task_success_age_seconds{task="beat"}' in lines


def test_ready_names_who_has_not_worked_for_too_long() -> None:
    body = ready()
    assert body["background"] is False
    assert body["worker"] == {"working": False, "age_seconds": None}
    assert "beat has never worked." in body["late"]
    ran_ago(1, "digest_intake", "deliver_mails", "beat")
    ran_ago(5000, "find_drift")
    body = ready()
    assert body["background"] is True
    assert body["late"] == []
    assert body["worker"]["age_seconds"] == pytest.approx(1, abs=3)
    ran_ago(312, "digest_intake")
    body = ready()
    assert [body[name]["working"] for name in ("worker", "outside", "beat")] == [False, True, True]
    assert body["late"] == ["worker has not worked for 312 seconds."]
    ran_ago(timedelta(hours=2).total_seconds(), "beat", "deliver_mails")
    assert [line.partition(" ")[0] for line in ready()["late"]] == ["worker", "outside", "beat"]


def test_metrics_and_ready_take_few_queries(django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(12):
        Client().get("/metrics")
    with django_assert_max_num_queries(2):
        ready()
