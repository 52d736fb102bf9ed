"""Store many conversations in one statement: all that is new, once, and the note that it came.

A 2xx means committed: the statement runs in autocommit, and its rows and its `IntakeBatch` are
stored together or not at all.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import psycopg
from django.conf import settings
from django.db import connection

from ingestion.models import Assistant, Refusal
from ingestion.redaction import compiled, redact
from ingestion.wire import (
    ConversationIn,
    Message,
    Passage,
    Refused,
    answer_indexes,
    text_of,
)

MAX_KEPT_REFUSALS = 20

# Rows are sorted by id before they come here, so that two requests with the same ids wait for
# each other in one order and cannot deadlock.
STORE = """
WITH stored AS (
    INSERT INTO ingestion_conversation (
        assistant_id, external_id, started_at, day, kind, channel, language, model,
        prompt_version, retrieval_version, tokens_in, tokens_out, latency_ms, cost, user_hash,
        ticket_ref, sample_rate, answers, messages, passages, attributes)
    SELECT %(assistant)s::bigint, external_id, started_at, day, kind, channel, language, model,
        prompt_version, retrieval_version, tokens_in, tokens_out, latency_ms, cost, user_hash,
        ticket_ref, sample_rate, answers, messages, passages, attributes
    FROM json_to_recordset(%(rows)s::json) AS incoming(
        external_id text, started_at timestamptz, day date, kind text, channel text,
        language text, model text, prompt_version text, retrieval_version text,
        tokens_in int, tokens_out int, latency_ms int, cost float8, user_hash text,
        ticket_ref text, sample_rate float8, answers int, messages jsonb, passages jsonb,
        attributes jsonb)
    ON CONFLICT (assistant_id, external_id) DO NOTHING
    RETURNING id, external_id
), batch AS (
    INSERT INTO ingestion_intakebatch (assistant_id, conversation_ids)
    SELECT %(assistant)s::bigint, array_agg(id ORDER BY id) FROM stored HAVING count(*) > 0
)
SELECT external_id FROM stored
"""


@dataclass(frozen=True)
class Receipt:
    """What became of each row: ids stored, ids known already, rows refused."""

    accepted: list[str]
    duplicate: list[str]
    rejected: list[Refused]


@lru_cache(maxsize=1024)
def _user_key(assistant_id: int) -> bytes:
    message = f"user_ref of assistant {assistant_id}".encode()
    return hmac.digest(settings.SECRET_KEY.encode(), message, "sha256")


def user_hash(assistant_id: int, user_ref: str) -> str:
    """What is kept of a `user_ref`: a keyed hash, so that one person's rows can be erased."""
    if not user_ref:
        return ""
    return hmac.digest(_user_key(assistant_id), user_ref.encode(), "sha256").hex()


def _clean(value: Any, custom: Sequence[re.Pattern[str]]) -> Any:
    """`value` with every text in it redacted; keys are kept."""
    if isinstance(value, str):
        return redact(value, custom)
    if isinstance(value, list):
        return [_clean(inner, custom) for inner in value]
    if isinstance(value, dict):
        return {key: _clean(inner, custom) for key, inner in value.items()}
    return value


class Record(msgspec.Struct):
    """One row as the statement takes it."""

    external_id: str
    started_at: datetime
    day: date
    kind: str
    channel: str
    language: str
    model: str
    prompt_version: str
    retrieval_version: str
    tokens_in: int | None
    tokens_out: int | None
    latency_ms: int | None
    cost: float | None
    user_hash: str
    ticket_ref: str
    sample_rate: float
    answers: int
    messages: list[Message]
    passages: list[Passage]
    attributes: dict[str, Any]


def _redact_row(row: ConversationIn, custom: Sequence[re.Pattern[str]]) -> None:
    """Blank out what must not be stored, in place; every message's content becomes one text."""
    for message in row.messages:
        content = message.content
        message.content = redact(content if isinstance(content, str) else text_of(message), custom)
        if message.name:
            message.name = redact(message.name, custom)
        if message.tool_calls:
            message.tool_calls = _clean(message.tool_calls, custom)
    for passage in row.passages:
        passage.text = redact(passage.text, custom)
        if passage.title:
            passage.title = redact(passage.title, custom)
        if passage.url:
            passage.url = redact(passage.url, custom)
    if row.attributes:
        row.attributes = _clean(row.attributes, custom)


def _record(
    row: ConversationIn,
    assistant: Assistant,
    zone: ZoneInfo,
    custom: Sequence[re.Pattern[str]],
    at: datetime,
) -> Record:
    """One row redacted, dated, the user hashed."""
    _redact_row(row, custom)
    started = row.started_at or at
    return Record(
        row.id,
        started,
        started.astimezone(zone).date(),
        row.kind.strip(),
        row.channel.strip(),
        row.language.strip(),
        row.model.strip(),
        row.prompt_version.strip(),
        row.retrieval_version.strip(),
        row.tokens_in,
        row.tokens_out,
        row.latency_ms,
        row.cost,
        user_hash(assistant.pk, row.user_ref),
        row.ticket_ref.strip(),
        row.sample_rate,
        len(answer_indexes(row.messages)),
        row.messages,
        row.passages,
        row.attributes,
    )


def _execute(assistant: Assistant, records: list[Record]) -> set[str]:
    """Run the statement with server-side parameters, prepared after a few uses."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        rows = msgspec.json.encode(records).decode()
        cursor.execute(STORE, {"assistant": assistant.pk, "rows": rows})
        return {external_id for (external_id,) in cursor.fetchall()}


def store(
    *,
    assistant: Assistant,
    rows: list[tuple[int, ConversationIn]],
    rejected: list[Refused],
    at: datetime,
    endpoint: str = "conversations",
) -> Receipt:
    """Store the rows that are new; `assistant.team` must be loaded.

    `rows` are (index in the request, checked row). An id that comes twice, in one request or in
    two, is stored once. Good rows are stored although others are refused.
    """
    zone = ZoneInfo(assistant.team.time_zone)
    custom = compiled(tuple(assistant.redact_patterns))
    first: dict[str, ConversationIn] = {}
    for _, row in rows:
        first.setdefault(row.id, row)
    ordered = [first[external_id] for external_id in sorted(first)]
    records = [_record(row, assistant, zone, custom, at) for row in ordered]
    if rejected:  # first, so that nothing can fail once the rows are stored
        keep_refusals(assistant=assistant, refused=rejected, endpoint=endpoint, at=at)
    stored = _execute(assistant, records) if records else set()
    accepted = [external_id for external_id in first if external_id in stored]
    left = set(accepted)
    duplicate = []
    for _, row in rows:
        if row.id in left:
            left.discard(row.id)
        else:
            duplicate.append(row.id)
    return Receipt(accepted, duplicate, rejected)


def _storable(text: str, limit: int) -> str:
    """`text` without what PostgreSQL cannot keep, at most `limit` characters."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")[:limit]


def keep_refusals(
    *, assistant: Assistant, refused: Sequence[Refused], endpoint: str, at: datetime
) -> None:
    """Keep the first refusals of a request for the set-up page; never what was sent."""
    Refusal.objects.bulk_create(
        Refusal(
            assistant=assistant,
            at=at,
            endpoint=endpoint,
            external_id=_storable(one.id or "", 200),
            field=_storable(one.field, 200),
            reason=_storable(one.reason, 500),
            fix=_storable(one.fix, 500),
        )
        for one in refused[:MAX_KEPT_REFUSALS]
    )
