"""Take in what end users let us know: thumbs, ratings, escalations."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from django.db import transaction
from msgspec import Meta, Struct

from ingestion.models import Assistant, Conversation, Signal
from ingestion.redaction import redact


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


def _key(row: SignalIn, at: datetime) -> str:
    """The caller's id, or a hash of the signal, so that sending twice stores once."""
    if row.id:
        return row.id
    sent = row.at or at
    text = f"{row.conversation_id}\n{row.name}\n{row.value}\n{sent.isoformat()}"
    return "auto-" + hashlib.sha256(text.encode()).hexdigest()[:40]


def receive_signals(*, assistant: Assistant, rows: list[SignalIn], at: datetime) -> SignalReceipt:
    """Store the signals that are new; one that comes before its conversation is matched later."""
    refs = {row.conversation_id for row in rows}
    with transaction.atomic():
        known = dict(
            Conversation.objects.filter(assistant=assistant, external_id__in=refs).values_list(
                "external_id", "pk"
            )
        )
        new = {
            _key(row, at): Signal(
                assistant=assistant,
                external_id=_key(row, at),
                conversation_ref=row.conversation_id,
                conversation_id=known.get(row.conversation_id),
                name=row.name,
                value=row.value,
                is_negative=is_negative(row),
                comment=redact(row.comment),
                at=row.at or at,
                received_at=at,
            )
            for row in rows
        }
        before = Signal.objects.filter(assistant=assistant, external_id__in=new).values_list(
            "external_id", flat=True
        )
        fresh = [signal for key, signal in new.items() if key not in set(before)]
        Signal.objects.bulk_create(fresh, ignore_conflicts=True)
    waiting = sum(signal.conversation_id is None for signal in fresh)
    return SignalReceipt(len(fresh), len(rows) - len(fresh), waiting)


def match_waiting_signals(*, assistant_id: int, conversation_ids: list[int]) -> int:
    """Tie signals that came early to conversations that have come now; returns how many."""
    arrived = Conversation.objects.filter(pk__in=conversation_ids).in_bulk()
    by_ref = {one.external_id: one.pk for one in arrived.values()}
    waiting = Signal.objects.filter(
        assistant_id=assistant_id, conversation__isnull=True, conversation_ref__in=by_ref
    )
    matched = list(waiting)
    for signal in matched:
        signal.conversation_id = by_ref[signal.conversation_ref]
    return Signal.objects.bulk_update(matched, ["conversation"])
