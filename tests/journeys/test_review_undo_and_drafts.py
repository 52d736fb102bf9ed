"""Undo takes back the grade it names; a draft is kept however somebody leaves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from reviews.models import Assignment, Grade, Verdict
from tests.journeys.hands import (
    expect_shown,
    grade_keys,
    look,
    shown,
    sign_in,
    wait_for_grades,
    wait_until,
)
from tests.world import World

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("late", [2500, 0])
def test_undo_takes_back_the_grade_that_is_on_its_way(
    review: Callable[..., Page], late: int
) -> None:
    page = review()
    first = shown(page)
    grade_keys(page)
    wait_for_grades(1)
    second = shown(page)

    def slow(route: Route) -> None:
        page.wait_for_timeout(late)
        route.continue_()

    page.route(f"**/review/{second}/", slow)
    grade_keys(page, "2222")
    page.keyboard.press("u")
    expect_shown(page, second)
    wait_for_grades(1, verdict=Verdict.WITHDRAWN)
    assert Grade.objects.get(verdict=Verdict.WITHDRAWN).assignment_id == int(second)
    assert Grade.objects.filter(assignment=int(first)).count() == 1
    expect(page.locator(".cr .badge.warn")).to_have_count(4)  # what was chosen is there again
    page.keyboard.press("u")  # and the one before, in its turn
    expect_shown(page, first)
    wait_for_grades(2, verdict=Verdict.WITHDRAWN)


def test_undo_after_loading_the_page_again_names_the_newest_grade(
    review: Callable[..., Page],
) -> None:
    page = review()
    first = shown(page)
    grade_keys(page)
    wait_for_grades(1)
    page.reload()
    look(page, 300)
    page.keyboard.press("u")
    expect_shown(page, first)
    assert Grade.objects.filter(verdict=Verdict.WITHDRAWN).count() == 1


@pytest.mark.parametrize("way", ["escape", "reload", "link", "close"])
def test_a_comment_typed_just_before_leaving_is_there_on_coming_back(
    review: Callable[..., Page], way: str
) -> None:
    page = review()
    place, address, context = shown(page), page.url, page.context
    page.keyboard.press("c")
    page.keyboard.type("Deck 4 is closed in winter")
    if way == "escape":
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        page.wait_for_url(lambda url: "/review/" not in url)
    elif way == "reload":
        page.reload()
    elif way == "link":
        page.goto("about:blank")
    else:
        page.close(run_before_unload=True)
        page = context.new_page()
    page.goto(address)
    expect(page.locator("#note")).to_have_value("Deck 4 is closed in winter")
    assert shown(page) == place
    wait_until(lambda: Assignment.objects.get(pk=place).draft is not None, "a draft")
    draft = Assignment.objects.get(pk=place).draft
    assert draft is not None
    assert draft["note"] == "Deck 4 is closed in winter"


def test_a_draft_is_never_called_saved_when_it_is_not(
    review: Callable[..., Page], live_server: LiveServer, live_world: World
) -> None:
    page = review(401)
    saved = page.locator("[data-saved]")
    page.keyboard.press("3")
    expect(saved).to_have_text("Draft saved")
    page.context.clear_cookies(name="sessionid")
    page.keyboard.press("3")
    expect(saved).to_have_text("Draft kept on this computer, not on the server yet")
    expect(page.locator("[data-offline]")).to_contain_text("You are signed out.")
    sign_in(page.context, live_server, live_world.rosa)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(saved).to_have_text("Draft saved")
    expect(page.locator("[data-offline]")).to_be_hidden()
