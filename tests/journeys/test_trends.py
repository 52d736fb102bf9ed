"""From a day of the trend to its answers: pressed, by keyboard, and with scripts off."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests.journeys.conftest import Open
from tests.reviews.past import live_through
from tests.world import DAY, World

pytestmark = pytest.mark.journey


def test_a_day_opens_beside_the_chart_and_the_arrows_walk(open_as: Open, live_world: World) -> None:
    today = timezone.now().date()
    live_through(live_world, today - 20 * DAY, today)
    page = open_as(live_world.lena, f"/a/{live_world.assistant.pk}/")
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url("**/trends/")
    page.locator(".only-wide a.day").last.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    sheet = page.locator("#answers")
    sheet.locator("[data-item]").first.wait_for()
    address = sheet.locator("#answers-all").get_attribute("href") or ""
    assert address.endswith(f"?day={today - 3 * DAY}")
    assert sheet.locator("h2").inner_text().startswith("Answers of ")
    page.keyboard.press("Escape")
    assert not sheet.is_visible()
    assert page.evaluate("document.activeElement.classList.contains('day')"), "focus returns"
    page.locator(".only-wide a.opens .band").first.click()
    sheet.locator("[data-item]").first.wait_for()
    sheet.locator("#answers-all").click()
    page.wait_for_url("**/answers/?from=*")


def test_without_scripts_a_day_is_a_link(open_as: Open, live_world: World) -> None:
    today = timezone.now().date()
    live_through(live_world, today - 3 * DAY, today)
    path = f"/a/{live_world.assistant.pk}/trends/"
    page = open_as(live_world.lena, path, java_script_enabled=False)
    page.locator(".only-wide a.day").last.click()
    page.wait_for_url("**/answers/?day=*")
    assert page.locator("h1").inner_text() == "Graded answers"
