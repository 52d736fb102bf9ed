"""Blank out what must not be stored of a conversation, wherever it holds text or numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from ingestion.redaction import Blanks, may_hold_something, redact
from ingestion.wire import ConversationIn, text_of

BETWEEN = "|"  # neither a gap in a number nor a part of a word
SHORT = {"kind": 120, "channel": 60, "language": 35, "model": 200, "prompt_version": 200,
         "retrieval_version": 200}  # fmt: skip
_cached = lru_cache(maxsize=4096)(redact)


def short_text(text: str, custom: Sequence[Blanks], most: int) -> str:
    """A short text that comes again and again, such as a model's name."""
    if not text:
        return text
    return (redact(text, custom) if custom else _cached(text))[:most]


def _number(value: float, name: str, custom: Sequence[Blanks]) -> Any:
    """A number, unless it is a card's or the phone number that its name says it is."""
    digits = str(int(value)) if value == value // 1 else str(value)
    blanked = _named(digits, name, custom)
    return value if blanked == digits else blanked


def _named(text: str, name: str, custom: Sequence[Blanks]) -> str:
    """A text beside its name: {"password": "x"} says more than "x"."""
    blanked = redact(text, custom)
    if blanked != text or not name:
        return blanked
    head = f"{name}: "
    together = redact(head + text)
    return together.removeprefix(head) if together.startswith(head) else blanked


def _json_text(text: str, custom: Sequence[Blanks], blanked: str) -> str:
    """JSON in a text stays JSON: what was blanked out in it is blanked out value by value."""
    try:
        return msgspec.json.encode(clean(msgspec.json.decode(text), custom)).decode()
    except (msgspec.DecodeError, RecursionError, ValueError):
        return blanked


def _keys(values: dict[str, Any], custom: Sequence[Blanks]) -> dict[str, Any]:
    """Keys are blanked out too, and stay apart."""
    kept: dict[str, Any] = {}
    for key, value in values.items():
        name = blanked = redact(key, custom)
        count = 2
        while name in kept:
            name, count = f"{blanked} {count}", count + 1
        kept[name] = clean(value, custom, key)
    return kept


def clean(value: Any, custom: Sequence[Blanks], name: str = "") -> Any:
    """`value` with every text, key and number in it redacted; `name` is the key it stands under."""
    if isinstance(value, str):
        blanked = _named(value, name, custom)
        if blanked != value and value.lstrip()[:1] in ("{", "["):
            return _json_text(value, custom, blanked)
        return blanked
    if isinstance(value, list):
        return [clean(inner, custom, name) for inner in value]
    if isinstance(value, dict):
        return _keys(value, custom)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value, name, custom)
    return value


def _free(value: Any, custom: Sequence[Blanks]) -> Any:
    """Free JSON, looked at as a whole first."""
    if custom or may_hold_something(msgspec.json.encode(value).decode()):
        return clean(value, custom)
    return value


def _redact_texts(row: ConversationIn, custom: Sequence[Blanks]) -> None:
    for message in row.messages:
        message.content = redact(message.content, custom)  # type: ignore[arg-type]
        if message.name:
            message.name = redact(message.name, custom)
        if message.tool_call_id:
            message.tool_call_id = redact(message.tool_call_id, custom)
    for passage in row.passages:
        passage.text = redact(passage.text, custom)
        if passage.title:
            passage.title = redact(passage.title, custom)
        if passage.url:
            passage.url = redact(passage.url, custom)


def redact_row(row: ConversationIn, custom: Sequence[Blanks]) -> None:
    """Redact a row in place, but its ids; every message's content becomes one text.

    Its texts are looked at together first, which is enough for most. Raises PatternTooSlow.
    """
    texts: list[str] = []
    for message in row.messages:
        content = message.content
        if not isinstance(content, str):
            content = message.content = text_of(message)
        texts.append(content)
        texts += [one for one in (message.name, message.tool_call_id) if one]
        if message.tool_calls:
            message.tool_calls = _free(message.tool_calls, custom)
    for passage in row.passages:
        texts.append(passage.text)
        texts += [one for one in (passage.title, passage.url) if one]
    if custom or may_hold_something(BETWEEN.join(texts)):
        _redact_texts(row, custom)
    for field, most in SHORT.items():
        setattr(row, field, short_text(getattr(row, field), custom, most))
    if row.attributes:
        row.attributes = _free(row.attributes, custom)
