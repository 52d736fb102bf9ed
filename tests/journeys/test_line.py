"""The main line, as people walk it: flag, grade, read the mail, find the answer behind it."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from ingestion.wire import Message
from reviews.measure.rollups import make_rollups
from reviews.models import Flag, Grade, Report, Verdict
from reviews.reports.reports import render_report, write_report
from reviews.reports.week import monday
from reviews.sampling.choosing import choose_all
from tests.journeys.conftest import Open
from tests.world import World

pytestmark = pytest.mark.journey


def shown(page: Page) -> str:
    """The id of the answer on screen."""
    return str(page.locator(".item:not([hidden])").get_attribute("data-item-id"))


def wait_for_grades(count: int) -> None:
    """The grades go up behind the screen; wait until so many have arrived."""
    deadline = time.monotonic() + 10
    while Grade.objects.count() < count and time.monotonic() < deadline:
        time.sleep(0.05)
    assert Grade.objects.count() == count


def grade_by_keys(page: Page, keys: str) -> None:
    """Press the keys and Enter, and wait for the next answer."""
    before = shown(page)
    page.wait_for_timeout(300)  # a key within 250 ms of a new answer does nothing
    for key in keys:
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.wait_for_function(
        "before => document.querySelector('.item:not([hidden])')?.dataset.itemId !== before",
        arg=before,
    )


def test_an_agent_flags_an_answer_in_two_clicks(open_as: Open, live_world: World) -> None:
    world = live_world
    (chat,) = world.conversations(ticket_ref="48213")
    page = open_as(world.agnes, reverse("assistant_home", args=[world.assistant.pk]))
    page.keyboard.press("/")
    page.keyboard.type("48213")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("button", name="Wrong fact").click()
    expect(page.get_by_role("heading", name="Flagged: Wrong fact")).to_be_visible()
    flag = Flag.objects.get()
    assert (flag.conversation, flag.by) == (chat, world.agnes)
    choose_all(assistant=world.assistant, at=timezone.now())
    page.reload()
    expect(page.get_by_text("In review")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back").first).to_be_visible()


def test_a_reviewer_grades_five_answers_with_five_keys_each(
    open_as: Open, live_world: World
) -> None:
    world = live_world
    assert world.definition
    for chat in world.conversations(7):
        world.sample(chat)
    page = open_as(world.rosa, reverse("review", args=[world.assistant.pk]))
    for _ in range(5):
        grade_by_keys(page, "3333")
    expect(page.locator(".rv-prog b")).to_have_text("6 of 25")
    wait_for_grades(5)
    assert list(Grade.objects.values_list("verdict", flat=True)) == [Verdict.GOOD] * 5


def test_a_fail_takes_one_more_key_and_undo_brings_the_form_back(
    open_as: Open, live_world: World
) -> None:
    world = live_world
    assert world.definition
    for chat in world.conversations(3):
        world.sample(chat)
    page = open_as(world.rosa, reverse("review", args=[world.assistant.pk]))
    first = shown(page)
    grade_by_keys(page, "17333")
    wait_for_grades(1)
    grade = Grade.objects.get()
    assert grade.verdict == Verdict.NOT_GOOD
    assert grade.levels.exclude(went_wrong="").get().went_wrong == "contradicts_source"
    page.keyboard.press("u")
    page.wait_for_function(
        "id => document.querySelector('.item:not([hidden])')?.dataset.itemId === id", arg=first
    )
    expect(page.get_by_text("Submit and next")).to_be_visible()
    assert Grade.objects.filter(verdict=Verdict.WITHDRAWN).count() == 1


def test_two_reviewers_at_once_never_get_the_same_answer(open_as: Open, live_world: World) -> None:
    world = live_world
    assert world.definition
    for chat in world.conversations(10):
        world.sample(chat)
    path = reverse("review", args=[world.assistant.pk])
    rosa, remy = open_as(world.rosa, path), open_as(world.remy, path)
    seen: list[str] = []
    for _ in range(3):
        for page in (rosa, remy):
            seen.append(shown(page))
            grade_by_keys(page, "3333")
    assert len(seen) == len(set(seen)) == 6
    wait_for_grades(6)


def test_grading_works_without_scripts(open_as: Open, live_world: World) -> None:
    world = live_world
    assert world.definition
    world.sample()
    path = reverse("review", args=[world.assistant.pk])
    page = open_as(world.rosa, path, java_script_enabled=False)
    page.get_by_role("button", name="Submit and next").click()
    expect(page.get_by_role("alert").first).to_contain_text("Grade “Correct” too.")
    for criterion in world.definition.criteria:
        page.locator(f"input[name=c{criterion.pk}][value='{criterion.levels[0].pk}']").check()
    page.get_by_role("button", name="Submit and next").click()
    expect(page.get_by_role("heading", name="You are all caught up")).to_be_visible()
    assert Grade.objects.get().verdict == Verdict.GOOD


def test_a_lead_goes_from_the_mail_to_a_bad_answer_in_two_clicks(
    open_as: Open, live_world: World, live_server: LiveServer
) -> None:
    world = live_world
    week = monday(timezone.localdate()) - timedelta(days=7)
    world.now = timezone.now() - timedelta(days=timezone.localdate().weekday() + 3)
    asked = [
        Message(role="user", content="Is the Ridge jacket refundable?"),
        Message(role="assistant", content="Always, at any time."),
    ]
    for number, chat in enumerate(world.conversations(20, messages=asked)):
        world.grade(world.sample(chat), standing="fails" if number % 2 else "meets")
    make_rollups()
    report = write_report(
        assistant=world.assistant, kind=Report.Kind.QUALITY, week=week, at=timezone.now()
    )
    assert report is not None
    mail = render_report(report, world.lena)
    path = reverse("report", args=[world.assistant.pk, "quality", week.isoformat()])
    assert path in mail.html
    assert path in mail.text
    page = open_as(world.lena, path)
    page.get_by_role("link", name="Read an answer that was not good").click()
    expect(page.get_by_text("Always, at any time.")).to_be_visible()
    expect(page.get_by_text("Wrong fact").first).to_be_visible()


def test_the_set_up_page_turns_by_itself_when_the_first_conversation_lands(
    open_as: Open, live_world: World
) -> None:
    world = live_world
    page = open_as(world.ada, reverse("setup", args=[world.assistant.pk]))
    expect(page.get_by_text("Waiting for your first conversation")).to_be_visible()
    world.conversations(id="chat-0001")
    expect(page.get_by_text("1 conversation in the last hour")).to_be_visible(timeout=8000)
