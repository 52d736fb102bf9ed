"""Cheap signals: every conversation is in the sums once, and a rebuild gives the same rows."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from math import exp, log
from typing import Any

import pytest
from django.core.management import call_command

from ingestion.day_signals import rebuild_day_signals
from ingestion.digest import digest_all
from ingestion.intake import store
from ingestion.models import Conversation, DaySignals, IntakeBatch
from ingestion.wire import ConversationIn, Message, Passage
from portal.ticks.models import SetAside
from tests.ingestion.test_digest import at_once, full
from tests.world import DAY, World

REFUSAL = "I'm sorry, but I can't help with that."


def put(world: World, number: int, answer: str = "Yes, within 14 days.", **fields: Any) -> None:
    said = [Message(role="user", content="?"), Message(role="assistant", content=answer)]
    fields = {"kind": "Returns", "started_at": world.now, "messages": said, **fields}
    row = ConversationIn(id=f"c{number}", **fields)
    store(assistant=world.assistant, rows=[(0, row)], rejected=[], at=world.now)


def rows() -> list[dict[str, Any]]:
    """Every row but for its id, which a rebuild makes new."""
    fields = [field.attname for field in DaySignals._meta.concrete_fields if field.name != "id"]
    return list(DaySignals.objects.order_by("assistant", "day", "kind").values(*fields))


def varied(world: World, count: int) -> None:
    """Conversations on three days and of three kinds, each field there in some of them."""
    for number in range(count):
        put(
            world,
            number,
            REFUSAL if number % 7 == 0 else "word " * (number % 50 + 1),
            kind=("Returns", "Delivery", "")[number % 3],
            started_at=world.now - DAY * (number % 4 % 3),
            passages=[Passage(text="a", score=0.1 * (number % 9)), Passage(text="b", score=0.05)]
            if number % 2
            else [],
            latency_ms=number * 37 if number % 5 else None,
            tokens_out=number if number % 3 else None,
            cost=0.00037 * number if number % 2 else None,
        )


@pytest.mark.django_db
def test_what_is_summed_is_the_last_answer_and_the_best_passage(world: World) -> None:
    chat = [
        Message(role="user", content="One?"),
        Message(role="assistant", content=REFUSAL),
        Message(role="user", content="Two?"),
        Message(role="assistant", content="one two  three\nfour"),
        Message(role="assistant", content=" "),
        Message(role="user", content="Thanks, that is a great many words."),
    ]
    scores = [Passage(text="a", score=0.25), Passage(text="b"), Passage(text="c", score=0.75)]
    put(world, 1, messages=chat, passages=scores, latency_ms=800, tokens_out=9, cost=0.002)
    put(world, 2, REFUSAL, passages=[Passage(text="unscored")])
    digest_all(at=world.now)
    row = DaySignals.objects.get()
    assert (row.day, row.kind, row.conversations) == (world.now.date(), "Returns", 2)
    assert row.did_not_answer == 1
    assert exp(row.log_length) == pytest.approx(4 * 8, rel=1e-4)
    assert (row.scored, row.top_score) == (1, 0.75)
    assert row.timed == row.counted_tokens == row.priced == 1
    assert row.log_latency == pytest.approx(log(800), abs=1e-6)
    assert row.tokens == 9
    assert row.cost == pytest.approx(0.002, abs=1e-9)


@pytest.mark.django_db
def test_digesting_again_adds_nothing_and_bites_add_up(world: World) -> None:
    put(world, 1)
    digest_all(at=world.now)
    put(world, 1)
    put(world, 2)
    digest_all(at=world.now)
    digest_all(at=world.now)
    assert DaySignals.objects.get().conversations == 2


@pytest.mark.django_db
def test_a_rebuild_gives_the_same_rows_to_the_last_bit(world: World) -> None:
    for number in range(3):
        varied(world, 40 * (number + 1))
        digest_all(at=world.now)
    before = rows()
    assert sum(row["conversations"] for row in before) == 120
    assert len(before) == 9
    out = StringIO()
    call_command("rebuild_day_signals", "--assistant", "support", stdout=out)
    assert rows() == before
    assert "3 days, 120 conversations" in out.getvalue()


@pytest.mark.django_db
def test_a_rebuild_mends_what_was_counted_before_there_were_sums(world: World) -> None:
    varied(world, 60)
    digest_all(at=world.now)
    before = rows()
    DaySignals.objects.filter(kind="Returns").delete()
    DaySignals.objects.update(conversations=1, log_length=5.0)
    DaySignals.objects.create(
        assistant=world.assistant, day=world.now.date() - 9 * DAY, conversations=4,
        did_not_answer=0, log_length=1, scored=0, top_score=0, timed=0, log_latency=0,
        counted_tokens=0, tokens=0, priced=0, cost=0,
    )  # fmt: skip
    call_command("rebuild_day_signals", stdout=StringIO())
    assert rows() == before


@pytest.mark.django_db
def test_a_rebuild_leaves_the_uncounted_to_the_digest(world: World) -> None:
    put(world, 1)
    digest_all(at=world.now)
    put(world, 2)
    list(rebuild_day_signals(assistant=world.assistant))
    assert DaySignals.objects.get().conversations == 1
    digest_all(at=world.now)
    assert DaySignals.objects.get().conversations == 2


@pytest.mark.django_db
def test_the_day_is_the_teams_own_even_when_its_zone_is_far(world: World) -> None:
    world.team.time_zone = "Pacific/Kiritimati"
    world.team.save()
    put(world, 1)
    digest_all(at=world.now)
    assert DaySignals.objects.get().day == world.now.date() + timedelta(days=1)
    before = rows()
    list(rebuild_day_signals(assistant=world.assistant))
    assert rows() == before


@pytest.mark.django_db(transaction=True)
def test_a_digest_that_fails_half_way_adds_nothing(world: World) -> None:
    put(world, 1, prompt_version="p2")
    with full("ingestion_release"):
        digest_all(at=world.now)
    assert not DaySignals.objects.exists()
    assert SetAside.objects.get().task == "digest_intake"
    digest_all(at=world.now + timedelta(minutes=2))
    assert DaySignals.objects.get().conversations == 1


@pytest.mark.django_db(transaction=True)
def test_digesters_and_rebuilds_at_once_add_each_conversation_once(world: World) -> None:
    varied(world, 90)
    digest_all(at=world.now)

    def send() -> int:
        for number in range(100, 160):
            put(world, number)
        return 0

    def digest() -> int:
        return sum(digest_all(at=world.now, most=2) for _ in range(30)) * 0

    def rebuild() -> int:
        return sum(len(list(rebuild_day_signals(assistant=world.assistant))) for _ in range(4)) * 0

    at_once(send, digest, digest, rebuild, rebuild)
    digest_all(at=world.now)
    assert not IntakeBatch.objects.filter(counted_at__isnull=True).exists()
    assert sum(row["conversations"] for row in rows()) == Conversation.objects.count() == 150
    before = rows()
    list(rebuild_day_signals(assistant=world.assistant))
    assert rows() == before
