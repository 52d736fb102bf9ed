"""Find a conversation by ticket, by its id, or by words the customer or the assistant used."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.contrib.postgres.search import SearchQuery

from ingestion.models import Assistant, Conversation, SearchEntry

MOST = 20
WORD = re.compile(r"\w+", re.UNICODE)
MAX_WORDS = 12


def _prefix_query(text: str) -> SearchQuery | None:
    """All the words, the last one as a beginning, so that results come while typing."""
    found = WORD.findall(text)[:MAX_WORDS]
    if not found:
        return None
    parts = [f"'{word}'" for word in found[:-1]] + [f"'{found[-1]}':*"]
    return SearchQuery(" & ".join(parts), search_type="raw", config="simple")


def find_conversations(
    *, assistant: Assistant, text: str, most: int = MOST
) -> Sequence[Conversation]:
    """Exact ids and tickets first, then words, newest first; at most `most`."""
    text = text.strip().replace("\x00", "")[:500]
    if not text:
        return []
    exact = list(Conversation.objects.filter(assistant=assistant, external_id=text)[:1])
    entries = SearchEntry.objects.filter(assistant=assistant)
    by_ticket = entries.filter(ticket_ref=text).order_by("-started_at")
    ids = [one.pk for one in exact] + list(by_ticket.values_list("pk", flat=True)[:most])
    query = _prefix_query(text)
    if query is not None and len(ids) < most:
        by_words = entries.filter(words=query).order_by("-started_at")
        ids += list(by_words.values_list("pk", flat=True)[:most])
    unique = list(dict.fromkeys(ids))[:most]
    found = Conversation.objects.in_bulk(unique)
    return [found[pk] for pk in unique if pk in found]
