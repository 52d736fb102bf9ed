"""Hypothesis puts hostile values into every field, parameter and part of a path that there is; the
addresses and their fields are read off the program. `make fuzz` goes on for minutes."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.conf import settings as configured
from django.http import Http404
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from portal.accounts.models import User
from tests.fuzz.asked import FIRST, LAST
from tests.fuzz.house import Everything, Target
from tests.fuzz.values import hostile
from tests.world import World

NEEDED = {
    ("flag_anyway", "POST", "ref"), ("kind_first", "POST", "kind"), ("join", "POST", "password"),
    ("release_note", "POST", "note"), ("incident_note", "POST", "text"),
    ("report", "GET", "(path)"), ("api_quality", "GET", "from"), ("api_quality", "GET", "kind"),
    ("review_draft", "POST", "draft"),
    ("grade", "POST", "evidence"), ("answers", "GET", "day"), ("account_login", "POST", "login"),
    ("trends", "GET", "a_from"), ("definition_edit", "POST", "title"),
}  # fmt: skip


@pytest.fixture
def everything(world: World, settings: Any) -> Everything:
    counted = {**configured.CACHES["default"], "KEY_PREFIX": f"fuzz-{uuid.uuid4().hex}"}
    settings.CACHES = {"default": counted}
    settings.ACCOUNT_RATE_LIMITS = False
    settings.MIDDLEWARE = [FIRST, *configured.MIDDLEWARE, LAST]
    return Everything(world, most=12)


@pytest.mark.long
def test_no_value_in_any_place_makes_the_server_fail(everything: Everything) -> None:
    targets = list(everything.targets())
    places = {(one.name, one.method, one.field) for one in targets}
    assert places >= NEEDED, f"Not found by itself: {NEEDED - places}"

    @settings(
        max_examples=1,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(hostile(), min_size=40, max_size=40))
    def a_round(values: list[str]) -> None:
        for place, target in enumerate(targets):
            everything.attack(target, values[place % len(values)])

    a_round()
    assert not everything.findings.lines, "\n".join(everything.findings.lines)


def test_the_fuzz_itself_sees_a_failure_and_a_half_stored_row(
    everything: Everything, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = Target("profile", "POST", "/profile/", "name", "/profile/")

    def fails(*args: Any, **kwargs: Any) -> None:
        raise ZeroDivisionError

    def stores_half(*, user: User, **kwargs: Any) -> None:
        User.objects.filter(pk=user.pk).update(name="Half")
        raise Http404

    for broken in (fails, stores_half):
        with monkeypatch.context() as patched:
            patched.setattr("portal.accounts.people.change_profile", broken)
            everything.attack(profile, "Ada")
    error, half = everything.findings.lines
    assert "ZeroDivisionError" in error
    assert half == "half stored: POST profile: name='Ada': 404"
