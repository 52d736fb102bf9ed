"""Looking back and the fire drill as a lead sees them; nobody below a lead does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from portal.accounts.models import User
from reviews.models import Alert, Incident, SamplingPolicy
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
    answer = client.get(f"/a/{world.assistant.pk}/backtest/{path}")
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
    assert text.count("likely ") >= 5


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
    client = as_(recent.lena)
    for path in ("", "?weeks=26", drill(recent, ago=10)):
        with django_assert_max_num_queries(24):
            ask(client, recent, path)


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
