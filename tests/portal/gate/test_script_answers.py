"""No script is sent to another page: every address, asked by htmx and by our own scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from tests.pages import page_of
from tests.test_role_matrix import NAMES, TAKE_AWAY, address, furnish
from tests.world import World

ROOT = Path(settings.BASE_DIR)
HTMX = {"HX-Request": "true"}
OURS = {"X-Plumbline": "review"}
ASKED = re.compile(r"""hx-(?:get|post)="\{% url '(\w+)'""")


def fragments() -> set[str]:
    """The names of all addresses that a template lets htmx ask."""
    pages = (ROOT / "templates").rglob("*.html")
    return {name for page in pages for name in ASKED.findall(page.read_text())}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("headers", [HTMX, OURS], ids=["htmx", "ours"])
def test_no_address_redirects_a_script(
    world: World, as_: Callable[[User], Client], method: str, headers: dict[str, str]
) -> None:
    values = furnish(world)
    redirected, pages = [], []
    for who in (None, world.agnes, world.rosa, world.lena, world.ada):
        client = as_(who) if who else Client()
        client.raise_request_exception = False
        for name, pattern in NAMES:
            if name in TAKE_AWAY:
                continue
            answer = getattr(client, method)(address(pattern, values), headers=headers)
            if 300 <= answer.status_code < 400:
                redirected.append(f"{who} {name}: {answer.status_code}")
            page = answer.headers.get("Content-Type", "").startswith("text/html")
            if page and answer.status_code == 401 and b"<html" in answer.content:
                pages.append(f"{who} {name}")
    assert not redirected, redirected
    assert not pages, pages


def test_what_htmx_asks_is_a_fragment_for_everybody(
    world: World, as_: Callable[[User], Client]
) -> None:
    values = furnish(world)
    names = fragments()
    assert {"flags", "setup_live"} <= names
    for name, pattern in NAMES:
        if name not in names:
            continue
        for client in (Client(), as_(world.ada)):
            answer = client.get(address(pattern, values) + "?q=Ridge", headers=HTMX)
            assert answer.status_code in (200, 204, 401), name
            assert b"<html" not in answer.content, name
            assert b'name="login"' not in answer.content, name


def test_a_script_of_ours_is_told_in_words_with_the_way_back(world: World) -> None:
    page = reverse("review", args=[world.assistant.pk])
    answer = Client().post(
        reverse("review_undo", args=[world.assistant.pk]),
        headers={**OURS, "Referer": f"http://testserver{page}?done=3"},
    )
    said = answer.json()
    assert answer.status_code == 401
    assert said["code"] == "signed_out"
    assert "You are signed out." in said["message"]
    assert said["sign_in"] == f"/accounts/login/?next={page.replace('/', '%2F')}%3Fdone%3D3"


@pytest.mark.parametrize(
    "elsewhere", ["https://elsewhere.example/a/1/", "http://testserver@elsewhere.example/", "//x/"]
)
def test_the_way_back_never_leads_elsewhere(world: World, elsewhere: str) -> None:
    for headers in ({**OURS, "Referer": elsewhere}, {**HTMX, "HX-Current-URL": elsewhere}):
        answer = Client().post(reverse("review_undo", args=[world.assistant.pk]), headers=headers)
        assert answer.status_code == 401
        assert b"elsewhere" not in answer.content


def test_htmx_is_told_where_to_go_when_a_view_goes_on(
    world: World, as_: Callable[[User], Client]
) -> None:
    world.conversations(7, ticket_ref="48213")
    answer = as_(world.agnes).get(reverse("home"), headers=HTMX)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["HX-Redirect"] == reverse("assistant_home", args=[world.assistant.pk])


def test_a_plain_post_without_sign_in_comes_back_to_its_page_not_to_an_address_for_posts(
    world: World,
) -> None:
    page = reverse("flags", args=[world.assistant.pk])
    answer = Client().post(
        reverse("flag_note", args=[world.assistant.pk, 1]),
        {"note": ""},
        headers={"Referer": f"http://testserver{page}"},
    )
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(f"?next={page.replace('/', '%2F')}")


@pytest.mark.parametrize(("path", "status"), [("/a/999999/review/", 404), ("/nowhere/", 404)])
def test_errors_reach_a_script_as_words(
    world: World, as_: Callable[[User], Client], path: str, status: int, settings: Any
) -> None:
    settings.DEBUG = False
    answer = as_(world.rosa).get(path, headers=OURS)
    assert answer.status_code == status
    assert "Nothing was saved" in answer.json()["message"]
    assert answer.headers["X-Plumbline"] == "1"


def test_a_ticket_typed_in_full_is_at_the_top_of_the_list_ready_to_flag(
    world: World, as_: Callable[[User], Client]
) -> None:
    (chat,) = world.conversations(ticket_ref="48213")
    search = reverse("flags", args=[world.assistant.pk])
    flag = reverse("flag_answer", args=[world.assistant.pk, chat.pk])
    client = as_(world.agnes)
    html = page_of(client.get(search, {"q": "48213"}, headers=HTMX))
    assert f'action="{flag}"' in html
    assert html.count('class="reason"') == 6
    assert "Ticket 48213" in html
    typed = client.get(search, {"q": "48213"})  # Enter: the form itself
    assert (typed.status_code, typed.headers["Location"]) == (302, flag)
    assert client.post(flag, {"reason": "wrong_fact"}).status_code == 302
