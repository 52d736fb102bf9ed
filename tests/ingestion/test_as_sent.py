"""What clients really send is taken: words kept, other parts named, nothing refused for a part."""

from __future__ import annotations

import codecs
import json
from typing import Any

import msgspec
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from ingestion.as_sent import called, in_our_shape, message_in_our_shape
from ingestion.models import Conversation
from ingestion.wire import ConversationIn
from tests.ingestion.conftest import Send
from tests.world import World

PNG = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}

# Content as it is sent, and the words that are kept of it.
CONTENTS: list[tuple[Any, str]] = [
    ([{"type": "text", "text": "See"}, PNG], "See\n[picture]"),
    ([{"type": "input_text", "text": "Hi"}, {"type": "input_image", "file_id": "f"}],
     "Hi\n[picture]"),
    ([{"type": "output_text", "text": "Yes.", "annotations": [{"type": "url_citation"}]}], "Yes."),
    ([{"type": "refusal", "refusal": "I can't help with that."}], "I can't help with that."),
    ([{"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}}], "[audio]"),
    ([{"type": "audio", "audio": {"id": "a", "transcript": "At nine."}}], "At nine."),
    ([{"type": "file", "file": {"file_id": "f"}}], "[file]"),
    ([{"type": "document", "source": {"type": "base64"}}, {"type": "text", "text": "Why?"}],
     "[file]\nWhy?"),
    ([{"type": "image", "source": {"type": "base64", "data": "AAAA"}}], "[picture]"),
    ([{"type": "video", "url": "x"}], "[video]"),
    ([{"type": "hologram", "data": 1}], "[hologram]"),
    ([{"type": "<b>x</b>"}], "[b x b]"),
    ([{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Yes."}], "Yes."),
    ([{"type": "reasoning", "text": "Hm."}, {"type": "text", "text": "Yes."}], "Yes."),
    ([{"type": "text", "text": {"value": "Yes.", "annotations": []}}], "Yes."),
    ([{"type": "text", "content": "Yes."}], "Yes."),
    (["one", "two"], "one\ntwo"),
    ({"type": "text", "text": "Yes."}, "Yes."),
    ([{"text": "Yes."}, {"inlineData": {"mimeType": "image/png", "data": "AA"}}],
     "Yes.\n[picture]"),
    ([{"type": "file", "mediaType": "audio/mp3", "url": "x"}], "[audio]"),
    ([{"type": "text", "text": "Yes."}, None], "Yes."),
    ([{"type": "text", "text": "x"}] * 150, "\n".join("x" * 150)),
    ([{"type": 7, "text": "Yes."}], "Yes."),
]  # fmt: skip


@pytest.mark.parametrize(("content", "words"), CONTENTS, ids=lambda part: str(part)[:50])
def test_words_are_kept_and_other_parts_are_named(content: Any, words: str) -> None:
    assert message_in_our_shape({"role": "user", "content": content})["content"] == words


CALL = {"name": "find_order", "arguments": '{"id":7}'}


@pytest.mark.parametrize(
    "message",
    [
        {"content": None, "tool_calls": [
            {"id": "c1", "type": "function",
             "function": {"name": "find_order", "arguments": '{"id":7}'}}]},
        {"content": None, "function_call": {"name": "find_order", "arguments": '{"id":7}'}},
        {"content": [{"type": "tool_use", "id": "t", "name": "find_order", "input": {"id": 7}}]},
        {"content": [{"type": "tool-call", "toolName": "find_order", "input": {"id": 7}}]},
        {"parts": [{"type": "tool-find_order", "input": {"id": 7}, "state": "input-available"}]},
        {"parts": [{"functionCall": {"name": "find_order", "args": {"id": 7}}}]},
        {"parts": [{"type": "tool_call", "name": "find_order", "arguments": {"id": 7}}]},
    ],
    ids=["openai", "openai before", "anthropic", "ai sdk model", "ai sdk page", "gemini", "otel"],
)  # fmt: skip
def test_a_call_of_a_tool_is_its_name_and_what_it_was_given(message: dict[str, Any]) -> None:
    read = message_in_our_shape({"role": "assistant", **message})
    assert read["tool_calls"] == [CALL]
    assert not read.get("content")


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "tool_result", "tool_use_id": "t", "content": "Sent on 3 May."}],
        [{"type": "tool_result", "tool_use_id": "t",
          "content": [{"type": "text", "text": "Sent on 3 May."}]}],
        [{"type": "function_call_output", "output": "Sent on 3 May."}],
        [{"type": "tool_call_response", "response": "Sent on 3 May."}],
        [{"functionResponse": {"name": "find_order", "response": "Sent on 3 May."}}],
    ],
)  # fmt: skip
def test_what_a_tool_answered_is_said_by_the_tool(content: Any) -> None:
    read = message_in_our_shape({"role": "user", "content": content})
    assert (read["role"], read["content"]) == ("tool", "Sent on 3 May.")


def test_what_is_kept_of_a_call_is_bounded_however_deep_it_is() -> None:
    deep: Any = {}
    for _ in range(200):
        deep = {"a": deep}
    kept = called({"name": "x" * 500, "input": deep})
    assert len(kept["name"]) == 120
    assert kept["arguments"].startswith('{"a":{"a":')
    assert len(called({"name": "x", "arguments": "y" * 90_000})["arguments"]) == 8_000
    assert called({"to": 10**30}) == {"name": "", "arguments": '{"to":' + "1" + "0" * 30 + "}"}


def as_dumped(**more: Any) -> dict[str, Any]:
    """A message as OpenAI's client dumps it, with what is null."""
    return {
        "role": "assistant", "content": "Dogs travel free.", "refusal": None, "annotations": [],
        "audio": None, "function_call": None, "tool_calls": None, **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (as_dumped(), "Dogs travel free."),
        (as_dumped(annotations=None, reasoning_content="Hm.", mood="good"), "Dogs travel free."),
        (as_dumped(content=None, refusal="I can't say."), "I can't say."),
        (as_dumped(content="", audio={"id": "a", "transcript": "At nine."}), "At nine."),
        (as_dumped(content=None, audio={"id": "a"}), "[audio]"),
        (as_dumped(name="x" * 300, tool_call_id=7), "Dogs travel free."),
        (as_dumped(role="model"), "Dogs travel free."),
        ({"type": "ai", "content": "Dogs travel free."}, "Dogs travel free."),
    ],
)
def test_a_message_as_clients_dump_it_is_taken(
    send: Send, message: dict[str, Any], words: str
) -> None:
    nulls = dict.fromkeys(
        ("started_at", "passages", "kind", "channel", "model", "tokens_in", "cost", "user_ref",
         "ticket_ref", "sample_rate", "attributes")
    )  # fmt: skip
    question = {"role": "developer", "content": "Be kind.", "name": None, "at": None}
    passage = {"text": "Dogs: free.", "title": None, "score": None, "metadata": {"page": 3}}
    extras: list[dict[str, Any]] = [nulls, {"passages": [passage]}]
    for number, more in enumerate(extras):
        answer = send({"id": f"it-{number}", "messages": [question, message], **more})
        assert answer.status_code == 200, answer.content
    kept = Conversation.objects.get(external_id="it-1")
    assert [one["content"] for one in kept.messages] == ["Be kind.", words]
    assert kept.passages == [{"text": "Dogs: free."}]


def test_a_part_that_is_none_is_refused_by_name(send: Send) -> None:
    answer = send(
        {"id": "it", "messages": [{"role": "assistant", "content": [{"type": "text"}, 5]}]}
    )
    assert answer.status_code == 422
    assert answer.json()["rejected"][0]["field"].startswith("messages[0].content")


def test_a_blob_is_not_kept(send: Send) -> None:
    data = "QUJD" * 50_000
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    said = {"role": "user", "content": [{"type": "text", "text": "This?"}, picture]}
    assert send({"id": "it", "messages": [said, as_dumped()]}).status_code == 200
    kept = Conversation.objects.get()
    assert kept.messages[0]["content"] == "This?\n[picture]"
    assert "QUJD" not in json.dumps(kept.messages)


def test_the_mark_of_an_encoding_is_passed_over(client: Client, world: World) -> None:
    for number, body in enumerate(('{"id":"%s","messages":[%s]}', '[{"id":"%s","messages":[%s]}]')):
        sent = body % (f"c{number}", json.dumps(as_dumped()))
        answer = client.post(
            "/api/v1/conversations",
            codecs.BOM_UTF8 + sent.encode(),
            content_type="application/json",
            headers={"Authorization": f"Bearer {world.key()}"},
        )
        assert answer.status_code == 200, answer.content


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["type", "text", "role", "content", "parts", "function", "name", "input",
                         "audio", "refusal", "tool_calls", "output", "functionCall"]) | st.text(),
        inner, max_size=4,
    ),
    max_leaves=20,
)  # fmt: skip


@given(JSON)
def test_whatever_a_message_is_it_is_taken_or_refused(message: Any) -> None:
    row = in_our_shape({"id": "a", "messages": [message]})
    try:
        read = msgspec.convert(row, ConversationIn)
    except msgspec.ValidationError:
        return
    assert isinstance(read.messages[0].content, str | None | list)
