"""Quiet hours by the team's clock, the defaults of roles, and the link that stops it all."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from portal.accounts.models import Membership, Role
from reviews.alerts.people import (
    Choice,
    after_quiet,
    choice_of,
    choose,
    default_choice,
    stop_alerts,
    stop_token,
)
from reviews.reports.reports import stop_token as weekly_stop_token
from tests.world import World


@pytest.mark.parametrize(
    ("zone", "begin", "end", "at", "sent"),
    [
        pytest.param("UTC", 22, 7, "2026-11-18T12:00", "2026-11-18T12:00", id="by day"),
        pytest.param("UTC", 22, 7, "2026-11-18T22:00", "2026-11-19T07:00", id="it begins"),
        pytest.param("UTC", 22, 7, "2026-11-19T06:59", "2026-11-19T07:00", id="after midnight"),
        pytest.param("UTC", 22, 7, "2026-11-19T07:00", "2026-11-19T07:00", id="it is over"),
        pytest.param("UTC", 12, 14, "2026-11-18T13:30", "2026-11-18T14:00", id="at noon"),
        pytest.param(
            "America/New_York", 22, 7, "2026-11-19T04:00", "2026-11-19T12:00", id="elsewhere"
        ),
        pytest.param(
            "Europe/London", 22, 7, "2026-10-24T22:30", "2026-10-25T07:00", id="a night of 25 hours"
        ),
        pytest.param(
            "Europe/London", 22, 7, "2026-03-28T23:00", "2026-03-29T06:00", id="a night of 23 hours"
        ),
        pytest.param(
            "Europe/London", 22, 1, "2026-03-28T23:00", "2026-03-29T01:00", id="an end that is not"
        ),
        pytest.param(
            "Europe/London", 0, 2, "2026-10-25T01:15", "2026-10-25T02:00", id="an hour twice"
        ),
    ],
)
def test_quiet_hours(zone: str, begin: int, end: int, at: str, sent: str) -> None:
    choice = Choice("any", True, True, time(begin), time(end))
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert after_quiet(moment, choice, ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M") == sent


def test_the_end_in_the_hour_that_comes_twice_is_never_before_now() -> None:
    choice = Choice("any", True, True, time(22), time(1, 30))
    second = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)  # 01:15 for the second time
    assert after_quiet(second, choice, ZoneInfo("Europe/London")) == second.replace(minute=30)


@pytest.mark.parametrize(
    ("role", "choice"),
    [
        (Role.AGENT, Choice("mine", False, False)),
        (Role.REVIEWER, Choice("mine", False, False)),
        (Role.LEAD, Choice("any", True, True)),
        (Role.ADMIN, Choice("any", True, True)),
    ],
)
def test_defaults(role: Role, choice: Choice) -> None:
    assert default_choice(role) == choice


def test_the_link_stops_everything_and_keeps_the_quiet_hours(world: World) -> None:
    member = Membership.objects.get(user=world.lena)
    choose(member=member, choice=Choice("any", True, True, time(22), time(7)))
    assert stop_alerts(token=stop_token(world.lena, world.team)) == member
    now = choice_of(Membership.objects.get(pk=member.pk))
    assert now == Choice("none", False, False, time(22), time(7))


def test_a_link_of_another_sort_or_another_team_stops_nothing(world: World) -> None:
    for token in (
        "no token",
        weekly_stop_token(world.lena, world.team),
        stop_token(world.lena, world.other_team),
    ):
        assert stop_alerts(token=token) is None
    assert choice_of(Membership.objects.get(user=world.lena)).incidents == "any"
