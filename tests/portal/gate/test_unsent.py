"""What was typed is not lost when the sign-in is over: told to browsers, laid out for those
without scripts, and never for another site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from reviews.grading.flagging import NewFlag, raise_flag
from reviews.models import Flag
from tests.pages import page_of
from tests.world import World

HERE = {"Origin": "http://testserver"}
NOTE = "Deck 3 is closed <b>in winter</b>"


@pytest.fixture
def note_url(world: World) -> str:
    """Where Agnes adds a note to her flag."""
    flag, _ = raise_flag(
        assistant=world.assistant, new=NewFlag(reason="wrong_fact", pasted_text="No."),
        by=world.agnes, label="Agnes", at=world.now, when=world.now,
    )  # fmt: skip
    return reverse("flag_note", args=[world.assistant.pk, flag.pk])


def send(client: Client, url: str, **fields: Any) -> Any:
    return client.post(url, {"note": NOTE, **fields}, headers=HERE)


def test_signed_out_without_scripts_what_was_typed_is_on_the_page(note_url: str) -> None:
    answer = send(Client(), note_url)
    page = page_of(answer)
    assert answer.status_code == 401
    assert "Deck 3 is closed &lt;b&gt;in winter&lt;/b&gt;</textarea>" in page
    assert f'action="{note_url}"' in page
    assert "/accounts/login/?next=" in page
    assert Flag.objects.get().note == ""


def test_it_is_sent_from_there_after_signing_in(world: World, note_url: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.get("/accounts/login/")
    old = browser.cookies["csrftoken"].value
    browser.force_login(world.agnes)
    browser.cookies["csrftoken"] = "x" * 32  # signing in changed the token
    again = send(browser, note_url, csrfmiddlewaretoken=old)
    page = page_of(again)
    assert again.status_code == 403
    assert "Deck 3 is closed" in page
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    assert send(browser, note_url, csrfmiddlewaretoken=token).status_code == 302
    assert Flag.objects.get().note.startswith("Deck 3 is closed")


@pytest.mark.parametrize("headers", [{"Origin": "https://elsewhere.example"}, {}], ids=str)
@pytest.mark.parametrize("signed_in", [True, False])
def test_what_another_site_sends_is_never_laid_out(
    world: World, note_url: str, headers: dict[str, str], signed_in: bool
) -> None:
    browser = Client(enforce_csrf_checks=True)
    if signed_in:
        browser.force_login(world.agnes)
    answer = browser.post(note_url, {"note": NOTE}, headers=headers)
    assert answer.status_code in (302, 403)
    assert b"Deck 3" not in answer.content


@pytest.mark.parametrize(
    "fields", [{"password": "plumb-line-true"}, {"webhook_secret": "x y"}, {"note": " "}]
)
def test_passwords_are_never_laid_out_nor_is_nothing(note_url: str, fields: dict[str, str]) -> None:
    answer = Client().post(note_url, fields, headers=HERE)
    assert answer.status_code == 302
    assert b"plumb-line-true" not in answer.content


def test_a_browser_that_keeps_it_goes_straight_to_sign_in(note_url: str) -> None:
    answer = send(Client(), note_url, plumbline_kept="0a1b")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/?next=")
    assert "plumbline_got_0a1b" not in answer.cookies


def test_a_browser_is_told_which_posts_arrived(
    world: World, as_: Callable[[User], Client], note_url: str
) -> None:
    agnes = as_(world.agnes)
    assert send(agnes, note_url, plumbline_kept="0a1b").cookies["plumbline_got_0a1b"].value == "1"
    refused = agnes.post(
        reverse("flag_anyway", args=[world.assistant.pk]), {"plumbline_kept": "0a1c"}
    )
    assert refused.status_code == 422  # shown again, with what was typed
    assert "plumbline_got_0a1c" in refused.cookies
    gone = agnes.post(note_url.replace("/flags/", "/flags/9"), {"plumbline_kept": "0a1d"})
    assert gone.status_code == 404
    for odd in ("x y", "\r\nSet-Cookie: a=b", "é", "0" * 200, ""):
        cookies = send(agnes, note_url, plumbline_kept=odd).cookies
        assert not [name for name in cookies if name.startswith("plumbline_got")]


def test_what_somebody_else_typed_is_not_sent_in_another_name(
    world: World, as_: Callable[[User], Client], note_url: str
) -> None:
    answer = send(as_(world.agnes), note_url, plumbline_person=str(world.rosa.pk))
    assert answer.status_code == 409
    assert "Nothing was sent in your name, Agnes Agent" in page_of(answer)
    assert Flag.objects.get().note == ""
