"""Cheap signals on all traffic, summed by day and kind; watched for answers that look different.

Values are rounded to a fine binary grid before they are added. Sums of such values are exact, so
they do not depend on the order or the chunks in which conversations were added, and a rebuild gives
the same rows to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from math import log
from typing import NamedTuple

import msgspec
from django.db import connection, transaction

from ingestion.did_not_answer import did_not_answer
from ingestion.models import Assistant, DayCount, DaySignals

MAX_MEASURED = 20_000  # characters of an answer whose words are counted
AT_A_TIME = 2000
# Exact while a day's sum stays below 2 ** 33, and for money below 2 ** 23.
GRID, MONEY_GRID = float(1 << 20), float(1 << 30)

FACTS = """
SELECT c.day, c.kind, answer.content,
       (SELECT max((p ->> 'score')::float8) FROM jsonb_array_elements(c.passages) p),
       c.latency_ms, c.tokens_out, c.cost
FROM ingestion_conversation c
LEFT JOIN LATERAL (
    SELECT left(m ->> 'content', %s) AS content
    FROM jsonb_array_elements(c.messages) WITH ORDINALITY AS said(m, place)
    WHERE m ->> 'role' = 'assistant' AND m ->> 'content' ~ '[^[:space:]]'
    ORDER BY place DESC LIMIT 1
) answer ON true
WHERE c.id = ANY(%s)
"""

ADD = """
INSERT INTO ingestion_daysignals AS known
    (assistant_id, day, kind, conversations, did_not_answer, log_length, scored, top_score,
     timed, log_latency, counted_tokens, tokens, priced, cost)
SELECT %s, day, kind, conversations, did_not_answer, log_length, scored, top_score,
       timed, log_latency, counted_tokens, tokens, priced, cost
FROM json_to_recordset(%s::json) AS new(
    day date, kind text, conversations int, did_not_answer int, log_length float8, scored int,
    top_score float8, timed int, log_latency float8, counted_tokens int, tokens float8,
    priced int, cost float8)
ORDER BY day, kind
ON CONFLICT (assistant_id, day, kind) DO UPDATE SET
    conversations = known.conversations + excluded.conversations,
    did_not_answer = known.did_not_answer + excluded.did_not_answer,
    log_length = known.log_length + excluded.log_length,
    scored = known.scored + excluded.scored,
    top_score = known.top_score + excluded.top_score,
    timed = known.timed + excluded.timed,
    log_latency = known.log_latency + excluded.log_latency,
    counted_tokens = known.counted_tokens + excluded.counted_tokens,
    tokens = known.tokens + excluded.tokens,
    priced = known.priced + excluded.priced,
    cost = known.cost + excluded.cost
"""

# The day was taken in the team's zone, so it lies within a day of `started_at`, which is indexed.
COUNTED_OF_DAY = """
SELECT c.id FROM ingestion_conversation c
WHERE c.assistant_id = %(assistant)s AND c.day = %(day)s
  AND c.started_at BETWEEN %(from)s AND %(to)s
  AND c.id NOT IN (
      SELECT unnest(conversation_ids) FROM ingestion_intakebatch
      WHERE assistant_id = %(assistant)s AND counted_at IS NULL)
ORDER BY c.id
"""


class Facts(NamedTuple):
    """What is cheap to know about one conversation; `answer` is the last one."""

    day: date
    kind: str
    answer: str | None
    top_score: float | None
    latency_ms: int | None
    tokens_out: int | None
    cost: float | None


@dataclass
class Sums:
    """The sums of one day and kind, named as in `DaySignals`."""

    conversations: int = 0
    did_not_answer: int = 0
    log_length: float = 0.0
    scored: int = 0
    top_score: float = 0.0
    timed: int = 0
    log_latency: float = 0.0
    counted_tokens: int = 0
    tokens: float = 0.0
    priced: int = 0
    cost: float = 0.0

    def add(self, facts: Facts) -> None:
        """Count one conversation."""
        answer = facts.answer or ""
        self.conversations += 1
        self.did_not_answer += did_not_answer(answer)
        self.log_length += _on_grid(log(max(len(answer.split()), 1)))
        if facts.top_score is not None:
            self.scored += 1
            self.top_score += _on_grid(facts.top_score)
        if facts.latency_ms is not None:
            self.timed += 1
            self.log_latency += _on_grid(log(max(facts.latency_ms, 1)))
        if facts.tokens_out is not None:
            self.counted_tokens += 1
            self.tokens += facts.tokens_out
        if facts.cost is not None:
            self.priced += 1
            self.cost += _on_grid(facts.cost, MONEY_GRID)


def _on_grid(value: float, grid: float = GRID) -> float:
    return round(value * grid) / grid


def _lock(assistant_id: int, *, alone: bool) -> None:
    """Until the transaction ends: those who add go together, who rebuilds is alone."""
    shared = "" if alone else "_shared"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT pg_advisory_xact_lock{shared}(hashtextextended(%s, 0))",
            [f"day signals {assistant_id}"],
        )


def add_day_signals(*, assistant_id: int, ids: Sequence[int]) -> None:
    """Add an assistant's conversations to its sums; call it in the transaction that counts them."""
    _lock(assistant_id, alone=False)
    _add(assistant_id, ids)


def _add(assistant_id: int, ids: Sequence[int]) -> None:
    sums: dict[tuple[date, str], Sums] = {}
    with connection.cursor() as cursor:
        cursor.execute(FACTS, [MAX_MEASURED, list(ids)])
        for row in cursor.fetchall():
            facts = Facts(*row)
            sums.setdefault((facts.day, facts.kind), Sums()).add(facts)
        rows = [{"day": day, "kind": kind, **asdict(one)} for (day, kind), one in sums.items()]
        cursor.execute(ADD, [assistant_id, msgspec.json.encode(rows).decode()])


def rebuild_day_signals(*, assistant: Assistant) -> Iterator[tuple[date, int]]:
    """Make an assistant's rows again, whole, from its conversations; yields each day with its
    number of conversations.

    A day is one transaction, so that the digest waits for a moment at most. Conversations not yet
    counted are left to it. A day whose conversations are gone loses its rows.
    """
    days = set(DayCount.objects.filter(assistant=assistant).values_list("day", flat=True))
    days |= set(DaySignals.objects.filter(assistant=assistant).values_list("day", flat=True))
    for day in sorted(days):
        yield day, _rebuild_day(assistant.pk, day)


def _rebuild_day(assistant_id: int, day: date) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        _lock(assistant_id, alone=True)
        DaySignals.objects.filter(assistant_id=assistant_id, day=day).delete()
        near = {"from": day - timedelta(days=2), "to": day + timedelta(days=3)}
        cursor.execute(COUNTED_OF_DAY, {"assistant": assistant_id, "day": day, **near})
        ids = [pk for (pk,) in cursor.fetchall()]
        for start in range(0, len(ids), AT_A_TIME):
            _add(assistant_id, ids[start : start + AT_A_TIME])
    return len(ids)
