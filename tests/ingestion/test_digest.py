"""The digest: each conversation is counted once, whoever counts and however late it commits."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum

from ingestion.digest import digest_all, digest_once, due_batches, mark_pulled, prune
from ingestion.intake import store
from ingestion.models import (
    Assistant,
    Conversation,
    DayCount,
    IntakeBatch,
    Refusal,
    SearchEntry,
    Signal,
)
from ingestion.signals import SignalIn, receive_signals
from ingestion.wire import ConversationIn, Message
from portal.ticks.aside import Aside
from tests.ingestion.conftest import Send, row
from tests.world import World

ResultT = TypeVar("ResultT")


def counted() -> int:
    return DayCount.objects.aggregate(all=Sum("conversations"))["all"] or 0


def put(world: World, *ids: str) -> None:
    words = [Message(role="assistant", content="Hi.")]
    rows = [(index, ConversationIn(id=one, messages=words)) for index, one in enumerate(ids)]
    store(assistant=world.assistant, rows=rows, rejected=[], at=world.now)


def at_once(*calls: Callable[[], ResultT]) -> list[ResultT]:
    """Run the calls at the same time, each on its own connection; fails as the first one does."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], ResultT]) -> ResultT:
        try:
            start.wait(timeout=20)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def pull(world: World, assistant: Assistant | None = None) -> list[int]:
    """What the next step would take, taken."""
    with transaction.atomic():
        aside = Aside(task="choose_samples", at=world.now)
        batches = due_batches(assistant=assistant or world.assistant, aside=aside)
        mark_pulled(batches, at=world.now)
    return [pk for batch in batches for pk in batch.conversation_ids]


