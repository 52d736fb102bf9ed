"""One conversation while it is being written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from portal.demo.facts import Truth
from portal.demo.plan import Planned
from portal.demo.running import Versions
from portal.demo.timeline import Timeline


def stamp(moment: datetime) -> str:
    """A moment in UTC as the API takes it.

    >>> from datetime import UTC
    >>> stamp(datetime(2026, 11, 17, 10, 12, tzinfo=UTC))
    '2026-11-17T10:12:00Z'
    """
    return moment.isoformat().replace("+00:00", "Z")


@dataclass
class Draft:
    """One conversation while it is being written."""

    planned: Planned
    line: Timeline
    rng: Random
    running: Versions
    limited: bool
    clipped: bool
    words: dict[str, str]
    now: datetime
    messages: list[dict[str, Any]] = field(default_factory=list)
    truths: dict[int, Truth] = field(default_factory=dict)

    def say(self, role: str, text: str) -> None:
        """Add a message at the present moment."""
        self.messages.append({"role": role, "content": text, "at": stamp(self.now)})

    def wait(self, low: int, high: int) -> None:
        """Let some seconds pass."""
        self.now += timedelta(seconds=self.rng.randint(low, high))

    @property
    def by_email(self) -> bool:
        """True when each message is an email."""
        return self.planned.channel == "Email"

    @property
    def language(self) -> str:
        """The customer's language."""
        return self.planned.scenario.language
