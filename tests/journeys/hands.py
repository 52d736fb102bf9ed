"""How people use a page: they type letter by letter, with pauses, and look before they press."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from portal.accounts.models import User
from reviews.models import Grade

A_LETTER = 60  # milliseconds between two letters of somebody who types well
A_LOOK = 700  # longer than any of our delays: somebody reads before going on


def type_words(field: Locator, words: str) -> None:
    """Type into a field, letter by letter."""
    field.click()
    field.press_sequentially(words, delay=A_LETTER)


def look(page: Page, milliseconds: int = A_LOOK) -> None:
    """Do nothing for a moment, as people do."""
    page.wait_for_timeout(milliseconds)


def shown(page: Page) -> str:
    """The id of the answer on the review screen."""
    return str(page.locator(".item:not([hidden])").get_attribute("data-item-id"))


def grade_keys(page: Page, keys: str = "3333") -> None:
    """Press the levels and Enter at a person's speed; does not wait for what comes after."""
    look(page, 300)  # a key within 250 ms of a new answer does nothing
    for key in keys:
        page.keyboard.press(key, delay=20)
    page.keyboard.press("Enter")


def expect_shown(page: Page, item: str) -> None:
    """The answer with this id is on screen, or comes."""
    expect(page.locator(".item:not([hidden])")).to_have_attribute("data-item-id", item)


def wait_until(true: Callable[[], bool], what: str, seconds: float = 10) -> None:
    """Wait for something that happens behind the page."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"It did not come to this in {seconds} s: {what}"
        time.sleep(0.05)


def wait_for_grades(count: int, **how: object) -> None:
    """Grades go up behind the screen; wait until so many of these have arrived."""
    wait_until(lambda: Grade.objects.filter(**how).count() == count, f"{count} grades {how}")


def sign_in(context: BrowserContext, server: LiveServer, who: User) -> None:
    """What signing in again in another tab does: a new session, a new token."""
    client = Client()
    client.force_login(who)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.clear_cookies()
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server.url}]
    )
    tab = context.new_page()
    tab.goto(server.url + "/profile/")
    tab.close()
