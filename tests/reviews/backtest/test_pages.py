"""Looking back and the fire drill as a lead sees them; nobody below a lead does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts.models import User
from reviews.answer import look_back
from reviews.answer.drill import hold_due
from reviews.answer.look_back import PERIODS, keep, keep_due, kept
from reviews.models import Alert, HeldDrill, Incident, KeptLookBack, SamplingPolicy
from tests.pages import page_of
from tests.reviews.backtest.own import past
from tests.world import DAY, World

As = Callable[[User], Client]


@pytest.fixture
def recent(world: World) -> Iterator[World]:
    """The pages look at the last weeks by the clock: it is evening there, and the answers of each
    day came at noon."""
    with time_machine.travel(timezone.now().replace(hour=22), tick=True):
        world.now = timezone.now().replace(hour=12)
        yield world


def ask(client: Client, world: World, path: str) -> tuple[int, str]:
    """A page when the worker has been there; a drill's choice is planted first, as people do."""
    weeks = 26 if path == "?weeks=26" else 12
    keep(assistant=world.assistant, weeks=weeks, at=timezone.now())
    address = f"/a/{world.assistant.pk}/backtest/{path}"
    if path.startswith("drill/?"):
        answer = client.post(
            address.partition("?")[0], dict(parse_qsl(path.partition("?")[2], True))
        )
        if answer.status_code != 302:
            return answer.status_code, " ".join(page_of(answer).split())
        hold_due(at=timezone.now())
        address = answer.headers["Location"]
    answer = client.get(address)
    return answer.status_code, " ".join(page_of(answer).split())


def drill(world: World, *, points: object = 30, kind: object = "all", ago: int = 20) -> str:
    day = world.now.date() - timedelta(days=ago)
    return f"drill/?points={points}&kind={kind}&day={day}"


def test_a_drop_in_the_past_would_have_been_told(recent: World, as_: As) -> None:
    past(recent, days=60, worse_on=40)
    status, text = ask(as_(recent.lena), recent, "")
    assert status == 200
    assert "It would have told you on" in text
    assert "mainly Returns, right after Prompt prompt-9." in text
    assert "Week by week" in text
    assert text.count("as graded") >= 5, "nobody decided where two differed"


def test_quiet_weeks_are_said_to_be_quiet(recent: World, as_: As) -> None:
    past(recent, days=40)
    _, text = ask(as_(recent.lena), recent, "?weeks=26")
    assert "No sign of change in 40 days." in text
    assert 'aria-current="page">26 weeks' in text


def test_few_grades_are_not_called_quiet(recent: World, as_: As) -> None:
    past(recent, days=5)
    _, text = ask(as_(recent.lena), recent, "")
    assert "Not enough grades to tell in 5 days" in text
    assert "No sign" not in text


def test_nothing_yet_is_said_and_a_drill_waits(recent: World, as_: As) -> None:
    client = as_(recent.lena)
    assert "Nothing to look back on yet" in ask(client, recent, "")[1]
    status, text = ask(client, recent, drill(recent))
    assert status == 200
    assert "Too early for a drill" in text


@pytest.mark.parametrize("weeks", ["5", "x", "-1", "1e9", ""])
def test_a_period_that_there_is_not_is_the_usual_one(recent: World, as_: As, weeks: str) -> None:
    status, text = ask(as_(recent.lena), recent, f"?weeks={weeks}")
    assert status == 200
    assert 'aria-current="page">12 weeks' in text


def test_a_large_planted_drop_is_found(recent: World, as_: As) -> None:
    past(recent, days=60)
    status, text = ask(as_(recent.lena), recent, drill(recent))
    assert status == 200
    assert "A drop of 30 points in all kinds would have been found in 20 of 20 tries" in text
    again = ask(as_(recent.lena), recent, drill(recent))[1]
    assert text[text.index("A drop of") :][:100] in again


def test_one_kind_is_named_by_name(recent: World, as_: As) -> None:
    past(recent, days=60)
    _, text = ask(as_(recent.lena), recent, drill(recent, points=40, kind=1))
    assert "A drop of 40 points in Returns would have been found" in text


