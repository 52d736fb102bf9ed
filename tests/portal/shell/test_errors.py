"""What people see when something cannot be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from portal.accounts.models import Role, User
from portal.shell import errors
from tests.world import World

As = Callable[[User], Client]


@pytest.fixture
def request_() -> HttpRequest:
    return RequestFactory().get("/somewhere/")


def test_a_page_that_is_not_there_says_what_may_have_happened(world: World, as_: As) -> None:
    response = as_(world.lena).get("/a/999999/")
    assert response.status_code == 404
    assert "There is no such page here" in response.text
    assert "Nothing was changed" in response.text


def test_another_teams_page_looks_just_like_one_that_is_not_there(world: World, as_: As) -> None:
    client = as_(world.otto)
    theirs = client.get(reverse("assistant_home", args=[world.assistant.pk]))
    none = client.get(reverse("assistant_home", args=[999_999]))
    assert theirs.status_code == none.status_code == 404
    assert world.assistant.name not in theirs.text


def test_who_may_not_is_told_who_may_and_can_ask_them(world: World, as_: As) -> None:
    response = as_(world.agnes).get(reverse("setup", args=[world.assistant.pk]))
    assert response.status_code == 403
    assert "It takes the role of admin." in response.text
    assert "Ask Ada Admin" in response.text
    assert "mailto:ada@acorn.example" in response.text
    assert "Lena" not in response.text


def test_somebody_who_left_is_not_named(world: World, as_: As) -> None:
    gone = world.person("Gus Gone", Role.ADMIN)
    gone.memberships.update(ended_at=world.now)
    response = as_(world.agnes).get(reverse("setup", args=[world.assistant.pk]))
    assert "Gus Gone" not in response.text


@pytest.mark.django_db
def test_a_form_that_is_too_old_says_that_nothing_was_saved() -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(reverse("account_login"), {"login": "a@b.example"})
    assert response.status_code == 403
    assert "That form was too old" in response.text


@pytest.mark.django_db
def test_a_request_no_page_of_ours_sends_is_400(request_: HttpRequest) -> None:
    response = errors.bad_request(request_, BadRequest("no"))
    assert response.status_code == 400
    assert "Nothing was changed" in response.text


def test_an_error_of_ours_gives_a_code_to_quote_and_needs_no_database(
    request_: HttpRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[dict[str, Any]] = []
    monkeypatch.setattr(errors.log, "error", lambda event, **fields: logged.append(fields))
    response = errors.server_error(request_)  # no `db` fixture: a query would fail this test
    assert response.status_code == 500
    assert logged[0]["code"] in response.text
    assert len(logged[0]["code"]) == 6


@pytest.mark.django_db
def test_too_many_tries_at_signing_in_says_how_long_to_wait() -> None:
    client = Client(REMOTE_ADDR="203.0.113.77")
    wrong = {"login": "nobody@acorn.example", "password": "wrong-but-long"}
    answers = [client.post(reverse("account_login"), wrong) for _ in range(40)]
    refused = [one for one in answers if one.status_code == 429]
    assert refused
    assert "Wait five minutes" in refused[0].text
