"""`manage.py list_urls` and the addresses themselves: what it says of each is what happens."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse
from django.views.decorators.http import require_GET, require_http_methods

from ingestion.access import assistant_page
from portal.accounts.access import team_page
from portal.accounts.models import Role, User
from portal.shell.url_list import METHODS, addresses, methods_of, who_may
from tests.test_role_matrix import furnish
from tests.world import World

SIGN_IN = [one for one in addresses() if one.path.startswith("/accounts/")]
OURS = [one for one in addresses() if one not in SIGN_IN and one.name != "api_not_found"]
SOME = {"key": "no-such-key", "uidb36": "1"}


def sample_view(request: HttpRequest, *args: object) -> HttpResponse:
    return HttpResponse()


def said(*options: str) -> str:
    out = io.StringIO()
    call_command("list_urls", *options, stdout=out)
    return out.getvalue()


def arguments(name: str, values: dict[str, Any]) -> dict[str, Any]:
    (found,) = get_resolver().reverse_dict.getlist(name)[0][0]
    return {one: values[one] for one in found[1]}


def test_it_lists_every_address_once() -> None:
    rows = json.loads(said("--json"))
    paths = [one["path"] for one in rows]
    assert len(paths) == len(set(paths)) > 90
    assert {"/", "/api/v1/conversations", "/accounts/login/", "/accounts/2fa/"} <= set(paths)
    assert all(one["name"] and one["methods"] for one in rows)


def test_the_table_for_people_holds_the_same() -> None:
    lines = said().splitlines()
    assert lines[0].split() == ["PATH", "NAME", "METHODS", "WHO"]
    assert len(lines) == len(addresses()) + 1
    (part,) = [line for line in lines if "/owners/<int:part_id>/" in line]
    assert part.split()[1:] == ["part", "GET,POST", "agent;", "to", "change:", "lead"]


@pytest.mark.parametrize(
    ("view", "who", "methods"),
    [
        (sample_view, ("anonymous", "anonymous", ""), METHODS),
        (require_GET(sample_view), ("anonymous", "anonymous", ""), ("GET",)),
        (team_page(Role.LEAD)(sample_view), ("lead", "lead", ""), METHODS),
        (
            assistant_page(Role.AGENT, changes=Role.ADMIN, only="some")(
                require_http_methods(["GET", "POST"])(sample_view)
            ),
            ("agent", "admin", "some"),
            ("GET", "POST"),
        ),
    ],
    ids=["bare", "only-get", "team-page", "assistant-page"],
)
def test_it_reads_the_decorators_of_a_view(
    view: Callable[..., Any], who: tuple[str, str, str], methods: tuple[str, ...]
) -> None:
    assert who_may(view) == who
    assert methods_of(view) == methods


@pytest.mark.django_db
@pytest.mark.parametrize("one", SIGN_IN, ids=lambda one: one.name)
def test_who_may_use_the_addresses_of_signing_in(one: Any) -> None:
    answer = Client().get(reverse(one.name, kwargs=arguments(one.name, SOME)))
    to_sign_in = urlsplit(answer.headers.get("Location", ""))
    asked = to_sign_in.path == reverse("account_login") and to_sign_in.query.startswith("next=")
    assert asked == (one.who == "member"), (answer.status_code, to_sign_in)


@pytest.mark.parametrize("method", [one for one in METHODS if one != "POST"])
def test_a_method_is_listed_where_it_is_answered(
    world: World, as_: Callable[[User], Client], method: str
) -> None:
    """POST changes rows that the others ask for; the role matrix asks for it."""
    values = furnish(world)
    client = as_(world.ada)
    client.raise_request_exception = False
    wrong = []
    for one in OURS:
        given = {name: value.get(one.name, value[""]) for name, value in values.items()}
        given["number"] = 1
        path = reverse(one.name, kwargs=arguments(one.name, given))
        answered = client.generic(method, path).status_code != 405
        if answered != (method in one.methods):
            wrong.append(f"{method} {one.name}")
    assert not wrong
