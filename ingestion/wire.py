"""What a conversation looks like on the wire, and every reason to refuse one.

Pure: bytes in, checked structs or refusals out. msgspec checks types and lengths while it decodes;
what it cannot say (text, times, depth) is checked here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from ingestion.as_sent import called
from portal.given import has_zone
from portal.refused import Refused

MAX_CONVERSATIONS = 1000
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
FUTURE_SLACK = timedelta(days=1)
MAX_ATTRIBUTES = 16_000
MAX_DEPTH = 6  # of attributes
# An answer that was sent with a chance of one in a million stands for a million others; with less,
# one answer would outweigh all the rest, and its weight and the square of it no longer be counted.
LEAST_RATE = 1e-6
MOST_COST = 1e9
MOST_SCORE = 1e12

Name = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=200_000)]
Count = Annotated[int, Meta(ge=0, le=2_000_000_000)]


class TextPart(Struct, forbid_unknown_fields=True):
    """One text part of a message whose content is a list of parts."""

    type: Literal["text"]
    text: Text


class Message(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One message in OpenAI's chat shape."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Text | Annotated[list[TextPart], Meta(max_length=100)] | None = None
    at: datetime | None = None
    name: Annotated[str, Meta(max_length=120)] | None = None
    tool_calls: Annotated[list[dict[str, Any]], Meta(max_length=50)] | None = None
    tool_call_id: Annotated[str, Meta(max_length=120)] | None = None


class Passage(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One passage the assistant was given."""

    text: Text
    title: Annotated[str, Meta(max_length=500)] | None = None
    url: Annotated[str, Meta(max_length=2000)] | None = None
    score: float | None = None
    updated_at: datetime | None = None


class ConversationIn(Struct, forbid_unknown_fields=True):
    """One conversation as it is sent. Only `id` and `messages` are required."""

    id: Annotated[str, Meta(min_length=1, max_length=200)]
    messages: Annotated[list[Message], Meta(min_length=1, max_length=1000)]
    started_at: datetime | None = None
    passages: Annotated[list[Passage], Meta(max_length=100)] = []
    kind: Annotated[str, Meta(max_length=120)] = ""
    channel: Annotated[str, Meta(max_length=60)] = ""
    language: Annotated[str, Meta(max_length=35)] = ""
    model: Name = ""
    prompt_version: Name = ""
    retrieval_version: Name = ""
    tokens_in: Count | None = None
    tokens_out: Count | None = None
    latency_ms: Count | None = None
    cost: Annotated[float, Meta(ge=0, le=MOST_COST)] | None = None
    user_ref: Annotated[str, Meta(max_length=500)] = ""
    ticket_ref: Name = ""
    sample_rate: Annotated[float, Meta(ge=LEAST_RATE, le=1)] = 1.0
    attributes: dict[str, Any] = {}


@dataclass(frozen=True)
class RefusedRow:
    """Why one row was not taken, and what would make it fit."""

    index: int
    id: str | None
    field: str
    reason: str
    fix: str


SURROGATE = re.compile("[\ud800-\udfff]")
PATH = re.compile(r"\s+- at `\$?\.?(?P<path>[^`]*)`$")
MISSING = re.compile(r"missing required field `(?P<field>[^`]+)`")
UNKNOWN = re.compile(r"contains unknown field `(?P<field>[^`]+)`")
COUNT_FIX = "Send a whole number from 0 to 2,000,000,000, or leave it out."
FIXES = {
    "role": "Use system, developer, user, assistant or tool.",
    "started_at": "Use RFC 3339 with a zone, such as 2026-11-17T10:12:00Z.",
    "at": "Use RFC 3339 with a zone, such as 2026-11-17T10:12:00Z.",
    "updated_at": "Use RFC 3339 with a zone, such as 2026-11-17T10:12:00Z.",
    "id": "Send your own id as text of 1 to 200 characters, unique in the assistant.",
    "messages": "Send 1 to 1,000 messages, each {role, content}.",
    "sample_rate": "Send the chance with which you sent it: from 0.000001 to 1.",
    "tokens_in": COUNT_FIX,
    "tokens_out": COUNT_FIX,
    "latency_ms": COUNT_FIX,
    "cost": "Send a number from 0 to 1,000,000,000, or leave it out.",
    "score": "Send a number between -1e12 and 1e12, or leave it out.",
    "content": "Send text, or a list of {type: 'text', text}.",
    "attributes": "Send an object of your own fields.",
    "": "Send one object, an array of objects, or one object a line.",
}


def explain(error: msgspec.ValidationError) -> tuple[str, str, str]:
    """Field, reason and fix from msgspec's message.

    >>> try: msgspec.json.decode(b'{"id": "a"}', type=ConversationIn)
    ... except msgspec.ValidationError as error: explain(error)[:2]
    ('messages', 'Object missing required field `messages`')
    """
    text = str(error)
    found = PATH.search(text)
    path = found["path"] if found else ""
    reason = PATH.sub("", text)
    path = re.sub(r"^\[(\.\.\.|\d+)\]\.?", "", path)
    if missing := MISSING.search(reason):
        path = f"{path}.{missing['field']}".lstrip(".")
        return path, reason, FIXES.get(missing["field"], f"Add {missing['field']}.")
    if unknown := UNKNOWN.search(reason):
        path = f"{path}.{unknown['field']}".lstrip(".")
        return path, reason, "Leave it out, or put it into `attributes`."
    last = re.sub(r"\[\d+\]$", "", path).rsplit(".", 1)[-1]
    return path or "(the row)", reason, FIXES.get(last, "See the API document for its type.")


