"""The lines of a folder of recorded conversations, each with only the fields that are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

from reviews.stats.history import History

Name = Annotated[str, Meta(min_length=1)]
LEAD = "lead"


class PassageLine(Struct, gc=False):
    """A passage's score, when it has one."""

    score: float | None = None


class MessageLine(Struct, gc=False):
    """A message; the last of the assistant's is the answer."""

    role: str = ""
    content: str | None = None


class ConversationLine(Struct, gc=False):
    """A conversation: its answer is `answer`, or the assistant's last message."""

    id: Name
    started_at: str
    intent: str | None = None
    kind: str | None = None
    answer: str | None = None
    messages: list[MessageLine] = []
    retrieved: list[PassageLine] | None = None
    thumbs: str | float | None = None
    escalated: bool | None = None

    @property
    def said(self) -> str | None:
        """The answer's words; None when nothing is recorded."""
        if self.answer is not None:
            return self.answer
        for message in reversed(self.messages):
            if message.role == "assistant" and message.content and message.content.strip():
                return message.content
        return None

    @property
    def is_down(self) -> bool:
        """A thumb down."""
        return self.thumbs == "down" or self.thumbs == -1


class FlagLine(Struct, gc=False):
    """Somebody said that an answer was bad."""

    conversation_id: Name
    flagged_on: str


class GradeLine(Struct, gc=False):
    """A grade; the names of two forms of folder."""

    reviewer: Name
    verdict: Literal["pass", "good", "fail", "not_good", "cannot_judge"]
    conversation_id: str = ""
    conversation: str = ""
    graded_on: str = ""
    graded_at: str = ""
    definition_version: int = 1
    source: Literal["random", "flagged", ""] = ""
    inclusion_probability: Annotated[float, Meta(gt=0, le=1)] | None = None

    @property
    def about(self) -> str:
        """The conversation's id."""
        return self.conversation_id or self.conversation

    @property
    def failed(self) -> bool:
        """Graded not good."""
        return self.verdict in ("fail", "not_good")


class ReviewerLine(Struct):
    """A person; at work on the days from_day <= day < to_day, counted from the first."""

    id: Name
    role: str = "reviewer"
    from_day: int = 0
    to_day: int = 1_000_000


class ReleaseLine(Struct):
    """A change with the time it went live."""

    id: Name
    released_at: str
    version: str = ""
    kind: str = ""


class ChangeLine(Struct):
    """A change as a log has it."""

    at: str
    to: str | None = None
    kind: str = ""
    note: str | None = None


@dataclass(frozen=True)
class ReleaseDay:
    """A release: the id for programs, the name for people, the day it went live (ordinal)."""

    id: str
    name: str
    day: int


@dataclass(frozen=True)
class Recorded:
    """What a folder holds: days are ordinals of calendar dates."""

    history: History
    releases: Sequence[ReleaseDay]


class Row(NamedTuple):
    """What is kept of a conversation that was flagged, graded or chosen."""

    day: int
    kind: int
    is_down: bool


class Seat(NamedTuple):
    """One grade in its place (FIRST, SECOND, DECISION); `known` is the day it was given."""

    reviewer: str
    failed: bool
    version: int
    place: int
    known: int


class Item(NamedTuple):
    """A conversation chosen for review with its grades; `chance` is None unless it was drawn."""

    conversation: str
    chance: float | None
    seats: Sequence[Seat]
