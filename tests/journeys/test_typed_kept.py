"""What somebody typed into a form comes back when the post did not arrive, in every room."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from portal.accounts.models import User
from reviews.grading.flagging import NewFlag, raise_flag
from reviews.models import Flag, Incident
from reviews.watch.incidents import open_by_hand
from tests.journeys.conftest import Open
from tests.journeys.hands import look, sign_in, type_words, wait_until
from tests.world import PASSWORD, World

pytestmark = pytest.mark.journey
WORDS = "Deck 3 is closed in winter"


@pytest.fixture
def incident(live_world: World) -> Incident:
    """An incident that takes notes."""
    return open_by_hand(
        assistant=live_world.assistant, title="Worse", kind=None, started=live_world.now.date(),
        by=live_world.lena, at=live_world.now,
    )  # fmt: skip


def sign_in_here(page: Page, who: User) -> None:
    """Fill in the sign-in page that a person was sent to."""
    assert who.email
    who.set_password(PASSWORD)
    who.save()
    type_words(page.locator("input[name=login]"), who.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)


def incident_page(world: World) -> str:
    return reverse("incident", args=[world.assistant.pk, 1])


def add_note(page: Page) -> None:
    type_words(page.locator("form[action$='/note/'] input[name=text]"), WORDS)
    page.locator("form[action$='/note/'] button").click()


def test_a_note_comes_back_after_signing_in(
    open_as: Open, live_world: World, incident: Incident
) -> None:
    page = open_as(live_world.lena, incident_page(live_world))
    page.context.clear_cookies(name="sessionid")
    add_note(page)
    expect(page.get_by_text("It is kept in this tab")).to_be_visible()
    sign_in_here(page, live_world.lena)
    expect(page.get_by_text("What you typed is back")).to_be_visible()
    expect(page.locator("form[action$='/note/'] input[name=text]")).to_have_value(WORDS)
    page.locator("form[action$='/note/'] button").click()
    expect(page.locator(".log")).to_contain_text(WORDS)
    expect(page.get_by_text("What you typed is back")).to_be_hidden()
    page.reload()
    expect(page.locator("[data-kept]")).to_have_count(0)


def test_somebody_else_who_signs_in_sees_nothing_of_it(
    open_as: Open, live_world: World, incident: Incident
) -> None:
    page = open_as(live_world.lena, incident_page(live_world))
    page.context.clear_cookies(name="sessionid")
    add_note(page)
    sign_in_here(page, live_world.ada)
    look(page)
    assert WORDS not in page.content()
    assert page.locator("form[action$='/note/'] input[name=text]").input_value() == ""


def test_a_page_from_before_somebody_else_signed_in_sends_nothing_in_their_name(
    open_as: Open, live_world: World, live_server: LiveServer, incident: Incident
) -> None:
    page = open_as(live_world.lena, incident_page(live_world), refuses=(409,))
    sign_in(page.context, live_server, live_world.ada)
    add_note(page)
    expect(page.get_by_role("heading", name="Somebody else is signed in now")).to_be_visible()
    assert page.locator(".log").count() == 0
    page.go_back()
    assert WORDS not in page.locator(".log").inner_text()


def test_signing_in_again_elsewhere_changes_nothing(
    open_as: Open, live_world: World, live_server: LiveServer, incident: Incident
) -> None:
    page = open_as(live_world.lena, incident_page(live_world))
    sign_in(page.context, live_server, live_world.lena)  # a new session, a new token
    add_note(page)
    expect(page.locator(".log")).to_contain_text(WORDS)


@pytest.mark.parametrize("everything", [True, False], ids=["all cookies", "the session"])
def test_a_flag_is_kept_and_sent_after_signing_in(
    open_as: Open, live_world: World, everything: bool
) -> None:
    world = live_world
    (chat,) = world.conversations(ticket_ref="48213")
    page = open_as(world.agnes, reverse("flag_answer", args=[world.assistant.pk, chat.pk]))
    look(page, 200)
    page.context.clear_cookies(**({} if everything else {"name": "sessionid"}))
    page.get_by_role("button", name="Wrong fact").click()
    expect(page.get_by_text("It is kept in this tab")).to_be_visible()
    sign_in_here(page, world.agnes)
    expect(page.get_by_role("heading", name="Flagged: Wrong fact")).to_be_visible()
    assert Flag.objects.get().by == world.agnes
    page.context.clear_cookies(name="sessionid")
    type_words(page.locator("#note"), WORDS)
    page.get_by_role("button", name="Add note").click()
    sign_in_here(page, world.agnes)
    wait_until(lambda: Flag.objects.get().note == WORDS, "the note")


def test_a_reason_pressed_twice_is_one_flag(open_as: Open, live_world: World) -> None:
    world = live_world
    (chat,) = world.conversations(ticket_ref="48213")
    page = open_as(world.agnes, reverse("flag_answer", args=[world.assistant.pk, chat.pk]))
    page.get_by_role("button", name="Wrong fact").dblclick()
    expect(page.get_by_role("heading", name="Flagged: Wrong fact")).to_be_visible()
    assert Flag.objects.count() == 1


def test_a_fault_of_ours_keeps_what_was_typed(open_as: Open, live_world: World) -> None:
    world = live_world
    flag, _ = raise_flag(
        assistant=world.assistant, new=NewFlag(reason="wrong_fact", pasted_text="No."),
        by=world.agnes, label="Agnes", at=timezone.now(), when=timezone.now(),
    )  # fmt: skip
    path = reverse("flag", args=[world.assistant.pk, flag.pk])
    page = open_as(world.agnes, path, refuses=(502,))
    page.route("**/note/", lambda route: route.fulfill(status=502, body="Bad gateway"))
    type_words(page.locator("#note"), WORDS)
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_text("Bad gateway")).to_be_visible()
    page.unroute("**/note/")
    page.goto(page.url.replace("/note/", "/"))
    wait_until(lambda: Flag.objects.get().note == WORDS, "the note")


def test_a_decision_comes_back_level_by_level(open_as: Open, live_world: World) -> None:
    world = live_world
    sample = world.sample(places=2)
    world.grade(sample, by=world.rosa)
    world.grade(sample, by=world.remy, standing="fails")
    decision = sample.assignments.get(purpose="adjudication")
    page = open_as(world.lena, reverse("decide", args=[world.assistant.pk, decision.pk]))
    for criterion in world.definition.criteria:
        page.locator(f"input[name=c{criterion.pk}][value='{criterion.levels[0].pk}']").check()
    type_words(page.locator("[name=note]"), WORDS)
    page.context.clear_cookies(name="sessionid")
    page.locator("form.grade button").last.click()
    sign_in_here(page, world.lena)
    expect(page.locator("[name=note]")).to_have_value(WORDS)
    expect(page.locator("form.grade input[name^=c]:checked")).to_have_count(4)
    page.locator("form.grade button").last.click()
    page.wait_for_url("**/queue/")
    assert decision.grades.get().note == WORDS


def test_the_definition_in_the_making_comes_back(open_as: Open, live_world: World) -> None:
    world = live_world
    assert world.definition
    page = open_as(world.lena, reverse("definition_edit", args=[world.assistant.pk]))
    title = page.locator("input[name=title]")
    title.fill("")
    type_words(title, "Ferry answers")
    page.context.clear_cookies(name="sessionid")
    title.press("Enter")
    sign_in_here(page, world.lena)
    expect(page.locator("input[name=title]")).to_have_value("Ferry answers")
