"""A conversation as people read it: who said what, which answer is meant, what it was given."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString

from ingestion.as_sent import called
from ingestion.models import Conversation
from portal import stored
from portal.stored import mappings, text
from reviews.definition.markup import as_answer, as_text

SHOWN_BEFORE, SHOWN_PASSAGES = 6, 3
BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")  # web pages are full of them
SPEAKERS = {
    "user": ("Customer", "cust"),
    "assistant": ("Assistant", "ai"),
    "system": ("Instructions", "note"),
    "developer": ("Instructions", "note"),
    "tool": ("Tool", "note"),
}


@dataclass(frozen=True)
class Call:
    """A tool that the assistant used, and what it was given, as text."""

    name: str
    given: str


@dataclass(frozen=True)
class Said:
    """One message: `html` is safe; `is_target` is the answer to grade."""

    index: int
    speaker: str
    css: str
    html: SafeString
    calls: Sequence[Call]
    is_target: bool


@dataclass(frozen=True)
class Given:
    """One passage, best match first; `number` is its place."""

    number: int
    title: str
    text: str
    url: str
    score: float | None
    updated_at: datetime | None


@dataclass(frozen=True)
class Reading:
    """A conversation laid out around one answer."""

    conversation: Conversation
    earlier: Sequence[Said]
    shown: Sequence[Said]
    after: Sequence[Said]
    passages: Sequence[Given]
    more_passages: Sequence[Given]
    facts: str

    @property
    def passage_count(self) -> int:
        return len(self.passages) + len(self.more_passages)


def _said(index: int, message: dict[str, Any], target: int | None) -> Said:
    speaker, css = SPEAKERS.get(message["role"], ("Tool", "note"))
    content = message["content"]
    html = as_answer(content) if message["role"] == "assistant" else as_text(content)
    calls = [
        Call(one["name"] or "a tool", one["arguments"])
        for one in map(called, mappings(message.get("tool_calls")))
    ]
    if name := text(message.get("name"), ""):
        speaker = f"{speaker} {name}"
    return Said(index, speaker, css, html if content else SafeString(""), calls, index == target)


def _score(passage: dict[str, Any]) -> float | None:
    score = passage.get("score")
    return float(score) if isinstance(score, int | float) else None


def _updated(passage: dict[str, Any]) -> datetime | None:
    said = passage.get("updated_at")
    return None if said is None else stored.shaped(said, datetime, of="a passage")


def _given(passages: Sequence[dict[str, Any]]) -> list[Given]:
    ranked = sorted(passages, key=lambda one: -(_score(one) or 0.0))
    return [
        Given(
            number=number,
            title=text(one.get("title"), "") or f"Passage {number}",
            text=BLANK_LINES.sub("\n\n", text(one.get("text"))),
            url=text(one.get("url"), ""),
            score=_score(one),
            updated_at=_updated(one),
        )
        for number, one in enumerate(ranked, start=1)
    ]


def lay_out(conversation: Conversation, answer_index: int | None) -> Reading:
    """The conversation around the answer at `answer_index` (None: just read it)."""
    said = [_said(index, message, answer_index) for index, message in enumerate(conversation.said)]
    end = len(said) if answer_index is None else answer_index + 1
    start = 0 if answer_index is None else max(0, end - SHOWN_BEFORE)
    given = _given(mappings(conversation.passages))
    parts = [conversation.channel, conversation.language]
    return Reading(
        conversation=conversation,
        earlier=said[:start],
        shown=said[start:end],
        after=said[end:],
        passages=given[:SHOWN_PASSAGES],
        more_passages=given[SHOWN_PASSAGES:],
        facts=" · ".join(part for part in parts if part),
    )
