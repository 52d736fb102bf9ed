"""Store many conversations in one statement: all that is new, once, and the note that it came.

A 2xx means committed: the statement runs in autocommit, and its rows and its `IntakeBatch` are
stored together or not at all.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import psycopg
from django.conf import settings
from django.db import connection

from ingestion.kept import kept_id, kept_ids, kept_text, own_patterns
from ingestion.models import Assistant, Refusal
from ingestion.own_patterns import PatternTooSlow, compiled
from ingestion.redact_rows import redact_row
from ingestion.wire import ConversationIn, RefusedRow, answer_indexes

MAX_KEPT_REFUSALS = 20
SEPARATOR = b"\x1f"

# One text for the versions of the rows that say who a key speaks for and by which rules: any
# change of them, such as revoking the key, makes another one.
KEY_VERSION = """concat_ws(' ', k.xmin, k.ctid, l.xmin, l.ctid, a.xmin, a.ctid, t.xmin, t.ctid)"""
KEY_ROWS = """accounts_apikey k
    JOIN ingestion_assistantkey l ON l.api_key_id = k.id
    JOIN ingestion_assistant a ON a.id = l.assistant_id
    JOIN accounts_team t ON t.id = a.team_id"""

# Rows are sorted by id before they come here, so that two requests with the same ids wait for
# each other in one order and cannot deadlock. What was said and given comes beside the rows, each
# column in one text cut at a control character, which JSON never holds: PostgreSQL reads it once,
# not once as part of a row and once by itself.
#
# A key that is remembered is checked here, in the same round trip: when its version is another by
# now, nothing is stored and one row without an id says so. A conversation by itself takes four
# fifths of the time that it takes when its key is read first (`python -m bench shortcuts`).
STORE = f"""
WITH proof AS MATERIALIZED (
    SELECT %(key)s::bigint IS NULL OR EXISTS (
        SELECT FROM {KEY_ROWS}
        WHERE k.id = %(key)s::bigint AND {KEY_VERSION} = %(version)s::text) AS holds
), stored AS (
    INSERT INTO ingestion_conversation (
        assistant_id, external_id, started_at, day, kind, channel, language, model,
        prompt_version, retrieval_version, tokens_in, tokens_out, latency_ms, cost, user_hash,
        ticket_ref, sample_rate, answers, messages, passages, attributes)
    SELECT %(assistant)s::bigint, external_id, started_at, day, kind, channel, language, model,
        prompt_version, retrieval_version, tokens_in, tokens_out, latency_ms, cost, user_hash,
        ticket_ref, sample_rate, answers, messages::jsonb, passages::jsonb, attributes::jsonb
    FROM ROWS FROM (
        json_to_recordset(%(rows)s::json) AS (
            external_id text, started_at timestamptz, day date, kind text, channel text,
            language text, model text, prompt_version text, retrieval_version text,
            tokens_in int, tokens_out int, latency_ms int, cost float8, user_hash text,
            ticket_ref text, sample_rate float8, answers int),
        unnest(string_to_array(%(messages)s, E'\\x1f')),
        unnest(string_to_array(%(passages)s, E'\\x1f')),
        unnest(string_to_array(%(attributes)s, E'\\x1f'))
    ) AS incoming(
        external_id, started_at, day, kind, channel, language, model, prompt_version,
        retrieval_version, tokens_in, tokens_out, latency_ms, cost, user_hash, ticket_ref,
        sample_rate, answers, messages, passages, attributes)
    WHERE (SELECT holds FROM proof)
    ON CONFLICT (assistant_id, external_id) DO NOTHING
    RETURNING id, external_id
), batch AS (
    INSERT INTO ingestion_intakebatch (assistant_id, conversation_ids)
    SELECT %(assistant)s::bigint, array_agg(id ORDER BY id) FROM stored HAVING count(*) > 0
)
SELECT external_id FROM stored UNION ALL SELECT NULL FROM proof WHERE NOT holds
"""  # noqa: S608 - constants only


class KeyUnproven(Exception):
    """What is remembered of a key has to be read again; nothing was stored."""


@dataclass(frozen=True)
class KeyProof:
    """The key that sent the rows, and which versions of its rows were read: see `STORE`."""

    key: int
    version: str


@dataclass(frozen=True)
class Receipt:
    """What became of each row: ids stored, ids known already, rows refused."""

    accepted: list[str]
    duplicate: list[str]
    rejected: list[RefusedRow]


@lru_cache(maxsize=1024)
def _user_key(assistant_id: int) -> bytes:
    message = f"user_ref of assistant {assistant_id}".encode()
    return hmac.digest(settings.SECRET_KEY.encode(), message, "sha256")


def user_hash(assistant_id: int, user_ref: str) -> str:
    """What is kept of a `user_ref`: a keyed hash, so that one person's rows can be erased."""
    if not user_ref:
        return ""
    return hmac.digest(_user_key(assistant_id), user_ref.encode(), "sha256").hex()


