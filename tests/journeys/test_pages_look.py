"""Every page: no accessibility violation, no sideways scroll, light and dark, wide and narrow."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ingestion.models import Release
from reviews.grading.flagging import NewFlag, raise_flag
from reviews.measure.rollups import make_rollups
from reviews.models import Incident, Part
from reviews.owners import find_parts
from reviews.reports.reports import write_due
from reviews.watch.rounds import watch
from tests.journeys.axe import violations
from tests.journeys.conftest import Open
from tests.reviews.past import falling, live_through
from tests.world import World

pytestmark = pytest.mark.journey


def furnish(world: World) -> dict[str, list[object]]:
    """Something on every page; returns the routes with their arguments."""
    assistant = world.assistant
    world.now = timezone.now() - timedelta(days=timezone.localdate().weekday() + 3)
    first = [world.sample(chat) for chat in world.conversations(4)]
    for number, sample in enumerate(first):
        world.grade(sample, standing="fails" if number % 2 else "meets")
    make_rollups()
    find_parts(assistant=assistant, at=world.now)
    new = NewFlag(reason="wrong_fact", conversation_ref=first[0].conversation.external_id)
    flag, _ = raise_flag(
        assistant=assistant, new=new, by=world.lena, label="Lena", at=world.now, when=world.now
    )
    write_due(at=timezone.now() + timedelta(days=7))
    pair = world.sample(world.conversations()[0], places=2)
    world.grade(pair)
    world.grade(pair, by=world.remy, standing="fails")
    decision = pair.assignments.get(purpose="adjudication")
    for chat in world.conversations(2):
        world.sample(chat)
    today = timezone.localdate()
    start = today - timedelta(days=6)
    live_through(world, today - timedelta(days=40), today, falling(start, "Returns"))
    watch(assistant=assistant, at=timezone.now())
    number = Incident.objects.get().number
    release = Release.objects.create(
        assistant=assistant, kind="prompt", name="42", went_live_at=timezone.now(),
        announced=False, recorded_label="First seen",
    )  # fmt: skip
    chat_id = first[0].conversation_id
    part = Part.objects.filter(assistant=assistant).first()
    assert part is not None
    week = assistant.reports.latest("week").week.isoformat()
    a = assistant.pk
    return {
        "assistant_home": [a],
        "review": [a],
        "queue": [a],
        "decide": [a, decision.pk],
        "flags": [a],
        "flag": [a, flag.pk],
        "flag_answer": [a, chat_id],
        "flag_anyway": [a],
        "answers": [a],
        "answer": [a, first[0].pk],
        "conversation": [a, chat_id],
        "definition": [a],
        "definition_edit": [a],
        "definition_publish": [a],
        "owners": [a],
        "part": [a, part.pk],
        "incidents": [a],
        "readiness": [a],
        "release": [a, release.pk],
        "reviewers": [a],
        "incident": [a, number],
        "incident_open": [a],
        "trends": [a],
        "backtest": [a],
        "drill": [a],
        "reports": [a],
        "report": [a, "quality", week],
        "releases": [a],
        "alerts": [a],
        "setup": [a],
        "profile": [],
        "mail_settings": [],
        "people": [world.team.pk],
        "team_settings": [world.team.pk],
        "audit": [world.team.pk],
    }


@pytest.mark.parametrize("width", [1440, 390])
def test_no_accessibility_violation(open_as: Open, live_world: World, width: int) -> None:
    """By day and by night; and each page has its title, one heading, and no sideways scroll."""
    routes = furnish(live_world)
    page = open_as(live_world.ada, "/profile/", width=width)
    origin = page.url.removesuffix("/profile/")
    found = []
    for route, arguments in routes.items():
        page.goto(origin + reverse(route, args=arguments))
        wrong = violations(page)
        if page.locator("h1:visible").count() != 1:
            wrong.append("not one heading of the first rank")
        if not page.title().endswith("· Plumbline"):
            wrong.append(f"title {page.title()}")
        if width == 390:
            page.set_viewport_size({"width": 360, "height": 780})
            if (wide := page.evaluate("document.documentElement.scrollWidth")) > 360:
                wrong.append(f"{wide} wide at 360")
            page.set_viewport_size({"width": width, "height": 900})
        found += [f"{route}: {one}" for one in wrong]
    assert not found, "\n".join(found)


def test_no_first_page_scrolls_sideways_at_360(open_as: Open, live_world: World) -> None:
    assistant = live_world.assistant
    for chat in live_world.conversations(27):  # more than a sitting: a button with many words
        live_world.sample(chat)
    wide = []
    for person in (live_world.rosa, live_world.agnes, live_world.lena):
        page = open_as(person, reverse("assistant_home", args=[assistant.pk]), width=360)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 360:
            wide.append(f"{person}: {width}")
    assert not wide, wide
