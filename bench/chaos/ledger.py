"""What was acknowledged: the promises that must be found kept at the end."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field


def digest(text: str) -> str:
    """A short name of a text, to know it again."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]


@dataclass
class Ledger:
    """Written by many threads. Each dict holds what the product said yes to."""

    conversations: dict[str, str] = field(default_factory=dict)  # id -> digest of its answer
    signals: dict[str, str] = field(default_factory=dict)  # id -> conversation
    flags: dict[str, str] = field(default_factory=dict)  # id -> conversation
    grades: dict[str, int] = field(default_factory=dict)  # token in the note -> place
    incidents: set[str] = field(default_factory=set)  # token in the title
    refused: dict[str, int] = field(default_factory=dict)  # answer that is no yes -> how often
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def acknowledged(self) -> int:
        """How many promises there are."""
        with self._lock:
            parts = (self.conversations, self.signals, self.flags, self.grades, self.incidents)
            return sum(len(part) for part in parts)

    def some_conversation(self, number: int) -> str | None:
        """One that is known to be stored, another for each number."""
        with self._lock:
            known = list(self.conversations)[-200:]
        return known[number % len(known)] if known else None

    def note_refusal(self, what: str) -> None:
        """Count an answer that was neither a yes nor a reason to send again."""
        with self._lock:
            self.refused[what] = self.refused.get(what, 0) + 1

    def keep(self, part: str, key: str, value: str | int = "") -> None:
        """Write down one promise."""
        with self._lock:
            book = getattr(self, part)
            if isinstance(book, set):
                book.add(key)
            else:
                book[key] = value
