"""Take in what end users let us know: thumbs, ratings, escalations."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from django.db import transaction
from django.db.models import OuterRef, Subquery
from msgspec import Meta, Struct

from ingestion.kept import kept_id, kept_ids
from ingestion.models import Assistant, Conversation, Signal
from ingestion.own_patterns import compiled
from ingestion.redaction import Blanks, redact


class SignalIn(Struct, forbid_unknown_fields=True):
    """One signal as it is sent. `value`: thumbs -1 or 1, rating 1 to 5, escalation 1."""

    conversation_id: Annotated[str, Meta(min_length=1, max_length=200)]
    name: Literal["thumbs", "rating", "escalation"]
    value: float = 1.0
    at: datetime | None = None
    id: Annotated[str, Meta(max_length=200)] = ""
    comment: Annotated[str, Meta(max_length=5000)] = ""


@dataclass(frozen=True)
class SignalReceipt:
    """How many were new, how many known already, and how many wait for their conversation."""

    accepted: int
    duplicate: int
    waiting: int


def value_fits(row: SignalIn) -> bool:
    """True when the value is one that the signal can have."""
    if row.name == "thumbs":
        return row.value in (-1, 1)
    if row.name == "rating":
        return 1 <= row.value <= 5
    return row.value == 1


def is_negative(row: SignalIn) -> bool:
    """Thumbs down, a rating of 1 or 2, or any escalation."""
    return row.name == "escalation" or row.value < (0 if row.name == "thumbs" else 2.5)


def _key(row: SignalIn, assistant: Assistant, custom: Sequence[Blanks]) -> str:
    """The caller's id, or a hash of the signal, so that sending twice stores once."""
    if row.id:
        return kept_id(assistant=assistant, sent=row.id, custom=custom)
    sent = row.at.isoformat() if row.at else ""  # our clock would differ when sent again
    text = f"{row.conversation_id}\n{row.name}\n{row.value}\n{sent}"
    return "auto-" + hashlib.sha256(text.encode()).hexdigest()[:40]


def _signal(
    row: SignalIn,
    assistant: Assistant,
    known: dict[str, int],
    custom: Sequence[Blanks],
    at: datetime,
) -> Signal:
    return Signal(
        assistant=assistant,
        external_id=_key(row, assistant, custom),
        conversation_ref=row.conversation_id,
        conversation_id=known.get(row.conversation_id),
        name=row.name,
        value=row.value,
        is_negative=is_negative(row),
        comment=redact(row.comment, custom),
        at=row.at or at,
        received_at=at,
    )


def receive_signals(*, assistant: Assistant, rows: list[SignalIn], at: datetime) -> SignalReceipt:
    """Store the signals that are new; one that comes before its conversation is matched later.

    Raises PatternTooSlow when the team's own patterns take too long on a comment; then nothing
    was stored.
    """
    custom = compiled(tuple(assistant.redact_patterns))
    kept = kept_ids(assistant=assistant, sent=[row.conversation_id for row in rows], custom=custom)
    for row in rows:
        row.conversation_id = kept[row.conversation_id]
    refs = set(kept.values())
    first: dict[str, SignalIn] = {}
    for row in rows:
        first.setdefault(_key(row, assistant, custom), row)
    with transaction.atomic():
        known = _conversations(assistant.pk, refs)
        signals = Signal.objects.filter(assistant=assistant, external_id__in=first)
        before = set(signals.values_list("external_id", flat=True))
        fresh = [
            _signal(row, assistant, known, custom, at)
            for key, row in sorted(first.items())
            if key not in before
        ]
        Signal.objects.bulk_create(fresh, ignore_conflicts=True)
    # A conversation that came while we wrote was digested before our rows could be seen.
    match_waiting_signals(assistant_id=assistant.pk, refs=refs)
    waiting = signals.filter(conversation__isnull=True).count()
    return SignalReceipt(len(fresh), len(rows) - len(fresh), waiting)


def _conversations(assistant_id: int, refs: Iterable[str]) -> dict[str, int]:
    found = Conversation.objects.filter(assistant_id=assistant_id, external_id__in=refs)
    return dict(found.values_list("external_id", "pk"))


def match_waiting_signals(*, assistant_id: int, refs: Iterable[str]) -> int:
    """Tie signals that came early to conversations that have come now; returns how many."""
    its_conversation = Conversation.objects.filter(
        assistant_id=assistant_id, external_id=OuterRef("conversation_ref")
    )
    waiting = Signal.objects.filter(
        assistant_id=assistant_id, conversation__isnull=True, conversation_ref__in=refs
    )
    return waiting.update(conversation_id=Subquery(its_conversation.values("pk")))
