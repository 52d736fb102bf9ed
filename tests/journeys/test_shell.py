"""What every page shares, in a real browser: keys, the list of keys, the days of a chart."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from reviews.measure.rollups import make_rollups
from reviews.watch.rounds import watch
from tests.journeys.conftest import Open
from tests.world import World

pytestmark = pytest.mark.journey


def owners(world: World) -> str:
    return reverse("owners", args=[world.assistant.pk])


def test_g_and_a_letter_go_to_a_page(open_as: Open, live_world: World) -> None:
    page = open_as(live_world.lena, owners(live_world))
    page.keyboard.press("g")
    page.keyboard.press("f")
    page.wait_for_url("**/flags/")


def test_a_question_mark_lists_the_keys_that_work_here(open_as: Open, live_world: World) -> None:
    page = open_as(live_world.lena, owners(live_world))
    page.keyboard.press("?")
    listed = page.locator("#keys-list")
    expect(listed).to_contain_text("Flags")
    expect(listed).not_to_contain_text("Day before")  # no chart on this page
    page.keyboard.press("Escape")
    expect(listed).to_be_hidden()


def test_single_keys_can_be_switched_off(open_as: Open, live_world: World) -> None:
    live_world.lena.single_keys = False
    live_world.lena.save()
    page = open_as(live_world.lena, owners(live_world))
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("Alt+Shift+G")
    page.keyboard.press("Alt+Shift+F")
    page.wait_for_url("**/flags/")


def test_arrows_walk_the_days_of_the_chart_and_enter_opens_one(
    open_as: Open, live_world: World
) -> None:
    world = live_world
    for days in (9, 8):
        world.now = timezone.now() - timedelta(days=days)
        world.grade(world.sample())
    make_rollups()
    watch(assistant=world.assistant, at=timezone.now())
    page: Page = open_as(world.lena, reverse("assistant_home", args=[world.assistant.pk]))
    days_shown = page.locator("svg[data-walk]:visible a")
    expect(days_shown).to_have_count(2)
    days_shown.last.focus()
    page.keyboard.press("ArrowLeft")
    expect(days_shown.first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/answers/?day=*")


def test_the_menu_and_the_navigation_are_reached_on_a_phone(
    open_as: Open, live_world: World
) -> None:
    page = open_as(live_world.ada, owners(live_world), width=360, height=640)
    page.locator(".menu summary").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_in_viewport()
    expect(page.locator(".nav [aria-current]")).to_be_in_viewport()
