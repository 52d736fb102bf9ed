"""The keys of the review screen on every layout, with input methods, and held down."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from ingestion.models import Conversation
from reviews.models import Grade
from tests.journeys.conftest import Open
from tests.journeys.hands import grade_keys, look, type_words, wait_for_grades
from tests.world import World

pytestmark = pytest.mark.journey


def press(page: Page, key: str, code: str, **more: object) -> None:
    """A key as a keyboard of another layout sends it."""
    event = {"key": key, "code": code, "bubbles": True, "cancelable": True, **more}
    page.evaluate(
        "event => (document.activeElement || document.body)"
        ".dispatchEvent(new KeyboardEvent('keydown', event))",
        json.loads(json.dumps(event)),
    )


def chosen(page: Page) -> int:
    return page.locator("#grade input[name^=c]:checked").count()


def test_digits_of_every_layout_grade(review: Callable[..., Page]) -> None:
    page = review()
    for key, code in (("č", "Digit4"), ("ε", ""), ("#", "Digit3"), ("Dead", "Digit3")):
        shift = key == "#"
        press(page, key, code, shiftKey=shift)
        assert chosen(page) == 0, (key, code)  # no such level, no digit, or not meant
    french, arabic, upper = ('"', "Digit3"), ("٣", "Digit3"), ("3", "Digit3")
    for count, (key, code) in enumerate((("3", "Numpad3"), french, arabic, ("à", "Digit0")), 1):
        press(page, key, code)
        assert chosen(page) == count, (key, code)
    page.keyboard.press("ArrowUp")
    press(page, *upper, shiftKey=True)  # a French digit, or one of a number pad with Shift
    assert page.locator("#grade input[data-standing=meets]:checked").count() >= 3
    expect(page.locator("[data-saved]")).to_have_text("Draft saved")


def test_letters_of_every_layout_work_and_modifiers_do_nothing(
    review: Callable[..., Page],
) -> None:
    page = review()
    urgent = page.locator("#grade input[name=urgent]")
    on = False
    for key, code in (
        ("f", "KeyF"), ("F", "KeyF"), ("а", "KeyF"), ("φ", "KeyF"), ("ب", "KeyF"),
        ("f", "KeyY"),  # Dvorak: where the letter is written counts
    ):  # fmt: skip
        press(page, key, code)
        on = not on
        assert urgent.is_checked() == on, (key, code)
    for key, code, held in (
        ("u", "KeyF", {}),  # Dvorak: not where an F would be on another keyboard
        ("f", "KeyF", {"ctrlKey": True}), ("f", "KeyF", {"metaKey": True}),
        ("f", "KeyF", {"altKey": True}), ("đ", "KeyF", {"modifierAltGraph": True}),
        ("F", "KeyF", {"shiftKey": True}), ("f", "KeyF", {"repeat": True}),
        ("f", "KeyF", {"isComposing": True}), ("Process", "KeyF", {"keyCode": 229}),
        ("!", "Digit1", {"shiftKey": True}),
    ):  # fmt: skip
        press(page, key, code, **held)
        assert urgent.is_checked() == on, (key, code, held)
    assert chosen(page) == 0
    press(page, "؟", "Slash", shiftKey=True)
    expect(page.locator("#keys")).to_be_visible()
    expect(page.locator("[data-saved]")).to_have_text("Draft saved")


def test_enter_that_ends_a_composition_stays_in_the_comment(review: Callable[..., Page]) -> None:
    page = review()
    page.keyboard.press("c")
    note = page.locator("#note")
    for more in ({"isComposing": True}, {"keyCode": 229}):
        for key in ("Enter", "Escape"):
            press(page, key, key, **more)
            expect(note).to_be_focused()
    page.keyboard.press("Enter")
    expect(note).not_to_be_focused()


def test_enter_held_down_submits_once(review: Callable[..., Page]) -> None:
    page = review()
    look(page, 300)
    for _ in range(4):
        page.keyboard.press("3")
    page.locator("[data-submit]").focus()
    page.keyboard.down("Enter")
    for _ in range(8):
        look(page, 60)
        page.keyboard.down("Enter")  # what a key that is held sends
    page.keyboard.up("Enter")
    wait_for_grades(1)
    expect(page.locator("[data-error]")).to_be_hidden()


def test_evidence_never_ends_in_half_an_emoji(open_as: Open, live_world: World) -> None:
    world = live_world
    assert world.definition
    (chat,) = world.conversations()
    messages = [chat.messages[0], {**chat.messages[1], "content": "x" + "🎒" * 2100}]
    Conversation.objects.filter(pk=chat.pk).update(messages=messages)
    world.sample(chat)
    page = open_as(world.rosa, reverse("review", args=[world.assistant.pk]))
    page.evaluate(
        "() => { const home = document.querySelector('.item [data-evidence=answer]');"
        "getSelection().selectAllChildren(home);"
        "home.dispatchEvent(new MouseEvent('mouseup', { bubbles: true })); }"
    )
    expect(page.locator("[data-saved]")).to_have_text("Draft saved")
    grade_keys(page)
    wait_for_grades(1)
    (phrase,) = Grade.objects.get().evidence
    assert phrase["text"] == "x" + "🎒" * 1999


def test_type_like_people_in_the_comment(review: Callable[..., Page]) -> None:
    page = review()
    type_words(page.locator("#note"), "Deck 4: 3 answers, u and s are words")
    assert page.locator("#note").input_value().endswith("are words")
    assert chosen(page) == 0
    expect(page.locator("[data-saved]")).to_have_text("Draft saved")