def test_a_drill_changes_nothing(recent: World, as_: As) -> None:
    past(recent, days=40)
    ask(as_(recent.lena), recent, drill(recent))
    assert not Incident.objects.exists()
    assert not Alert.objects.exists()
    assert not SamplingPolicy.objects.exists()


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"points": 0}, "Give a whole number from 5 to 40."),
        ({"points": 41}, "Give a whole number from 5 to 40."),
        ({"points": "many"}, "Give a whole number from 5 to 40."),
        ({"points": "9" * 5000}, "Give a whole number from 5 to 40."),
        ({"kind": 2}, "Choose one of the list."),
        ({"kind": "-1"}, "Choose one of the list."),
        ({"kind": ""}, "Choose one of the list."),
        ({"ago": 100}, "Choose a day from"),
        ({"ago": -5}, "Choose a day from"),
    ],
    ids=["no-points", "too-many", "words", "digits", "no-such-kind", "negative", "no-kind",
         "too-early", "to-come"],
)  # fmt: skip
def test_what_cannot_be_planted_is_refused_with_the_fix(
    recent: World, as_: As, bad: dict[str, Any], words: str
) -> None:
    past(recent, days=20, a_day=4)
    status, text = ask(as_(recent.lena), recent, drill(recent, **{"ago": 2, **bad}))
    assert status == 422
    assert words in text


def test_a_day_that_is_none_is_refused(recent: World, as_: As) -> None:
    past(recent, days=20, a_day=4)
    status, text = ask(as_(recent.lena), recent, "drill/?points=10&kind=all&day=yesterday")
    assert status == 422
    assert "Give a date." in text


@pytest.mark.parametrize("path", ["", "drill/"], ids=["backtest", "drill"])
def test_only_leads_and_admins_of_the_team(recent: World, as_: As, path: str) -> None:
    got = {
        name: ask(as_(getattr(recent, name)), recent, path)[0]
        for name in ("agnes", "rosa", "lena", "ada", "otto")
    }
    assert got == {"agnes": 403, "rosa": 403, "lena": 200, "ada": 200, "otto": 404}


def test_only_leads_find_it_in_the_navigation(recent: World, as_: As) -> None:
    address = f"/a/{recent.assistant.pk}/backtest/"
    for name, there in (("lena", True), ("rosa", False)):
        home = page_of(as_(getattr(recent, name)).get(f"/a/{recent.assistant.pk}/"))
        assert (address in home) is there


def test_kinds_are_hostile_text(recent: World, as_: As) -> None:
    for ago in range(20, 0, -1):
        recent.conversations(1, kind="<script>x</script>", started_at=recent.now - ago * DAY)
    _, text = ask(as_(recent.lena), recent, "drill/")
    assert "<script>x" not in text
    assert "&lt;script&gt;x" in text


def test_queries_do_not_grow_with_the_past(
    recent: World, as_: As, django_assert_max_num_queries: Any
) -> None:
    past(recent, days=30)
    client, address = as_(recent.lena), f"/a/{recent.assistant.pk}/backtest/"
    for path in ("", "?weeks=26", drill(recent, ago=10)):
        ask(client, recent, path)
        with django_assert_max_num_queries(16):
            client.get(address + path)


PAST_TABLES = ("reviews_sample", "reviews_grade", "reviews_flag", "ingestion_conversation")


def test_pages_read_what_was_worked_out_and_nothing_of_the_past(recent: World, as_: As) -> None:
    past(recent, days=30)
    client, address = as_(recent.lena), f"/a/{recent.assistant.pk}/backtest/"
    for path in ("", "?weeks=26", drill(recent, ago=10)):
        ask(client, recent, path)
        with CaptureQueriesContext(connection) as caught:
            client.get(address + path)
        read = [str(one["sql"]) for one in caught.captured_queries]
        navigation = "reviews_flag"  # how many are open stands beside its name
        assert not [
            sql for sql in read for name in PAST_TABLES if name in sql and name != navigation
        ]


def test_what_is_kept_is_what_the_rows_say(recent: World) -> None:
    past(recent, days=60, worse_on=40)
    at = timezone.now()
    for weeks in (6, 12):
        keep(assistant=recent.assistant, weeks=weeks, at=at)
        shown = kept(assistant=recent.assistant, weeks=weeks, at=at)
        fresh = look_back.look_back(recent.assistant, weeks, at)
        assert fresh is not None
        assert fresh.told
        assert shown == look_back.Kept(at, fresh, is_stuck=False)


