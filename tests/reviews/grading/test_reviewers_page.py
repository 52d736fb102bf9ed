"""The Reviewers page: agreement in words, pairs side by side, whose eyes it is for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ingestion.wire import Message
from portal.accounts.models import Role, User
from reviews.grading.agreement import blind_grades
from reviews.measure.rollups import make_rollups
from reviews.models import Sample
from tests.pages import page_of
from tests.world import World

pytestmark = pytest.mark.django_db
As = Callable[[User], Client]


def pairs(world: World, alike: int, differing: int) -> None:
    """Blind pairs of Rosa and Remy; where they differ Remy sees a failure."""
    world.now = timezone.now() - timedelta(days=2)
    for number in range(alike + differing):
        sample = world.sample(places=2)
        world.grade(sample, by=world.rosa)
        world.grade(sample, by=world.remy, standing="meets" if number < alike else "fails")
    make_rollups(most=100)


def page(client: Client, world: World) -> str:
    answer = client.get(f"/a/{world.assistant.pk}/reviewers/")
    assert answer.status_code == 200
    return page_of(answer)


def test_it_says_in_words_how_often_people_agree(world: World, as_: As) -> None:
    pairs(world, alike=18, differing=6)
    text = page(as_(world.lena), world)
    assert "agree on 75 of 100" in text
    assert "the range is shown from 40 pairs on" in text
    assert "Gwet’s AC1" in text
    assert "6 of 6, the newest first" in text
    assert "Rosa Reviewer" in text
    assert "Remy Reviewer" in text


def test_a_criterion_that_is_read_differently_is_marked(world: World, as_: As) -> None:
    pairs(world, alike=10, differing=10)
    assert "Read differently" in page(as_(world.lena), world)


def test_too_few_pairs_are_not_enough(world: World, as_: As) -> None:
    pairs(world, alike=3, differing=1)
    text = page(as_(world.lena), world)
    assert "Not enough pairs: 4 of 15" in text
    assert "too few to say" in text


def test_nothing_yet(world: World, as_: As) -> None:
    text = page(as_(world.lena), world)
    assert "Nothing graded in these weeks" in text
    assert "No pair came to two verdicts" in text


def test_a_lead_deciding_is_no_blind_pair(world: World) -> None:
    pairs(world, alike=0, differing=1)
    sample = Sample.objects.get()
    decision = sample.assignments.get(purpose="adjudication")
    assert decision.state == "open"
    today = timezone.now().date()
    found = blind_grades(assistant=world.assistant, first=today - timedelta(days=9), last=today)
    assert found.verdicts.tolist() == [[0.0, 1.0]]
    assert len(found.differing) == 1
    assert found.reviewers == sorted([world.rosa.pk, world.remy.pk])


def test_a_reviewer_sees_their_own_part_only(world: World, as_: As) -> None:
    pairs(world, alike=16, differing=2)
    third = world.person("Nell Newcomer", Role.REVIEWER)
    text = page(as_(third), world)
    assert "How your grades compare" in text
    assert "Rosa Reviewer" not in text
    own = page(as_(world.rosa), world)
    assert "agree on 89 of 100" in own
    assert "Remy Reviewer" in own  # beside them, in the pairs they are part of


def test_agents_and_strangers_may_not(world: World, as_: As) -> None:
    address = f"/a/{world.assistant.pk}/reviewers/"
    assert as_(world.agnes).get(address).status_code == 403
    assert as_(world.otto).get(address).status_code == 404


def test_hostile_words_are_shown_as_words(world: World, as_: As) -> None:
    world.now = timezone.now() - timedelta(days=2)
    chat = world.conversations(
        messages=[
            Message(role="user", content="<script>alert(1)</script>"),
            Message(role="assistant", content="No."),
        ]
    )[0]
    sample = world.sample(chat, places=2)
    world.grade(sample, by=world.rosa)
    world.grade(sample, by=world.remy, standing="fails")
    text = page(as_(world.lena), world)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_it_takes_a_fixed_number_of_queries(world: World, as_: As) -> None:
    lena = as_(world.lena)
    pairs(world, alike=2, differing=2)
    with CaptureQueriesContext(connection) as few:
        page(lena, world)
    pairs(world, alike=8, differing=8)
    with CaptureQueriesContext(connection) as more:
        page(lena, world)
    assert len(more) == len(few) <= 35
