"""Every tick of the timetable on the million conversations, with work waiting for it.

What a tick needs to have something to do is planted first; it then runs until nothing is due. Each
run is one tick: none may take a second, so that no team waits for another's backlog.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from math import ceil
from statistics import median
from typing import Any

from celery import current_app
from django.db import connection, transaction

from bench.million import Million
from bench.verdicts import Line
from portal.timetable import TIMETABLE

TICK_LIMIT = 1.0
IDLE_RUNS, MOST_RUNS = 5, 400
WAITING_FLAGS = "sampling, 16,000 flags waiting"

# New conversations as intake stores them: of today, in batches of 100, not yet counted.
ARRIVE = """
WITH chats AS (
    INSERT INTO ingestion_conversation (assistant_id, external_id, started_at, day, kind, channel,
        language, model, prompt_version, retrieval_version, user_hash, ticket_ref, sample_rate,
        answers, messages, passages, attributes)
    SELECT assistant_id, 'new-' || clock_timestamp() || id, now(), current_date, kind, channel,
        language, model, prompt_version, retrieval_version, user_hash, ticket_ref, 1, 1, messages,
        passages, attributes
    FROM ingestion_conversation WHERE assistant_id = %(assistant)s ORDER BY id DESC LIMIT 2000
    RETURNING id
)
INSERT INTO ingestion_intakebatch (assistant_id, conversation_ids)
SELECT %(assistant)s, array_agg(id) FROM chats GROUP BY id / 100
"""
FLAGS = """
INSERT INTO reviews_flag (assistant_id, external_id, conversation_ref, conversation_id, pasted_text,
    reason, note, is_urgent, by_label, at)
SELECT assistant_id, 'tick-' || clock_timestamp() || id, external_id, id, '', 'wrong_fact', '',
    id %% 50 = 0, 'Bench', now()
FROM ingestion_conversation
WHERE assistant_id = %(assistant)s AND substr(external_id, 1, 5) = 'chat-'
  AND hashint8(id + (SELECT count(*) FROM reviews_flag)) %% %(every)s = 0
LIMIT %(flags)s
"""
SIGNALS = """
INSERT INTO ingestion_signal (assistant_id, external_id, conversation_ref, conversation_id, name,
    value, is_negative, comment, at)
SELECT assistant_id, 'tick-' || clock_timestamp() || id, external_id, id, 'thumbs', -1, true, '',
    now()
FROM (SELECT * FROM ingestion_conversation WHERE assistant_id = %(assistant)s
      ORDER BY id DESC LIMIT 5000) c
"""
DIRTY = """
INSERT INTO reviews_dirtyday (assistant_id, day, marked_at)
SELECT %(assistant)s, current_date - n, now() FROM generate_series(0, 99) AS n
"""
LOOKED_AT = "DELETE FROM reviews_assessment WHERE assistant_id = %(assistant)s"
NO_DRIFT = "DELETE FROM reviews_driftalarm WHERE assistant_id = %(assistant)s"
LOOKED_BACK = "DELETE FROM reviews_keptlookback WHERE assistant_id = %(assistant)s"
DRILLS = "UPDATE reviews_helddrill SET asked_at = now() WHERE assistant_id = %(assistant)s"
OLD_LOOKS = """
INSERT INTO reviews_assessment (assistant_id, as_of, day, method, reading, evidence, line, content)
SELECT assistant_id, as_of - n * interval '1 hour', (as_of - n * interval '1 hour')::date, method,
    reading, evidence, line, content
FROM (SELECT * FROM reviews_assessment WHERE assistant_id = %(assistant)s
      ORDER BY as_of DESC LIMIT 1) newest, generate_series(1, 1000) AS n
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class Planted:
    """A tick with what is planted before it."""

    label: str
    task: str
    sql: Sequence[str] = ()


PLANTED = (
    Planted("digest, 2,000 conversations arrived", "ingestion.tasks.digest_intake", (ARRIVE,)),
    Planted("sampling, 2,000 conversations arrived", "reviews.tasks.choose_samples"),
    Planted("sampling, 5,000 thumbs down", "reviews.tasks.choose_samples", (SIGNALS,)),
    Planted(WAITING_FLAGS, "reviews.tasks.choose_samples", (FLAGS,)),
    Planted("counting, 100 days changed", "reviews.tasks.make_rollups", (DIRTY,)),
    Planted("drift", "reviews.tasks.find_drift", (NO_DRIFT,)),
    Planted("watch", "reviews.tasks.watch_due", (LOOKED_AT,)),
    Planted("looking back on 6, 12, 26 weeks", "reviews.tasks.look_back", (LOOKED_BACK,)),
    Planted("a fire drill", "reviews.tasks.hold_drills", (DRILLS,)),
    Planted("thinning out 1,000 looks", "reviews.tasks.thin_out_assessments", (OLD_LOOKS,)),
)


def time_ticks(made: Million, size: int, only: str = "") -> Iterator[Line]:
    """What is planted, then every tick of the timetable with whatever is due or idle; those with
    `only` in their name."""
    for one in PLANTED:
        if only in one.label:
            yield _line(one.label, _runs(made, size, one))
    for name, _ in TIMETABLE:
        if not only:
            seconds = [_seconds(_task(name))[0] for _ in range(IDLE_RUNS)]
            yield _line(f"{name}, idle", seconds)


def _task(name: str) -> Callable[[], Any]:
    import_module(name.rpartition(".")[0])
    found: Callable[[], Any] = current_app.tasks[name].run
    return found


def _seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    done = work()
    return time.perf_counter() - start, done


def _runs(made: Million, size: int, planted: Planted) -> list[float]:
    """The seconds of each tick until nothing is left to do."""
    flags = max(16 * size // 1000, 1)
    values = {"assistant": made.assistant.pk, "flags": flags, "every": max(size // flags // 2, 1)}
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in planted.sql:
            cursor.execute(statement, values)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    seconds = []
    for _ in range(MOST_RUNS):
        taken, done = _seconds(_task(planted.task))
        seconds.append(taken)
        if not done:
            break
    return seconds


def _line(name: str, seconds: Sequence[float]) -> Line:
    ordered = sorted(seconds)
    p95 = ordered[ceil(0.95 * len(ordered)) - 1]
    figure = f"{len(ordered)} x {1000 * median(ordered):,.0f} / {1000 * p95:,.0f} ms"
    return Line(f"tick: {name}", figure, f"<= {1000 * TICK_LIMIT:,.0f} ms", p95 <= TICK_LIMIT)