class Record(msgspec.Struct):
    """The short columns of one row."""

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


def _record(row: ConversationIn, assistant: Assistant, zone: ZoneInfo, at: datetime) -> Record:
    """One redacted row, dated, the user hashed."""
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
    )


def _column(values: Iterable[Any]) -> str:
    return SEPARATOR.join([msgspec.json.encode(value) for value in values]).decode()


def _execute(
    assistant: Assistant, rows: list[ConversationIn], records: list[Record], proof: KeyProof | None
) -> set[str]:
    """Run the statement with server-side parameters, prepared after a few uses."""
    values = {
        "assistant": assistant.pk,
        "key": proof.key if proof else None,
        "version": proof.version if proof else None,
        "rows": msgspec.json.encode(records).decode(),
        "messages": _column(row.messages for row in rows),
        "passages": _column(row.passages for row in rows),
        "attributes": _column(row.attributes for row in rows),
    }
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        stored = {external_id for (external_id,) in cursor.execute(STORE, values).fetchall()}
    if None in stored:
        raise KeyUnproven
    return stored


def store(
    *,
    assistant: Assistant,
    rows: list[tuple[int, ConversationIn]],
    rejected: list[RefusedRow],
    at: datetime,
    endpoint: str = "conversations",
    proof: KeyProof | None = None,
) -> Receipt:
    """Store the rows that are new; `assistant.team` must be loaded.

    `rows` are (index in the request, checked row). An id that comes twice, in one request or in
    two, is stored once. Good rows are stored although others are refused. A row that the team's
    own patterns take too long on is refused. With a `proof`, raises KeyUnproven when what it says
    is not so any more, or when something is to be kept besides rows; then nothing was stored.
    """
    zone = assistant.team.zone
    custom = compiled(tuple(assistant.redact_patterns))
    first: dict[str, tuple[int, ConversationIn]] = {}
    kept = kept_ids(assistant=assistant, sent=[row.id for _, row in rows], custom=custom)
    as_sent = {its: one for one, its in kept.items()}
    for index, row in rows:
        row.id = kept[row.id]
        row.ticket_ref = kept_id(assistant=assistant, sent=row.ticket_ref.strip(), custom=custom)
        first.setdefault(row.id, (index, row))
    ordered, slow = [], {}
    for external_id in sorted(first):
        index, row = first[external_id]
        try:
            redact_row(row, custom)
        except PatternTooSlow as error:
            sent = as_sent[external_id]
            slow[external_id] = RefusedRow(index, sent, error.field, str(error), error.fix)
        else:
            ordered.append(row)
    rejected = [*rejected, *slow.values()]
    if rejected:  # first, so that nothing can fail once the rows are stored
        if proof:
            raise KeyUnproven
        keep_refusals(assistant=assistant, refused=rejected, endpoint=endpoint, at=at)
    records = [_record(row, assistant, zone, at) for row in ordered]
    stored = _execute(assistant, ordered, records, proof) if records else set()
    accepted = [external_id for external_id in first if external_id in stored]
    left = set(accepted)
    duplicate = []
    for _, row in rows:
        if row.id in left:
            left.discard(row.id)
        elif row.id not in slow:
            duplicate.append(row.id)
    return Receipt(
        [as_sent[one] for one in accepted], [as_sent[one] for one in duplicate], rejected
    )


def _storable(text: str, limit: int) -> str:
    """`text` without what PostgreSQL cannot keep, at most `limit` characters."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")[:limit]


def keep_refusals(
    *, assistant: Assistant, refused: Sequence[RefusedRow], endpoint: str, at: datetime
) -> None:
    """Keep the first refusals of a request for the set-up page, without what must not be kept."""
    custom = own_patterns(assistant)
    Refusal.objects.bulk_create(
        Refusal(
            assistant=assistant,
            at=at,
            endpoint=endpoint,
            external_id=kept_id(
                assistant=assistant, sent=_storable(one.id or "", 200), custom=custom
            ),
            field=kept_text(text=_storable(one.field, 200), custom=custom, most=200),
            reason=kept_text(text=_storable(one.reason, 500), custom=custom, most=500),
            fix=_storable(one.fix, 500),
        )
        for one in refused[:MAX_KEPT_REFUSALS]
    )
