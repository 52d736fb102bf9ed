"""How people use a page: they type letter by letter, with pauses, and look before they press."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

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
