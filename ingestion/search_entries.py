"""What search knows of each conversation: made with the digest, made anew when the way changes."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from ingestion.alike import sql_spaced, sql_words_of
from ingestion.models import SEARCH_FORMULA, SearchEntry
from portal.ticks.aside import Aside

MAX_INDEXED = 20_000  # characters of a conversation that search looks at
ENTRIES_AT_A_TIME = 200

SAID = "left(c.external_id || ' ' || c.ticket_ref || ' ' || said.words, %(most)s)"
# Answers as in `ingestion.wire.answers_among`.
MAKE = f"""
INSERT INTO ingestion_searchentry
    (conversation_id, assistant_id, started_at, ticket_ref, words, answer_words, formula)
SELECT c.id, c.assistant_id, c.started_at, c.ticket_ref,
       to_tsvector('simple', {sql_spaced(SAID)}), said.answers, %(formula)s
FROM ingestion_conversation c CROSS JOIN LATERAL (
    SELECT coalesce(string_agg(m ->> 'content', ' '), '') AS words,
           coalesce(array_remove(array_agg(DISTINCT {sql_words_of("m ->> 'content'")})
                                 FILTER (WHERE m ->> 'role' = 'assistant'), NULL), '{{}}')
           AS answers
    FROM jsonb_array_elements(c.messages) m
) said
WHERE c.id = ANY(%(ids)s)
ON CONFLICT (conversation_id) DO UPDATE SET
    words = excluded.words, answer_words = excluded.answer_words, formula = excluded.formula
"""  # noqa: S608 - pieces of our own only


def make_entries(ids: Sequence[int]) -> None:
    """Make what search knows of these conversations, anew where it is known."""
    values: dict[str, Any] = {"ids": list(ids), "most": MAX_INDEXED, "formula": SEARCH_FORMULA}
    with connection.cursor() as cursor:
        cursor.execute(MAKE, values)


def remake_entries(*, at: datetime, until: float = math.inf) -> int:
    """Make entries of an earlier way anew, a chunk at a time until `until` (of `time.monotonic`);
    returns how many. One that cannot be made is set aside."""
    made = 0
    aside = Aside(task="remake_search", at=at)
    while True:
        due = SearchEntry.objects.filter(formula__lt=SEARCH_FORMULA)
        due = due.exclude(pk__in=aside.waiting_ids("conversation")).order_by("-pk")
        rows = list(due.only("pk", "assistant")[:ENTRIES_AT_A_TIME])
        aside.together(
            rows,
            key=lambda row: f"conversation-{row.pk}",
            assistant=lambda row: row.assistant_id,
            work=lambda some: make_entries([row.pk for row in some]),
        )
        made += len(rows)
        if not rows or time.monotonic() >= until:
            return made
