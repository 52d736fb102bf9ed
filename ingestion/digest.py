"""What is done with new conversations a moment after they were stored: counted, indexed, matched.

Every batch is dealt with exactly once: its row is locked, and marked in the transaction that adds
its counts. Whoever works on conversations next takes batches with `due_batches`. A batch that
cannot be dealt with is set aside, so that it holds nobody up, its own assistant's others neither.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q

from ingestion.day_signals import add_day_signals
from ingestion.models import Assistant, Conversation, IntakeBatch, Refusal
from ingestion.releases import notice_releases
from ingestion.search_entries import make_entries
from ingestion.signals import match_waiting_signals
from portal.ticks.aside import Aside

BATCHES_AT_A_TIME = 200
ROWS_AT_A_TIME = 500  # a chunk is done within a tick, on a busy machine too

COUNT = """
INSERT INTO ingestion_daycount AS counted
    (assistant_id, day, kind, conversations, answers, represented)
SELECT assistant_id, day, kind, count(*), sum(answers), sum(1 / sample_rate)
FROM ingestion_conversation WHERE id = ANY(%s)
GROUP BY assistant_id, day, kind ORDER BY assistant_id, day, kind
ON CONFLICT (assistant_id, day, kind) DO UPDATE SET
    conversations = counted.conversations + excluded.conversations,
    answers = counted.answers + excluded.answers,
    represented = counted.represented + excluded.represented
"""


def _take(batches: Iterable[IntakeBatch]) -> list[IntakeBatch]:
    """As many batches as make about ROWS_AT_A_TIME conversations."""
    taken, rows = [], 0
    for batch in batches:
        taken.append(batch)
        rows += len(batch.conversation_ids)
        if rows >= ROWS_AT_A_TIME:
            break
    return taken


def batch_key(batch: IntakeBatch) -> str:
    """Names a batch among the things that are set aside."""
    return f"batch-{batch.pk}"


def passed_over(aside: Aside) -> Q:
    """Batches that are not to be tried again yet."""
    return Q(pk__in=aside.waiting_ids("batch")) | Q(assistant__in=aside.crowded)


def digest_once(*, at: datetime) -> int:
    """Count and index one chunk of new conversations; returns how many batches it was."""
    aside = Aside(task="digest_intake", at=at)
    with transaction.atomic():
        due = IntakeBatch.objects.select_for_update(skip_locked=True)
        due = due.filter(counted_at__isnull=True).exclude(passed_over(aside)).order_by("id")
        batches = _take(due[:BATCHES_AT_A_TIME])
        aside.together(
            batches,
            key=batch_key,
            assistant=lambda batch: batch.assistant_id,
            work=lambda some: _digest_batches(some, at),
        )
    return len(batches)


def _digest_batches(batches: Sequence[IntakeBatch], at: datetime) -> None:
    by_assistant: dict[int, list[int]] = {}
    for batch in batches:
        by_assistant.setdefault(batch.assistant_id, []).extend(batch.conversation_ids)
    for assistant_id, ids in sorted(by_assistant.items()):
        _digest(assistant_id, ids, at)
    IntakeBatch.objects.filter(pk__in=[batch.pk for batch in batches]).update(counted_at=at)


def _digest(assistant_id: int, ids: list[int], at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [ids])
    make_entries(ids)
    add_day_signals(assistant_id=assistant_id, ids=ids)
    conversations = Conversation.objects.filter(pk__in=ids).only(
        "external_id", "started_at", "model", "prompt_version", "retrieval_version"
    )
    notice_releases(assistant_id=assistant_id, conversations=conversations, at=at)
    refs = [conversation.external_id for conversation in conversations]
    match_waiting_signals(assistant_id=assistant_id, refs=refs)


def digest_all(*, at: datetime, most: int = 1000, until: float = math.inf) -> int:
    """Digest until nothing is due, `most` chunks are done or `until` (of `time.monotonic`) has
    come; returns the number of batches."""
    done = 0
    for _ in range(most):
        batches = digest_once(at=at)
        done += batches
        if not batches or time.monotonic() >= until:
            break
    return done


def due_batches(*, assistant: Assistant, aside: Aside) -> list[IntakeBatch]:
    """A chunk of new conversations for the next step, as locked batches, oldest first.

    Must run inside the transaction that records what was done with them and marks them with
    `mark_pulled`: when it fails, they are due again. Only counted batches are handed out, so that
    the day's counts are known.
    """
    due = IntakeBatch.objects.select_for_update(skip_locked=True)
    due = due.filter(assistant=assistant, pulled_at__isnull=True, counted_at__isnull=False)
    return _take(due.exclude(passed_over(aside)).order_by("id")[:BATCHES_AT_A_TIME])


def mark_pulled(batches: Sequence[IntakeBatch], *, at: datetime) -> None:
    """These batches are dealt with."""
    IntakeBatch.objects.filter(pk__in=[batch.pk for batch in batches]).update(pulled_at=at)


def prune(*, refusals_before: datetime, batches_before: datetime, at: datetime) -> tuple[int, int]:
    """Forget old refusals and batches that are done with; returns how many of each."""

    def forget(some: Sequence[Assistant]) -> tuple[int, int]:
        refusals, _ = Refusal.objects.filter(assistant__in=some, at__lt=refusals_before).delete()
        batches, _ = IntakeBatch.objects.filter(
            assistant__in=some,
            received_at__lt=batches_before,
            counted_at__isnull=False,
            pulled_at__isnull=False,
        ).delete()
        return refusals, batches

    done = Aside(task="prune_refusals", at=at).together(
        list(Assistant.objects.order_by("pk")),
        key=lambda one: f"assistant-{one.pk}",
        assistant=lambda one: one.pk,
        work=forget,
    )
    return sum(one for one, _ in done), sum(two for _, two in done)
