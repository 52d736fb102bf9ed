"""Find a conversation by ticket, by its id, or by words the customer or the assistant used.

Each step reads a bounded part of what there is. A ticket or an id that is known is the answer.
Common words are found among the newest conversations, which are those that are looked for. Words
that are rare there are few everywhere, and are found in the index of words; when that takes too
long after all, what is known by then is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from ingestion.kept import kept_id, own_patterns
from ingestion.models import Assistant, Conversation, SearchEntry

MOST = 20
WORD = re.compile(r"\w+", re.UNICODE)
MAX_WORDS = 12
NEWEST = 1000  # conversations read through for common words
MILLISECONDS = 150  # for the index of words

AMONG_NEWEST = """
SELECT conversation_id FROM (
    SELECT conversation_id, words, started_at FROM ingestion_searchentry
    WHERE assistant_id = %(assistant)s ORDER BY started_at DESC LIMIT %(newest)s
) AS newest
WHERE words @@ to_tsquery('simple', %(words)s) ORDER BY started_at DESC LIMIT %(most)s
"""
# The index first and by itself: beside an order the planner would rather read all of a team's
# conversations, newest first, until enough are found, which for a rare word is never.
IN_INDEX = """
WITH hit AS MATERIALIZED (
    SELECT conversation_id, assistant_id, started_at FROM ingestion_searchentry
    WHERE words @@ to_tsquery('simple', %(words)s)
)
SELECT conversation_id FROM hit WHERE assistant_id = %(assistant)s
ORDER BY started_at DESC LIMIT %(most)s
"""


def _prefix_query(text: str) -> str:
    """All the words, the last one as a beginning, so that results come while typing; empty without
    any."""
    found = WORD.findall(text)[:MAX_WORDS]
    if not found:
        return ""
    return " & ".join([f"'{word}'" for word in found[:-1]] + [f"'{found[-1]}':*"])


def find_conversations(
    *, assistant: Assistant, text: str, most: int = MOST
) -> Sequence[Conversation]:
    """Those of an exact id or ticket; without any those with these words, newest first; at most
    `most`."""
    text = text.strip().replace("\x00", "")[:500]
    if not text:
        return []
    ids = _exact(assistant, text, most) or _by_words(assistant, text, most)
    found = Conversation.objects.in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def as_it_is_kept(*, assistant: Assistant, text: str) -> str:
    """An id or ticket as it stands in the rows: a secret one is kept as a keyed hash."""
    return kept_id(assistant=assistant, sent=text, custom=own_patterns(assistant))


def _exact(assistant: Assistant, text: str, most: int) -> list[int]:
    text = as_it_is_kept(assistant=assistant, text=text)
    by_id = Conversation.objects.filter(assistant=assistant, external_id=text)[:1]
    entries = SearchEntry.objects.filter(assistant=assistant, ticket_ref=text)
    by_ticket = entries.order_by("-started_at").values_list("pk", flat=True)[:most]
    return list(dict.fromkeys([one.pk for one in by_id] + list(by_ticket)))[:most]


def _by_words(assistant: Assistant, text: str, most: int) -> list[int]:
    words = _prefix_query(text)
    if not words:
        return []
    values = {"assistant": assistant.pk, "words": words, "most": most, "newest": NEWEST}
    ids = _ids(AMONG_NEWEST, values)
    if len(ids) == most:
        return ids
    return _in_index(values) or ids


def _ids(statement: str, values: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [pk for (pk,) in cursor.fetchall()]


def _in_index(values: dict[str, Any]) -> list[int]:
    """What the index of words finds in the time it has; nothing when that is not enough."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"SET LOCAL statement_timeout = {MILLISECONDS}")
            ids = _ids(IN_INDEX, values)
            transaction.set_rollback(True)  # nothing was written; the settings end here
            return ids
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return []
