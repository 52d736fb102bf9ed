"""What an alert says: one dataclass that mails, webhooks and the page print, frozen in
`Alert.content`. Facts are those of the moment it was written."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from portal.stored import shaped
from reviews.answer.shown import Fact
from reviews.models import Alert

# Characters that turn the direction of what follows them.
TURNS = {
    chr(one) for one in (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}


@dataclass(frozen=True)
class AlertMessage:
    """A message as it is sent. `path` is below the portal's own address; `reading` is the code of
    a reading (UX section 3) or empty; `incident` is the number within the assistant, `since` when
    the last conversation came before nothing did."""

    type: str
    assistant: str
    team: str
    subject: str
    headline: str
    detail: str
    facts: Sequence[Fact]
    reading: str
    reading_words: str
    tone: str
    button: str
    path: str
    as_of: datetime
    incident: int | None = None
    part: str = ""
    since: datetime | None = None
    has_ranges: bool = True


def content_of(alert: Alert) -> AlertMessage | None:
    """The message of an alert, from its row; None when that cannot be read."""
    return shaped(alert.content, AlertMessage, of=f"alert {alert.pk}")


def to_send(alert: Alert) -> AlertMessage:
    """The same, for sending it; what cannot be read raises, and is this delivery's own trouble."""
    return msgspec.convert(alert.content, AlertMessage)


def plain(text: str) -> str:
    """Text from outside on one line, without characters that steer a screen or a mail.

    >>> plain("Returns\\r\\nBcc: all@acorn.example\\u202e")
    'Returns Bcc: all@acorn.example'
    """
    kept = (" " if unicodedata.category(one) in ("Cc", "Cs") else one for one in text)
    return " ".join("".join(one for one in kept if one not in TURNS).split())


def tidy(message: AlertMessage) -> AlertMessage:
    """Names of kinds, parts, changes and incidents come from people and programs."""
    facts = [
        Fact(plain(one.label), plain(one.value), plain(one.more), one.is_gap)
        for one in message.facts
    ]
    return replace(
        message,
        assistant=plain(message.assistant),
        team=plain(message.team),
        subject=plain(message.subject),
        headline=plain(message.headline),
        detail=plain(message.detail),
        part=plain(message.part),
        facts=facts,
    )
