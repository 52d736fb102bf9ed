"""Blank out what must not be stored of a conversation, wherever it holds text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ingestion.redaction import Blanks, may_hold_something, redact
from ingestion.wire import ConversationIn, text_of


def clean(value: Any, custom: Sequence[Blanks]) -> Any:
    """`value` with every text in it redacted; keys are kept."""
    if isinstance(value, str):
        return redact(value, custom)
    if isinstance(value, list):
        return [clean(inner, custom) for inner in value]
    if isinstance(value, dict):
        return {key: clean(inner, custom) for key, inner in value.items()}
    return value


def _redact_texts(row: ConversationIn, custom: Sequence[Blanks]) -> None:
    for message in row.messages:
        message.content = redact(message.content, custom)  # type: ignore[arg-type]
        if message.name:
            message.name = redact(message.name, custom)
    for passage in row.passages:
        passage.text = redact(passage.text, custom)
        if passage.title:
            passage.title = redact(passage.title, custom)
        if passage.url:
            passage.url = redact(passage.url, custom)


def redact_row(row: ConversationIn, custom: Sequence[Blanks]) -> None:
    """Redact a row in place; every message's content becomes one text.

    Its texts are looked at together first, which is enough for most. Raises PatternTooSlow.
    """
    texts: list[str] = []
    for message in row.messages:
        content = message.content
        if not isinstance(content, str):
            content = message.content = text_of(message)
        texts.append(content)
        if message.name:
            texts.append(message.name)
        if message.tool_calls:
            message.tool_calls = clean(message.tool_calls, custom)
    for passage in row.passages:
        texts.append(passage.text)
        if passage.title:
            texts.append(passage.title)
        if passage.url:
            texts.append(passage.url)
    if custom or may_hold_something("\n".join(texts)):
        _redact_texts(row, custom)
    if row.attributes:
        row.attributes = clean(row.attributes, custom)