@contextmanager
def full(table: str) -> Iterator[None]:
    """No row can be added to the table meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT no_more CHECK (false) NOT VALID")
        try:
            yield
        finally:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT no_more")


@pytest.mark.django_db
def test_new_conversations_are_counted_and_can_be_found(world: World) -> None:
    put(world, "a", "b")
    assert counted() == 0
    assert digest_all(at=world.now) == 1
    assert counted() == 2
    assert SearchEntry.objects.count() == 2
    assert IntakeBatch.objects.get().counted_at == world.now


@pytest.mark.django_db
def test_digesting_again_counts_nothing_twice(world: World) -> None:
    put(world, "a")
    digest_all(at=world.now)
    put(world, "a")
    assert digest_all(at=world.now) == 0
    assert counted() == 1


@pytest.mark.django_db
def test_batches_are_pulled_once_and_only_when_counted(world: World) -> None:
    put(world, "a", "b")
    assert pull(world) == []
    digest_all(at=world.now)
    assert len(pull(world)) == 2
    assert pull(world) == []
    assert pull(world, world.other_assistant) == []


@pytest.mark.django_db
def test_only_what_is_done_with_is_forgotten(world: World) -> None:
    put(world, "a")
    later = world.now + timedelta(days=400)
    assert prune(refusals_before=later, batches_before=later, at=world.now) == (0, 0)
    digest_all(at=world.now)
    assert prune(refusals_before=later, batches_before=later, at=world.now) == (0, 0)
    pull(world)
    assert prune(refusals_before=later, batches_before=later, at=world.now) == (0, 1)
    assert counted() == Conversation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_digest_that_fails_half_way_counts_nothing(world: World) -> None:
    put(world, "a")
    with full("ingestion_searchentry"):
        digest_all(at=world.now)
    assert counted() == 0
    assert digest_all(at=world.now) == 0, "it is set aside for a minute"
    assert digest_all(at=world.now + timedelta(minutes=2)) == 1
    assert counted() == 1


@pytest.mark.django_db(transaction=True)
def test_two_digesters_at_once_count_once(world: World) -> None:
    for number in range(60):
        put(world, f"c{number}", f"d{number}")
    done = at_once(*[lambda: digest_all(at=world.now)] * 4)
    digest_all(at=world.now)
    assert sum(done) <= 60
    assert counted() == SearchEntry.objects.count() == 120
    assert not IntakeBatch.objects.filter(counted_at__isnull=True).exists()


@pytest.mark.django_db(transaction=True)
def test_two_pullers_at_once_hand_out_each_conversation_once(world: World) -> None:
    for number in range(40):
        put(world, f"c{number}")
    digest_all(at=world.now)

    pulled = [pk for ids in at_once(*[lambda: pull(world)] * 3) for pk in ids] + pull(world)
    assert sorted(pulled) == sorted(Conversation.objects.values_list("pk", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_slow_request_that_commits_late_is_not_missed(world: World) -> None:
    stored, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        try:
            with transaction.atomic():
                put(world, "slow")
                stored.set()
                assert go_on.wait(timeout=20)
        finally:
            connection.close()

    thread = threading.Thread(target=slowly)
    thread.start()
    assert stored.wait(timeout=20)
    put(world, "quick-1")
    put(world, "quick-2")
    digest_all(at=world.now)
    assert counted() == 2
    assert len(pull(world)) == 2
    go_on.set()
    thread.join(timeout=20)
    slow = Conversation.objects.get(external_id="slow")
    assert slow.pk < Conversation.objects.get(external_id="quick-1").pk
    digest_all(at=world.now)
    assert counted() == 3
    assert pull(world) == [slow.pk]


def pull_batches_now(world: World) -> list[int]:
    with transaction.atomic():
        return pull(world)


@pytest.mark.django_db(transaction=True)
def test_requests_at_once_repeated_and_failing_are_counted_exactly(world: World) -> None:
    """Eight callers send overlapping ids in opposite orders, some of it bad, while we count."""

    def caller(number: int) -> int:
        refused = 0
        for turn in range(6):
            ids = [f"c{(number * 3 + turn * 5 + step) % 40}" for step in range(10)]
            put(world, *(ids if number % 2 else reversed(ids)))
            try:
                with transaction.atomic():
                    put(world, f"lost-{number}-{turn}")
                    raise DatabaseError
            except DatabaseError:
                refused += 1
        return refused

    def counter(_: int) -> int:
        return sum(digest_once(at=world.now) for _ in range(20)) * 0

    calls = [lambda number=number: caller(number) for number in range(8)]
    results = at_once(*calls, lambda: counter(1), lambda: counter(2))
    digest_all(at=world.now)
    assert sum(results) == 48
    assert Conversation.objects.count() == counted() == SearchEntry.objects.count()
    assert not Conversation.objects.filter(external_id__startswith="lost").exists()


@pytest.mark.django_db(transaction=True)
def test_posts_at_once_of_the_same_batch_accept_each_id_once(send: Send, world: World) -> None:
    batch = [row(f"c{number}") for number in range(50)] + [{"id": "bad"}]
    orders = [batch, batch[::-1], batch[25:] + batch[:25], batch]
    answers = at_once(*[lambda order=order: send(order).json() for order in orders])
    accepted = [external_id for answer in answers for external_id in answer["accepted"]]
    assert sorted(accepted) == sorted(f"c{number}" for number in range(50))
    assert all(len(one["accepted"]) + len(one["duplicate"]) == 50 for one in answers)
    digest_all(at=world.now)
    assert counted() == 50
    assert Refusal.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_signals_that_cross_their_conversations_are_all_tied(world: World) -> None:
    def signal(number: int) -> None:
        rows = [SignalIn(conversation_id=f"c{number}", name="thumbs", value=-1.0)]
        receive_signals(assistant=world.assistant, rows=rows, at=world.now)

    def signals() -> None:
        for number in range(40):
            signal(number)

    def conversations() -> None:
        for number in range(40):
            put(world, f"c{number}")
            digest_all(at=world.now)

    at_once(signals, conversations)
    digest_all(at=world.now)
    assert Signal.objects.filter(conversation__isnull=False).count() == 40


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_fails_is_answered_in_the_apis_own_shape(send: Send) -> None:
    with full("ingestion_intakebatch"):
        response = send([row("a"), {"id": "bad"}])
    assert response.status_code == 500
    assert json.loads(response.content)["error"]["code"] == "failed"
    assert not Conversation.objects.exists()
