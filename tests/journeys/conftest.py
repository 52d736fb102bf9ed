"""A real browser on a real server, signed in as somebody of the cast."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from portal.accounts.models import User
from tests.browser import find
from tests.world import World

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Playwright's synchronous interface runs an event loop; our own queries beside it are meant.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless browser for the worker."""
    path = find()
    assert path is not None, "No browser: run `python -m tests.browser`."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(path), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def live_world(transactional_db: None) -> World:
    """The cast, committed, so that the server's own connections see it."""
    return World()


Open = Callable[..., Page]
WORKING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND backend_type = 'client backend' AND state <> 'idle'
"""
ENDS_WITHIN = 10.0  # seconds


def let_the_server_end() -> None:
    """Wait until the server has done what the last page asked for: the tables are emptied next, and
    whoever still reads them and whoever empties them would wait for each other."""
    deadline, quiet = time.monotonic() + ENDS_WITHIN, 0
    while quiet < 3 and time.monotonic() < deadline:  # a request may be between two statements
        time.sleep(0.05)
        with connection.cursor() as cursor:
            cursor.execute(WORKING)
            quiet = 0 if cursor.fetchone()[0] else quiet + 1


@pytest.fixture
def open_as(browser: Browser, live_server: LiveServer, live_world: World) -> Iterator[Open]:
    """`open_as(user, path, width=1440, ...)` is a page in a fresh browser of that person.

    A page that logs an error in its console fails the test. The browser itself logs requests that
    fail: a refused form (422) is always meant, other statuses (0: nothing came) when a test names
    them in `refuses`.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []
    meant = ["status of 422"]

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(one in message.text for one in meant):
            errors.append(message.text)

    def visit(
        user: User,
        path: str,
        *,
        width: int = 1440,
        height: int = 900,
        refuses: tuple[int, ...] = (),
        **options: Any,
    ) -> Page:
        meant.extend(f"status of {status}" for status in refuses)
        meant.extend(f"Response Status Error Code {status} " for status in refuses)  # htmx's own
        meant.extend(["net::ERR", "htmx:send", "htmx:afterRequest"] if 0 in refuses else [])
        client = Client()
        client.force_login(user)
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(live_server.url + path)
        return page

    yield visit
    for context in contexts:
        context.close()
    let_the_server_end()
    assert not errors, errors


@pytest.fixture
def review(open_as: Open, live_world: World) -> Callable[..., Page]:
    """Rosa's review screen with six answers that wait; `review(401)` means those statuses."""
    assert live_world.definition
    for chat in live_world.conversations(6):
        live_world.sample(chat)

    def visit(*refuses: int) -> Page:
        path = reverse("review", args=[live_world.assistant.pk])
        return open_as(live_world.rosa, path, refuses=refuses)

    return visit
