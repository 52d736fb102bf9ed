"""Find a conversation by ticket, by its id, or by words the customer or the assistant used.

Each step reads a bounded part of what there is. A ticket or an id that is known is the answer; a
ticket is known as people write it: in other letters, with another sign or none between, by its
number alone, or as the address of its page.
Common words are found among the newest conversations, which are those that are looked for. Words
that are rare there are few everywhere, and are found in the index of words; when that takes too
long after all, what is known by then is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from django.db import OperationalError, connection, transaction
from django.db.models import Q, Value
from django.db.models.lookups import Exact
from psycopg.errors import QueryCanceled

from ingestion.alike import LastNumber, Squeezed, spaced
from ingestion.kept import kept_id, own_patterns
from ingestion.models import Assistant, Conversation, SearchEntry

MOST = 20
WORD = re.compile(r"\w+", re.UNICODE)
# One short word and a number, as a ticket is written; more is a sentence.
A_TICKET = re.compile(
    r"[^\w\s]*\s*(?P<word>[^\W\d_]{0,12})[\W_]{0,3}(?P<number>[0-9]{1,20})[^\w\s]*"
)
A_NUMBER = 3  # digits, at least, for a ticket to be known by its number beside another word
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
    any. A word that is written without spaces is a phrase of its characters."""
    found = [spaced(word).split() for word in WORD.findall(text)[:MAX_WORDS]]
    words = [[f"'{part}'" for part in parts] for parts in found if parts]
    if not words:
        return ""
    words[-1][-1] += ":*"
    return " & ".join(" <-> ".join(parts) for parts in words)


@dataclass(frozen=True)
class Found:
    """Conversations; the first `certain` of them by their id or ticket."""

    rows: Sequence[Conversation]
    certain: int = 0


def find_conversations(*, assistant: Assistant, text: str, most: int = MOST) -> Found:
    """Those of an exact id or ticket; without any those of a ticket with this number, then those
    with these words, newest first; at most `most`."""
    text = text.strip().replace("\x00", "")[:500]
    if not text:
        return Found([])
    exact = _exact(assistant, text, most)
    sure = exact or _by_number(assistant, text, most)
    ids = exact or list(dict.fromkeys([*sure, *_by_words(assistant, text, most)]))[:most]
    rows = Conversation.objects.in_bulk(ids)
    return Found([rows[pk] for pk in ids if pk in rows], sum(pk in rows for pk in sure))


def _written(text: str) -> list[str]:
    """The ticket in what was typed: itself, or the parts with a digit of an address, last first."""
    if "://" not in text:
        return [text]
    try:
        parts = urlsplit(text)
    except ValueError:
        return [text]
    pieces = re.split(r"[/?&=#]", f"{parts.path}/{parts.query}/{parts.fragment}")
    numbered = [unquote(piece) for piece in pieces if re.search(r"\d", piece)]
    return [text, *numbered[:-5:-1]]


def _exact(assistant: Assistant, text: str, most: int) -> list[int]:
    custom = own_patterns(assistant)
    found: list[int] = []
    for ticket in _written(text):
        bare = ticket.strip().lstrip("#").strip()
        typed = {ticket, bare, bare.upper(), bare.lower(), bare.replace(" ", "-")}
        # An id or ticket that is secret is kept as a keyed hash of how it was sent.
        kept = {kept_id(assistant=assistant, sent=one, custom=custom) for one in typed}
        by_id = Conversation.objects.filter(assistant=assistant, external_id__in=kept)[:most]
        found += [one.pk for one in by_id]
        entries = SearchEntry.objects.filter(assistant=assistant).exclude(ticket_ref="")
        for same in (Q(ticket_ref__in=kept), Exact(Squeezed("ticket_ref"), Squeezed(Value(bare)))):
            rows = entries.filter(same).order_by("-started_at")
            found += rows.values_list("pk", flat=True)[:most]
        if found:
            break
    return list(dict.fromkeys(found))[:most]


def _by_number(assistant: Assistant, text: str, most: int) -> list[int]:
    """Tickets that one side writes with letters and the other by the number alone."""
    entries = SearchEntry.objects.filter(assistant=assistant).exclude(ticket_ref="")
    for ticket in _written(text):
        parts = A_TICKET.fullmatch(ticket)
        if parts is None:
            continue
        number = Value(parts["number"])
        same: Q | Exact = Exact(LastNumber("ticket_ref"), number)
        if parts["word"]:
            if len(parts["number"]) < A_NUMBER:
                continue
            same = Exact(Squeezed("ticket_ref"), number)
        rows = entries.filter(same).order_by("-started_at").values_list("pk", flat=True)[:most]
        if rows:
            return list(rows)
    return []


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
