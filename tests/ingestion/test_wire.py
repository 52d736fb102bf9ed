"""The wire: what a conversation may look like, and how a refusal is put into words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from ingestion.wire import (
    FUTURE_SLACK,
    ConversationIn,
    Message,
    TextPart,
    answer_indexes,
    check,
    explain,
    strings,
    text_of,
)
from portal.refused import Refused
from tests.world import NOW

ASK = Message(role="user", content="Where is it?")
TELL = Message(role="assistant", content="On its way.")


def conversation(**fields: Any) -> ConversationIn:
    return ConversationIn(**{"id": "a", "messages": [ASK, TELL], **fields})


def why(body: bytes) -> tuple[str, str, str]:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.json.decode(body, type=ConversationIn)
    return explain(refused.value)


def test_only_the_id_and_the_messages_are_needed() -> None:
    body = b'{"id": "a", "messages": [{"role": "assistant", "content": "Hi"}]}'
    check(msgspec.json.decode(body, type=ConversationIn), NOW)


def test_every_field_of_the_contract_is_taken() -> None:
    body = b"""{"id": "a", "started_at": "2026-11-17T10:12:00.5+01:00",
        "messages": [{"role": "system", "content": "Be kind."},
                     {"role": "user", "content": [{"type": "text", "text": "Hi"}], "name": "Jo"},
                     {"role": "assistant", "content": null, "tool_calls": [{"id": "t"}]},
                     {"role": "tool", "content": "{}", "tool_call_id": "t"},
                     {"role": "assistant", "content": "Hello", "at": "2026-11-17T10:12:01Z"}],
        "passages": [{"text": "x", "title": "y", "url": "https://example.com", "score": 0.5,
                      "updated_at": "2026-01-01T00:00:00Z"}],
        "kind": "Returns", "channel": "chat", "language": "en", "model": "m", "prompt_version": "p",
        "retrieval_version": "r", "tokens_in": 1, "tokens_out": 2, "latency_ms": 3, "cost": 0.1,
        "user_ref": "u", "ticket_ref": "t", "sample_rate": 0.5, "attributes": {"plan": "free"}}"""
    row = msgspec.json.decode(body, type=ConversationIn)
    check(row, NOW)
    assert answer_indexes(row.messages) == [4]


def test_parts_of_a_message_are_joined() -> None:
    parts = [TextPart(type="text", text="one"), TextPart(type="text", text="two")]
    assert text_of(Message(role="user", content=parts)) == "one\ntwo"
    assert text_of(Message(role="assistant")) == ""


def test_only_answers_that_hold_words_can_be_graded() -> None:
    blank = Message(role="assistant", content=" \n")
    assert answer_indexes([TELL, ASK, blank, TELL]) == [0, 3]
    with pytest.raises(Refused, match="nothing to grade"):
        check(conversation(messages=[ASK, blank]), NOW)


@pytest.mark.parametrize(
    ("body", "field", "fix"),
    [
        (b'{"id": "a"}', "messages", "Send 1 to 1,000 messages"),
        (b'{"id": "a", "messages": [], "hue": 1}', "messages", "Send 1 to 1,000 messages"),
        (b'{"hue": 1}', "hue", "attributes"),
        (b'{"id": "a", "messages": [{"role": "me"}]}', "messages[0].role", "Use system"),
        (b'{"id": "a", "sample_rate": 0}', "sample_rate", "from 0.000001 to 1"),
        (b'{"id": "a", "sample_rate": 5e-324}', "sample_rate", "from 0.000001 to 1"),
        (b'{"id": "a", "latency_ms": -1}', "latency_ms", "from 0 to 2,000,000,000"),
        (b'{"id": "a", "cost": 1e10}', "cost", "from 0 to 1,000,000,000"),
        (b'{"id": "a", "started_at": "noon"}', "started_at", "RFC 3339"),
        (b"[]", "(the row)", "one object"),
    ],
)
def test_a_refusal_names_the_field_and_the_fix(body: bytes, field: str, fix: str) -> None:
    named, reason, what_to_do = why(body)
    assert named == field
    assert reason
    assert fix in what_to_do


@pytest.mark.parametrize(
    ("moment", "fits"),
    [
        (NOW, True),
        (NOW + FUTURE_SLACK, True),
        (NOW + FUTURE_SLACK + timedelta(seconds=1), False),
        (NOW.replace(year=2000), True),
        (NOW.replace(year=1999), False),
        (NOW.replace(tzinfo=None), False),
    ],
)
def test_times_have_a_zone_and_are_not_absurd(moment: Any, fits: bool) -> None:
    row = conversation(started_at=moment)
    if fits:
        check(row, NOW)
        return
    with pytest.raises(Refused) as refused:
        check(row, NOW)
    assert refused.value.field == "started_at"


def nested(levels: int) -> dict[str, Any]:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return {"top": value}


def test_attributes_nest_six_levels_and_hold_16_kb() -> None:
    check(conversation(attributes=nested(5)), NOW)
    with pytest.raises(Refused, match="too deep"):
        check(conversation(attributes=nested(6)), NOW)
    check(conversation(attributes={"a": "x" * 15_000}), NOW)
    with pytest.raises(Refused, match="16 kB"):
        check(conversation(attributes={"a": "x" * 16_000}), NOW)


def test_every_text_is_found_with_its_path() -> None:
    found = dict(strings({"a": ["x", {"b": "y"}], "c": 1}))
    assert found == {"a": "a", "a[0]": "x", "a[1].b": "y", "c": "c"}
