"""What the story is made of: conversations and their hidden truth, what came back, who is who."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal

from portal.demo.content.shape import Criterion

Standing = Literal["fails", "partly", "meets"]
Payload = dict[str, Any]


@dataclass(frozen=True)
class Truth:
    """How good one answer really is, which nobody in the demo is told."""

    levels: Mapping[Criterion, Standing]
    scenario: str
    failed: Criterion | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """True when no criterion fails."""
        return self.failed is None


@dataclass(frozen=True)
class ConversationFact:
    """One conversation as the API takes it, and the truth of each answer by its position."""

    at: datetime
    payload: Payload
    truths: Mapping[int, Truth]

    @property
    def id(self) -> str:
        """The caller's id."""
        return str(self.payload["id"])

    @property
    def kind(self) -> str:
        """The kind of question."""
        return str(self.payload["kind"])


@dataclass(frozen=True)
class ReleaseFact:
    """A change of what makes the answers."""

    kind: str
    name: str
    at: datetime
    note: str
    by: str


@dataclass(frozen=True)
class SignalFact:
    """One signal as the API takes it."""

    at: datetime
    payload: Payload


@dataclass(frozen=True)
class FlagFact:
    """A support agent says: this answer was bad. Without a conversation, only its words."""

    id: str
    at: datetime
    by: str
    reason: str
    note: str = ""
    is_urgent: bool = False
    conversation_ref: str = ""
    answer_index: int | None = None
    pasted_text: str = ""


@dataclass(frozen=True)
class PersonFact:
    """Somebody of the team. `role` is the membership; `does` is what they do in the story."""

    email: str
    name: str
    role: Literal["agent", "reviewer", "lead", "admin"]
    does: str


@dataclass(frozen=True)
class PartFact:
    """Something that makes answers, and who owns it; no owner is a gap."""

    kind: str
    name: str
    description: str
    changed: date
    owner: str | None
    stand_in: str | None
    review_by: date | None


@dataclass(frozen=True)
class DefinitionFact:
    """One published version of the quality definition; its words come from the template."""

    number: int
    at: datetime
    change: Literal["first", "wording", "meaning"]
    note: str
    by: str


@dataclass(frozen=True)
class Story:
    """Everything that happened, in order of time."""

    conversations: tuple[ConversationFact, ...]
    releases: tuple[ReleaseFact, ...]
    signals: tuple[SignalFact, ...]
    flags: tuple[FlagFact, ...]
    people: tuple[PersonFact, ...]
    parts: tuple[PartFact, ...]
    routes: Mapping[str, str]
    definition: tuple[DefinitionFact, ...]
    dropped_at: datetime | None
    repaired_at: datetime | None

    @cached_property
    def truths(self) -> Mapping[tuple[str, int], Truth]:
        """How good each answer really is, by conversation id and position of the message."""
        return {
            (one.id, index): truth
            for one in self.conversations
            for index, truth in one.truths.items()
        }

    def until(self, moment: datetime) -> Story:
        """The story as far as it had happened at `moment`."""
        return replace(
            self,
            conversations=tuple(one for one in self.conversations if one.at < moment),
            releases=tuple(one for one in self.releases if one.at < moment),
            signals=tuple(one for one in self.signals if one.at < moment),
            flags=tuple(one for one in self.flags if one.at < moment),
        )
