"""Nothing a reviewer does is lost: a sign-in that ends, lines that are slow or gone, two tabs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from portal.accounts.models import Membership, Role
from reviews.models import Assignment, Grade, Skip
from tests.journeys.hands import grade_keys, look, shown, sign_in, wait_for_grades, wait_until
from tests.world import World

pytestmark = pytest.mark.journey
GRADE = "**/review/*/"


def kept(page: Page) -> list[dict[str, object]]:
    """The grades that wait on this computer."""
    found = page.evaluate(
        "Object.entries(localStorage).filter(([k]) => k.startsWith('plumbline-waiting'))"
        ".flatMap(([, v]) => JSON.parse(v))"
    )
    return list(found)


def test_a_sign_in_that_ends_keeps_the_grades_until_the_same_person_is_back(
    review: Callable[..., Page], live_server: LiveServer, live_world: World
) -> None:
    page = review(401, 409)
    first = shown(page)
    page.context.clear_cookies(name="sessionid")
    grade_keys(page)
    said = page.locator("[data-offline]")
    expect(said).to_contain_text("1 grade waiting to send. You are signed out: sign in again")
    expect(said.get_by_role("link", name="Sign in")).to_be_visible()
    assert page.locator("#items input[name=login]").count() == 0
    grade_keys(page)  # and on with the next one, which is in the page
    expect(said).to_contain_text("2 grades waiting to send")
    sign_in(page.context, live_server, live_world.remy)  # somebody else, on the same computer
    other = page.context.new_page()
    other.goto(live_server.url + reverse("assistant_home", args=[live_world.assistant.pk]))
    look(other)
    expect(other.locator("[data-offline]")).to_be_hidden()
    other.close()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(said).to_contain_text("Somebody else is signed in")
    assert not Grade.objects.exists()
    sign_in(page.context, live_server, live_world.rosa)
    page.evaluate("dispatchEvent(new Event('online'))")
    wait_for_grades(2, reviewer=live_world.rosa)
    expect(said).to_be_hidden()
    wait_until(lambda: kept(page) == [], "nothing waits")
    assert Grade.objects.filter(assignment=int(first)).count() == 1


def test_what_waits_goes_up_from_home(
    review: Callable[..., Page], live_server: LiveServer, live_world: World
) -> None:
    page = review(401)
    page.context.clear_cookies(name="sessionid")
    grade_keys(page)
    expect(page.locator("[data-offline]")).to_be_visible()
    sign_in(page.context, live_server, live_world.rosa)
    page.goto(live_server.url + reverse("assistant_home", args=[live_world.assistant.pk]))
    wait_for_grades(1)
    wait_until(lambda: kept(page) == [], "nothing waits")
    expect(page.locator("[data-offline]")).to_be_hidden()


def test_the_end_of_a_sitting_sends_what_waits(
    review: Callable[..., Page], live_server: LiveServer, live_world: World
) -> None:
    page = review(401)
    page.context.clear_cookies(name="sessionid")
    grade_keys(page)
    expect(page.locator("[data-offline]")).to_be_visible()
    sign_in(page.context, live_server, live_world.rosa)
    done = reverse("review_done", args=[live_world.assistant.pk])
    page.goto(f"{live_server.url}{done}?done=25")  # it gives back what is in hand first
    wait_for_grades(1)


@pytest.mark.parametrize("status", [500, 502, 504, 429, 200, 0])
def test_a_grade_that_does_not_arrive_is_kept_said_and_sent_again(
    review: Callable[..., Page], status: int
) -> None:
    page = review(status)

    def fail(route: Route) -> None:
        if status:  # 200: the page of a network that wants its own sign-in
            route.fulfill(status=status, body="<html><input name=login></html>")
        else:
            route.abort()

    page.route(GRADE, fail)
    grade_keys(page)
    expect(page.locator("[data-offline]")).to_contain_text("1 grade waiting to send.")
    assert len(kept(page)) == 1
    assert page.locator("#items input").count() == 0
    page.unroute(GRADE)
    page.evaluate("dispatchEvent(new Event('online'))")
    wait_for_grades(1)
    expect(page.locator("[data-offline]")).to_be_hidden()


def test_offline_grades_queue_and_go_up_once(review: Callable[..., Page]) -> None:
    page = review(0)
    page.context.set_offline(True)
    grade_keys(page)
    grade_keys(page, "2222")
    expect(page.get_by_text("No more answers are loaded.")).to_be_visible()
    expect(page.locator("[data-offline]")).to_contain_text("2 grades waiting to send")
    page.context.set_offline(False)
    wait_for_grades(2)
    expect(page.locator(".item:not([hidden])")).to_have_count(1)  # and on with the sitting
    look(page)
    assert Grade.objects.count() == 2


def test_two_tabs_send_a_grade_once(review: Callable[..., Page], live_server: LiveServer) -> None:
    page = review(0)
    page.context.set_offline(True)
    grade_keys(page)
    expect(page.locator("[data-offline]")).to_be_visible()
    second = page.context.new_page()
    page.context.set_offline(False)
    second.goto(live_server.url + "/profile/")
    page.evaluate("dispatchEvent(new Event('online'))")
    wait_for_grades(1)
    wait_until(lambda: kept(page) == [], "nothing waits")
    look(page)
    assert Grade.objects.count() == 1


def test_a_grade_whose_place_is_gone_stays_readable(
    review: Callable[..., Page], live_world: World
) -> None:
    page = review(409)
    place = shown(page)
    page.keyboard.press("c")
    page.keyboard.type("Deck 3 is closed", delay=20)
    page.keyboard.press("Enter")
    Assignment.objects.filter(pk=place).update(reviewer=live_world.remy)
    grade_keys(page)
    said = page.locator("[data-offline]")
    expect(said).to_contain_text("1 grade could not be saved.")
    said.get_by_role("button", name="Show").click()
    sheet = page.locator("#refused")
    expect(sheet).to_contain_text("This answer went to somebody else")
    expect(sheet).to_contain_text("Deck 3 is closed")
    expect(sheet).to_contain_text("Correct: Meets")
    sheet.get_by_role("button", name="Throw it away").click()
    expect(said).to_be_hidden()
    assert kept(page) == []


def test_a_role_that_was_lost_keeps_the_grade(
    review: Callable[..., Page], live_world: World
) -> None:
    page = review(403)
    rosa = Membership.objects.filter(user=live_world.rosa)
    rosa.update(role=Role.AGENT)
    grade_keys(page)
    expect(page.locator("[data-offline]")).to_contain_text("Your role does not reach this.")
    rosa.update(role=Role.REVIEWER)
    page.evaluate("dispatchEvent(new Event('online'))")
    wait_for_grades(1)


def test_a_browser_that_keeps_nothing_says_so(review: Callable[..., Page]) -> None:
    page = review(0)
    page.evaluate(
        "() => { Storage.prototype.setItem = () => { throw new DOMException('', 'Quota'); }; }"
    )
    page.context.set_offline(True)
    page.keyboard.press("c")
    page.keyboard.type("Deck 3", delay=20)
    expect(page.locator("[data-saved]")).to_contain_text("Draft not saved: this browser keeps")
    page.keyboard.press("Enter")
    grade_keys(page)
    expect(page.locator("[data-offline]")).to_contain_text("leave this page open")
    page.context.set_offline(False)
    wait_for_grades(1)
    assert Grade.objects.get().note == "Deck 3"


def test_a_skip_is_kept_too(review: Callable[..., Page], live_world: World) -> None:
    page = review(0)
    place = shown(page)
    page.context.set_offline(True)
    page.keyboard.press("s")
    page.get_by_role("button", name="Needs an expert").click()
    expect(page.locator("[data-offline]")).to_contain_text("1 skip waiting to send")
    assert shown(page) != place
    page.context.set_offline(False)
    wait_until(lambda: Skip.objects.filter(reviewer=live_world.rosa).count() == 1, "a skip")
