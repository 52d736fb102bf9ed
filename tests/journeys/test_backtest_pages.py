"""Looking back and the fire drill in a browser: no violation, no sideways scroll, and a drill held
with the keyboard alone."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from reviews.answer.drill import hold_due
from reviews.answer.look_back import keep_due
from tests.journeys.axe import violations
from tests.journeys.conftest import Open
from tests.reviews.backtest.own import past
from tests.world import World

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("width", [1440, 390])
def test_a_lead_looks_back_and_holds_a_drill(open_as: Open, live_world: World, width: int) -> None:
    live_world.now = timezone.now().replace(hour=12)
    past(live_world, days=50, worse_on=35)
    keep_due(at=timezone.now())
    path = reverse("backtest", args=[live_world.assistant.pk])
    page = open_as(live_world.lena, path, width=width)
    found: list[str] = []

    def check() -> None:
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, page.url
        assert page.locator("h1:visible").count() == 1
        found.extend(f"{page.url}: {one}" for one in violations(page))

    check()
    assert page.get_by_text("It would have told you on").is_visible()
    page.get_by_role("link", name="Hold a fire drill").click()
    check()
    page.get_by_label("How much worse").fill("40")
    page.get_by_role("button", name="Plant it").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Being worked out").wait_for()
    check()
    hold_due(at=timezone.now())
    page.get_by_text("would have been found in").wait_for()
    check()
    assert not found, "\n".join(found)