def _check_free(field: str, value: Any, room: int) -> None:
    """Refuse free JSON that is nested deeper than `room` or holds a number nobody can keep."""
    if room < 0:
        raise Refused(field, "It is nested too deep.", f"Nest at most {MAX_DEPTH} levels.")
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            _check_free(field, inner, room - 1)
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise Refused(field, "It holds a number beyond 64 bits.", "Send that number as text.")
    elif isinstance(value, float) and not math.isfinite(value):
        raise Refused(field, "It holds something that is no number.", "Leave it out.")


def check_time(field: str, value: datetime, now: datetime) -> None:
    """Refuse a moment without a zone that can be kept, or out of all reason; raises Refused."""
    if not has_zone(value):
        reason = "The time has no zone, or one that is over 16 hours from UTC."
        raise Refused(field, reason, FIXES["at"])
    if not EARLIEST <= value <= now + FUTURE_SLACK:
        raise Refused(
            field,
            f"{value.isoformat()} is before 2000 or more than a day ahead.",
            "Send the time at which it was said.",
        )


def _check_times(row: ConversationIn, now: datetime) -> None:
    for index, message in enumerate(row.messages):
        if message.at is not None:
            check_time(f"messages[{index}].at", message.at, now)
    for index, passage in enumerate(row.passages):
        if passage.updated_at is not None:
            check_time(f"passages[{index}].updated_at", passage.updated_at, now)


def _check_numbers(row: ConversationIn) -> None:
    for index, passage in enumerate(row.passages):
        if passage.score is not None and not abs(passage.score) <= MOST_SCORE:
            reason = "It is no number, or too large."
            raise Refused(f"passages[{index}].score", reason, FIXES["score"])


def text_of(message: Message) -> str:
    """The words of a message, parts joined."""
    if isinstance(message.content, list):
        return "\n".join(part.text for part in message.content)
    return message.content or ""


def answer_indexes(messages: list[Message]) -> list[int]:
    """Positions of the answers among messages as they are sent; see `answers_among`."""
    return answers_among((message.role, text_of(message)) for message in messages)


def answers_among(said: Iterable[tuple[str, str]]) -> list[int]:
    """Positions of what can be graded: what the assistant said, as long as it holds words.

    >>> answers_among([("user", "When?"), ("assistant", " "), ("assistant", "At nine.")])
    [2]
    """
    return [
        place for place, (role, words) in enumerate(said) if role == "assistant" and words.strip()
    ]


def strings(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a plain value with the path to it, keys included."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield f"{path}.{key}".lstrip("."), key
            yield from strings(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from strings(inner, f"{path}[{index}]")


def check_text(row: ConversationIn) -> None:
    """Refuse text that PostgreSQL cannot keep: NUL bytes and lone surrogates.

    The row is encoded once and looked at as bytes; only a suspicious one is walked through.
    """
    try:
        suspicious = b"\\u0000" in msgspec.json.encode(row)
    except UnicodeEncodeError:
        suspicious = True
    if not suspicious:
        return
    for path, text in strings(msgspec.to_builtins(row)):
        if "\x00" in text:
            raise Refused(path, "It holds a NUL byte.", "Remove the NUL byte and send it again.")
        if SURROGATE.search(text):
            raise Refused(path, "It holds half of a surrogate pair.", "Send valid Unicode.")


def check(row: ConversationIn, now: datetime, *, has_escapes: bool = True) -> None:
    """Raise Refused for what the types cannot say; of calls of tools, name and arguments remain.
    Without escapes in its JSON a row cannot hold
    text that PostgreSQL refuses, so that need not be looked for."""
    _check_free("attributes", row.attributes, MAX_DEPTH)  # what follows walks through it
    if has_escapes:
        check_text(row)
    if not row.id.strip() or not row.id.isprintable():
        raise Refused("id", "It is blank or holds control characters.", FIXES["id"])
    if row.started_at is not None:
        check_time("started_at", row.started_at, now)
    _check_times(row, now)
    _check_numbers(row)
    for message in row.messages:
        if message.tool_calls:
            message.tool_calls = [called(one) for one in message.tool_calls]
    if not answer_indexes(row.messages):
        raise Refused(
            "messages",
            "No message by the assistant holds any words, so there is nothing to grade.",
            "Send the conversation after the assistant has answered.",
        )
    if row.attributes and len(msgspec.json.encode(row.attributes)) > MAX_ATTRIBUTES:
        raise Refused("attributes", "It is over 16 kB.", "Send only what you filter by.")
