"""Back after signing out shows nothing of what was on the page."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.journeys.conftest import Open
from tests.world import World

pytestmark = pytest.mark.journey
WORDS = "Can I return a sale jacket?"


def test_back_after_signing_out_shows_no_words_of_customers(
    open_as: Open, live_world: World
) -> None:
    world = live_world
    conversation = world.conversations()[0]
    page = open_as(world.lena, reverse("conversation", args=[world.assistant.pk, conversation.pk]))
    expect(page.get_by_text(WORDS).first).to_be_visible()
    page.locator("form[action$='/logout/'] button").first.evaluate("button => button.click()")
    page.wait_for_url("**/accounts/login/**")
    page.go_back()
    expect(page.get_by_label("Password")).to_be_visible()
    assert WORDS not in page.content()
    assert "/accounts/login/" in page.url


def test_a_page_that_a_browser_kept_all_the_same_is_hidden_and_asked_for_again(
    open_as: Open, live_world: World
) -> None:
    page = open_as(live_world.lena, reverse("owners", args=[live_world.assistant.pk]))
    with page.expect_navigation():
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    assert not page.evaluate("document.documentElement.hidden")
