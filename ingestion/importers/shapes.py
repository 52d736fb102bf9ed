"""Map a record of another tool to the fields of our API. Pure: a dict in, a dict out.

Known shapes: our own; OpenAI chat lines ({"messages": [...]}); records with `intent`,
`retrieved` and `reference_grades` as evaluation sets have them; rows with `question` and `answer`.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from ingestion.as_sent import in_our_shape
from ingestion.wire import ConversationIn

OURS = frozenset(field.name for field in msgspec.structs.fields(ConversationIn))
RENAMED = {
    "conversation_id": "id",
    "intent": "kind",
    "topic_name": "kind",
    "retrieved": "passages",
    "contexts": "passages",
    "retrieval": "retrieval_version",
    "prompt": "prompt_version",
    "timestamp": "started_at",
    "created_at": "started_at",
    "user": "user_ref",
    "ticket": "ticket_ref",
}
LEFT_OUT = frozenset({"reference_grades", "annotations"})
QUESTIONS, ANSWERS = ("question", "input", "query"), ("answer", "output", "response")
NUMBERS = {"tokens_in": int, "tokens_out": int, "latency_ms": int, "cost": float,
           "sample_rate": float}  # fmt: skip


def _passages(value: Any) -> Any:
    """Passages as objects; plain texts become {text}."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        return value
    rows = [{"text": one} if isinstance(one, str) else one for one in value]
    known = {"text", "title", "url", "score", "updated_at"}
    return [
        {key: inner for key, inner in row.items() if key in known and inner is not None}
        if isinstance(row, dict)
        else row
        for row in rows
    ]


def _from_question(record: dict[str, Any]) -> list[dict[str, Any]] | None:
    asked = next((record.pop(name) for name in QUESTIONS if name in record), None)
    said = next((record.pop(name) for name in ANSWERS if name in record), None)
    if said is None:
        return None
    question = [{"role": "user", "content": asked}] if asked is not None else []
    return [*question, {"role": "assistant", "content": said}]


def _numbers(row: dict[str, Any]) -> None:
    """Texts of a CSV as numbers, where a number is meant; what is none is refused later."""
    for name, kind in NUMBERS.items():
        if isinstance(row.get(name), str):
            try:
                row[name] = kind(row[name])
            except ValueError:
                continue


def to_ours(record: dict[str, Any], columns: dict[str, str] | None = None) -> dict[str, Any]:
    """The record in our fields; what has no place goes into `attributes`. `columns` maps more
    names. A record without an id gets one made from its content, so it is stored once.

    >>> to_ours({"id": "a", "intent": "faq", "question": "Q?", "answer": "A."})["kind"]
    'faq'
    """
    names = RENAMED | (columns or {})
    source = {names.get(key, key): value for key, value in record.items() if value is not None}
    if "messages" not in source and (built := _from_question(source)) is not None:
        source["messages"] = built
    row = {key: value for key, value in source.items() if key in OURS}
    rest = {k: v for k, v in source.items() if k not in OURS and k not in LEFT_OUT}
    if "passages" in row:
        row["passages"] = _passages(row["passages"])
    if "id" in row and not isinstance(row["id"], str):
        row["id"] = str(row["id"])
    if "id" not in row:
        digest = hashlib.sha256(msgspec.json.encode(record, order="sorted")).hexdigest()
        row["id"] = f"import-{digest[:24]}"
    _numbers(row)
    given = row.get("attributes")
    if rest:
        row["attributes"] = {**(given if isinstance(given, dict) else {}), **rest}
    return in_our_shape(row)
