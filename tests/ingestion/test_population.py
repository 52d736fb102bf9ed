"""The population: at any moment the same as counting all conversations again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

import pytest
from django.db.models import Count, F, FloatField, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.digest import digest_once
from ingestion.intake import store
from ingestion.models import Assistant, Conversation, DayCount, IntakeBatch
from ingestion.population import DayPopulation, population
from ingestion.wire import ConversationIn, Message
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


def counted_again(assistant: Assistant) -> list[DayPopulation]:
    """What `population` must say, by a scan of the conversations."""
    rows = (
        Conversation.objects.filter(assistant=assistant)
        .values("day", "kind")
        .annotate(
            conversations=Count("pk"),
            all_answers=Sum("answers"),
            represented=Sum(1 / F("sample_rate"), output_field=FloatField()),
        )
        .order_by("day", "kind")
    )
    return [
        DayPopulation(
            row["day"], row["kind"], row["conversations"], row["all_answers"], row["represented"]
        )
        for row in rows
    ]


def agree(assistant: Assistant) -> bool:
    said = population(assistant=assistant, first=FIRST, last=LAST)
    scanned = counted_again(assistant)
    return [(one.day, one.kind, one.conversations, one.answers) for one in said] == [
        (one.day, one.kind, one.conversations, one.answers) for one in scanned
    ] and [one.represented for one in said] == pytest.approx(
        [one.represented for one in scanned], rel=1e-9
    )


def incoming(external_id: str, kind: str, days: int, rate: float, answers: int) -> ConversationIn:
    return ConversationIn(
        id=external_id,
        kind=kind,
        started_at=NOW - timedelta(days=days),
        sample_rate=rate,
        messages=[Message(role="assistant", content="Hi.")] * answers,
    )


ROW = st.builds(
    incoming,
    st.sampled_from([f"c{number}" for number in range(12)]),
    st.sampled_from(["", "Returns", "Billing"]),
    st.integers(0, 3),
    st.sampled_from([1.0, 0.5, 0.1, 0.01]),
    st.integers(1, 3),
)
STEP = st.lists(ROW, max_size=6) | st.just("digest") | st.just("elsewhere")


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, max_size=8))
def test_it_equals_a_new_count_at_any_moment(
    world: World, steps: list[list[ConversationIn] | Literal["digest", "elsewhere"]]
) -> None:
    for table in (IntakeBatch, DayCount, Conversation):
        table.objects.all().delete()
    for step in steps:
        if step == "digest":
            digest_once(at=world.now)
        elif step == "elsewhere":
            rows = [(0, incoming("x", "Returns", 0, 1.0, 1))]
            store(assistant=world.other_assistant, rows=rows, rejected=[], at=world.now)
        else:
            store(assistant=world.assistant, rows=list(enumerate(step)), rejected=[], at=world.now)
        assert agree(world.assistant)
        assert agree(world.other_assistant)


def test_only_the_days_asked_for_are_given(world: World) -> None:
    for days in range(4):
        world.conversations(2, started_at=world.now - timedelta(days=days))
    today = world.now.date()
    said = population(assistant=world.assistant, first=today - timedelta(days=2), last=today)
    assert [(one.day.day, one.conversations) for one in said] == [(16, 2), (17, 2), (18, 2)]


def test_what_the_caller_left_out_is_represented(world: World) -> None:
    world.conversations(3, sample_rate=0.1)
    [said] = population(assistant=world.assistant, first=FIRST, last=LAST)
    assert said.represented == pytest.approx(30)