def test_it_is_worked_out_anew_after_an_hour_and_after_a_day(recent: World) -> None:
    past(recent, days=5, a_day=4)
    at, rows = timezone.now(), KeptLookBack.objects.filter(assistant=recent.assistant)
    other = len(PERIODS)  # an assistant without a past, looked at anew every minute
    assert keep_due(at=at) == len(PERIODS) + other
    assert keep_due(at=at + timedelta(seconds=59)) == 0
    assert keep_due(at=at + timedelta(minutes=59)) == other
    assert keep_due(at=at + timedelta(hours=1)) == len(PERIODS) + other
    assert {row.as_of for row in rows} == {at + timedelta(hours=1)}
    days = {row.day for row in rows}
    rows.update(as_of=at + timedelta(hours=10))
    assert keep_due(at=at + timedelta(hours=10, minutes=2)) == len(PERIODS) + other, "a day ended"
    assert {row.day for row in rows} == {day + timedelta(days=1) for day in days}


def test_a_tick_stops_when_its_time_is_up_and_the_next_goes_on(recent: World) -> None:
    past(recent, days=20, a_day=4)
    assert keep_due(at=timezone.now(), until=0) == 0
    assert not KeptLookBack.objects.exists()


def test_until_it_is_there_pages_say_that_it_is_being_worked_out(recent: World, as_: As) -> None:
    past(recent, days=40)
    client, address = as_(recent.lena), f"/a/{recent.assistant.pk}/backtest/"
    for path in ("", "drill/"):
        text = page_of(client.get(address + path))
        assert "being worked out" in text
        assert 'hx-trigger="every 3s"' in text
    keep(assistant=recent.assistant, weeks=12, at=timezone.now())
    assert "being worked out" not in page_of(client.get(address))
    choice = {"points": 30, "kind": "all", "day": recent.now.date() - 20 * DAY}
    shown = page_of(client.post(f"{address}drill/", choice, follow=True))
    assert "being worked out" in shown
    hold_due(at=timezone.now())
    assert "would have been found" in ask(client, recent, drill(recent))[1]


def test_what_cannot_be_worked_out_is_said(
    recent: World, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    past(recent, days=40)
    with monkeypatch.context() as context:
        context.setattr(look_back, "replayed", lambda history: 1 / 0)
        keep_due(at=timezone.now())
    text = page_of(as_(recent.lena).get(f"/a/{recent.assistant.pk}/backtest/"))
    assert "working it out failed" in text


def test_looking_at_a_drill_plants_nothing(recent: World, as_: As) -> None:
    past(recent, days=40)
    ask(as_(recent.lena), recent, "drill/")
    answer = as_(recent.lena).get(f"/a/{recent.assistant.pk}/backtest/{drill(recent)}")
    assert answer.status_code == 200
    assert "would have been found" not in page_of(answer)
    assert not HeldDrill.objects.exists()
    assert not recent.team.audit_entries.filter(action="drill.held").exists()


def test_the_same_drop_is_planted_anew_after_an_hour_and_forgotten_after_a_month(
    recent: World, as_: As
) -> None:
    past(recent, days=40)
    ask(as_(recent.lena), recent, drill(recent))
    first = HeldDrill.objects.get()
    ask(as_(recent.lena), recent, drill(recent))
    assert HeldDrill.objects.get().as_of == first.as_of
    HeldDrill.objects.update(as_of=timezone.now() - timedelta(hours=1))
    ask(as_(recent.lena), recent, drill(recent))
    again = HeldDrill.objects.get()
    assert first.as_of
    assert again.as_of
    assert again.as_of > first.as_of
    assert again.content == first.content
    hold_due(at=timezone.now() + timedelta(days=31))
    assert not HeldDrill.objects.exists()


@pytest.mark.parametrize(
    ("path", "words"), [("", "Nothing to look back on yet"), ("drill/", "Too early for a drill")]
)
def test_weeks_in_which_nobody_graded_yet_are_no_mistake(
    recent: World, as_: As, path: str, words: str
) -> None:
    for ago in range(1, 40):
        chat = recent.conversations(started_at=recent.now - timedelta(days=ago))[0]
        recent.sample(chat, places=2)
    status, text = ask(as_(recent.lena), recent, path)
    assert status == 200
    assert words in text


def test_a_drill_that_cannot_be_read_is_as_if_nobody_had_asked(recent: World, as_: As) -> None:
    past(recent, days=60)
    ask(as_(recent.lena), recent, drill(recent))
    HeldDrill.objects.update(content={"old": 1})
    path = f"/a/{recent.assistant.pk}/backtest/{drill(recent)}"
    answer = as_(recent.lena).get(path)
    assert answer.status_code == 200
    assert "would have been found" not in page_of(answer)
