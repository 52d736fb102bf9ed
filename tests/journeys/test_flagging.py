"""Flag an answer as people do it: typing with pauses, by keys, by touch, with a slow line."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page, Route, expect

from reviews.models import Flag
from tests.journeys.conftest import Open
from tests.journeys.hands import look, type_words
from tests.world import World

pytestmark = pytest.mark.journey


def search_page(world: World) -> str:
    return reverse("flags", args=[world.assistant.pk])


def reasons(page: Page) -> int:
    return page.locator("#results button.reason").count()


@pytest.mark.parametrize("start", ["flags", "assistant_home"])
def test_a_ticket_is_typed_and_a_reason_in_the_list_flags_it(
    open_as: Open, live_world: World, start: str
) -> None:
    world = live_world
    (chat,) = world.conversations(ticket_ref="48213")
    page = open_as(world.agnes, reverse(start, args=[world.assistant.pk]))
    type_words(page.locator("#q"), "48213")
    expect(page.locator("#results")).to_contain_text("Ticket 48213")
    assert page.locator("h1").count() == 1  # no whole page in the list
    page.locator("#results").get_by_role("button", name="Out of date").click()
    expect(page.get_by_role("heading", name="Flagged: Out of date")).to_be_visible()
    flag = Flag.objects.get()
    assert (flag.conversation, flag.by) == (chat, world.agnes)
    page.go_back()  # what was found is still there
    expect(page.locator("#q")).to_have_value("48213")
    expect(page.locator("#results")).to_contain_text("Ticket 48213")


@pytest.mark.parametrize("pause", [0, 150, 700])
def test_enter_leads_to_the_answer_early_late_and_pressed_twice(
    open_as: Open, live_world: World, pause: int
) -> None:
    world = live_world
    world.conversations(ticket_ref="48213")
    page = open_as(world.agnes, search_page(world))
    type_words(page.locator("#q"), "48213")
    page.wait_for_timeout(pause)
    page.keyboard.press("Enter")
    if not pause:
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What is wrong with this answer?")).to_be_visible()
    page.wait_for_url("**/flags/answer/*/")
    page.get_by_role("button", name="Wrong fact").click()
    expect(page.get_by_role("heading", name="Flagged: Wrong fact")).to_be_visible()
    assert Flag.objects.count() == 1


def test_by_touch_and_by_keys(open_as: Open, live_world: World) -> None:
    world = live_world
    world.conversations(ticket_ref="48213")
    phone = open_as(world.agnes, search_page(world), width=390, height=800, has_touch=True)
    phone.locator("#q").tap()
    phone.keyboard.type("48213", delay=60)
    phone.locator("#results").get_by_role("button", name="Incomplete").tap()
    expect(phone.get_by_role("heading", name="Flagged: Incomplete")).to_be_visible()
    page = open_as(world.agnes, search_page(world))
    page.keyboard.press("/")
    page.keyboard.type("48213", delay=60)
    expect(page.locator("#results button.reason")).to_have_count(6)
    for _ in range(3):  # past Find and the heading to the first reason
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Flagged: Wrong fact")).to_be_visible()
    assert Flag.objects.count() == 2


def test_the_answer_to_an_older_search_never_covers_the_newer_one(
    open_as: Open, live_world: World
) -> None:
    world = live_world
    world.conversations(ticket_ref="48213")
    world.conversations(ticket_ref="48214")
    page = open_as(world.agnes, search_page(world), refuses=(0,))

    def late(route: Route) -> None:
        page.wait_for_timeout(1200)
        route.continue_()

    page.route("**/flags/?list=1&q=48213", late)
    type_words(page.locator("#q"), "48213")
    look(page, 300)
    page.keyboard.press("Backspace")
    page.keyboard.press("4")
    expect(page.locator("#results")).to_contain_text("Ticket 48214")
    look(page, 1500)
    expect(page.locator("#results")).to_contain_text("Ticket 48214")
    expect(page.locator("#results")).not_to_contain_text("48213")


def test_several_chats_of_a_ticket_are_a_list_with_links(open_as: Open, live_world: World) -> None:
    world = live_world
    world.conversations(2, ticket_ref="48213")
    page = open_as(world.agnes, search_page(world))
    type_words(page.locator("#q"), "48213")
    links = page.locator("#results [data-item]")
    expect(links).to_have_count(2)
    assert reasons(page) == 0
    links.first.click()
    page.get_by_role("button", name="Wrong fact").click()
    expect(page.get_by_role("heading", name="Flagged: Wrong fact")).to_be_visible()


def test_when_the_sign_in_is_over_the_list_says_so_and_leads_back(
    open_as: Open, live_world: World
) -> None:
    world = live_world
    world.conversations(ticket_ref="48213")
    page = open_as(world.agnes, search_page(world), refuses=(401,))
    page.context.clear_cookies(name="sessionid")
    type_words(page.locator("#q"), "48213")
    expect(page.locator("#results")).to_contain_text("You are signed out.")
    assert page.locator("input[name=login]").count() == 0
    page.locator("#results").get_by_role("link", name="Sign in").click()
    expect(page.locator("input[name=login]")).to_be_visible()
    assert "next=%2Fa%2F" in page.url


def test_when_the_search_fails_the_list_says_so(open_as: Open, live_world: World) -> None:
    world = live_world
    page = open_as(world.agnes, search_page(world), refuses=(503,))
    page.route(
        "**/flags/?list=1&q=*", lambda route: route.fulfill(status=503, body="<html>no</html>")
    )
    type_words(page.locator("#q"), "48")
    expect(page.get_by_role("alert")).to_contain_text("That did not come through.")
