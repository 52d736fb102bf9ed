"""What is kept of an id, and of words that people or programs send beside a conversation.

An id that would be blanked out is replaced by a keyed hash, the same each time, so that what
belongs together still meets: a conversation, its signals, its flags, and whoever types it.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from django.conf import settings

from ingestion.models import Assistant, Conversation
from ingestion.own_patterns import PatternTooSlow, compiled
from ingestion.redaction import CUSTOM_LABEL, Blanks, redact

# Most ids are one of these, in which there is nothing to be found.
PLAIN_ID = re.compile(r"[0-9]{1,6}|(?=[0-9-]*[a-f])[0-9a-f-]{8,40}|hidden-[0-9a-f]{32}")


@lru_cache(maxsize=1024)
def _key(assistant_id: int) -> bytes:
    message = f"ids of assistant {assistant_id}".encode()
    return hmac.digest(settings.SECRET_KEY.encode(), message, "sha256")


def own_patterns(assistant: Assistant) -> Sequence[Blanks]:
    """The team's own patterns, for one request."""
    return compiled(tuple(assistant.redact_patterns))


def kept_text(*, text: str, custom: Sequence[Blanks], most: int | None = None) -> str:
    """`text` as it is kept; nothing of it where a pattern of the team takes too long."""
    try:
        return redact(text, custom)[:most]
    except PatternTooSlow:
        return CUSTOM_LABEL


def kept_id(*, assistant: Assistant, sent: str, custom: Sequence[Blanks]) -> str:
    """The id as it is kept: itself, or a keyed hash when it would be blanked out."""
    if PLAIN_ID.fullmatch(sent) and not custom:
        return sent
    if kept_text(text=sent, custom=custom) == sent or sent.startswith("hidden-"):
        return sent
    return "hidden-" + hmac.digest(_key(assistant.pk), sent.encode(), "sha256").hex()[:32]


def kept_ids(
    *, assistant: Assistant, sent: Iterable[str], custom: Sequence[Blanks]
) -> dict[str, str]:
    """Ids of conversations as they are kept, by the id as it was sent.

    What an older version, or one with fewer patterns, stored as it came stays known by that.
    """
    kept = {one: kept_id(assistant=assistant, sent=one, custom=custom) for one in set(sent)}
    hidden = [one for one, its in kept.items() if its != one]
    if hidden:
        stored = Conversation.objects.filter(assistant=assistant, external_id__in=hidden)
        kept |= {one: one for one in stored.values_list("external_id", flat=True)}
    return kept
