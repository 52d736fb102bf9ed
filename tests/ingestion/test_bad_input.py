"""Bad input: a clear refusal in one shape that names the field, and nothing half stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.models import Conversation
from tests.ingestion.conftest import Send, deep, error_of, nothing_is_stored, row

pytestmark = pytest.mark.django_db
USER = {"role": "user", "content": "Hello?"}
REPLY = {"role": "assistant", "content": "Hello."}
ENDPOINTS = ["conversations", "signals", "releases", "flags"]


BAD_ROWS: list[tuple[dict[str, Any], str]] = [
    (row(id=""), "id"),
    (row(id="   "), "id"),
    (row(id="a\x00"), "id"),
    (row(id="a\nb"), "id"),
    (row(id="x" * 201), "id"),
    (row(id=7), "id"),
    (row(id=None), "id"),
    (row(messages=[]), "messages"),
    (row(messages=None), "messages"),
    (row(messages="hi"), "messages"),
    (row(messages=[REPLY] * 1001), "messages"),
    (row(messages=[USER]), "messages"),
    (row(messages=[USER, {"role": "assistant", "content": " \n"}]), "messages"),
    (row(messages=[USER, {"role": "assistant", "content": None}]), "messages"),
    (row(messages=[{"role": "bot", "content": "Hi"}]), "messages[0].role"),
    (row(messages=[{"content": "Hi"}]), "messages[0].role"),
    (row(messages=[{**REPLY, "content": {"a": 1}}]), "messages[0].content"),
    (row(messages=[{**REPLY, "content": [[]]}]), "messages[0].content[0]"),
    (row(messages=[REPLY, {"role": "user", "content": 5}]), "messages[1].content"),
    (row(messages=[REPLY, {"role": "user", "content": "a\x00b"}]), "messages[1].content"),
    (row(messages=[REPLY, {"role": "user", "content": "\ud800"}]), "messages[1].content"),
    (row(messages=[{**REPLY, "content": "x" * 200_001}]), "messages[0].content"),
    (row(messages=[{**REPLY, "at": "2026-01-01T10:00:00"}]), "messages[0].at"),
    (row(messages=[{**REPLY, "at": "1066-10-14T09:00:00Z"}]), "messages[0].at"),
    (row(started_at="1066-10-14T09:00:00Z"), "started_at"),
    (row(started_at="9999-12-31T23:59:59Z"), "started_at"),
    (row(started_at="9999-12-31T23:59:59-12:00"), "started_at"),
    (row(started_at="0001-01-01T00:00:00+12:00"), "started_at"),
    (row(started_at="2026-01-01T10:00:00"), "started_at"),
    (row(started_at="2026-02-30T10:00:00Z"), "started_at"),
    (row(started_at="2026-11-17T10:12:00+23:59"), "started_at"),
    (row(started_at="2026-11-17T10:12:00-16:00"), "started_at"),
    (row(messages=[{**REPLY, "at": "2026-11-17T10:12:00-23:59"}]), "messages[0].at"),
    (
        row(passages=[{"text": "x", "updated_at": "2026-11-17T10:12:00+18:00"}]),
        "passages[0].updated_at",
    ),
    (row(started_at="yesterday"), "started_at"),
    (row(started_at=1_700_000_000), "started_at"),
    (row(passages=[{"title": "x"}]), "passages[0].text"),
    (row(passages=[{"text": "x", "score": 1e300}]), "passages[0].score"),
    (row(passages=[{"text": "x"}, {"text": "y", "score": -1.1e12}]), "passages[1].score"),
    (row(passages=[{"text": "x", "updated_at": "9999-01-01T00:00:00Z"}]), "passages[0].updated_at"),
    (row(passages=[{"text": "x", "url": "\udfff"}]), "passages[0].url"),
    (row(tokens_in=2**31), "tokens_in"),
    (row(tokens_in=2**63), "tokens_in"),
    (row(tokens_out=-1), "tokens_out"),
    (row(latency_ms=1.5), "latency_ms"),
    (row(latency_ms="12"), "latency_ms"),
    (row(tokens_in=True), "tokens_in"),
    (row(cost=-0.01), "cost"),
    (row(cost=1e10), "cost"),
    (row(cost=1e308), "cost"),
    (row(sample_rate=0), "sample_rate"),
    (row(sample_rate=5e-324), "sample_rate"),
    (row(sample_rate=1e-200), "sample_rate"),
    (row(sample_rate=1e-100), "sample_rate"),
    (row(sample_rate=9.99e-7), "sample_rate"),
    (row(sample_rate=-1e-6), "sample_rate"),
    (row(sample_rate=1.01), "sample_rate"),
    (row(kind="x" * 121), "kind"),
    (row(kind="a\x00"), "kind"),
    (row(user_ref="\ud83d"), "user_ref"),
    (row(attributes=[1]), "attributes"),
    (row(attributes={"a\x00": 1}), "attributes.a\x00"),
    (row(attributes={"a": {"b": ["\x00"]}}), "attributes.a.b[0]"),
    (row(attributes={"\ud800": 1}), "attributes.?"),
    (row(attributes=json.loads(deep(7))), "attributes"),
    (row(attributes={"a": "x" * 20_000}), "attributes"),
    (row(attributes={"a": 2**64}), "attributes"),
    (row(colour="red"), "colour"),
    ({"id": "a"}, "messages"),
    ({"messages": [REPLY]}, "id"),
    ({}, "id"),
]


@pytest.mark.parametrize(("bad", "field"), BAD_ROWS, ids=lambda part: str(part)[:40])
def test_a_bad_row_is_refused_by_name_and_its_neighbour_is_kept(
    send: Send, bad: dict[str, Any], field: str
) -> None:
    alone = send(bad)
    assert alone.status_code == 422, alone.content
    [refused] = alone.json()["rejected"]
    assert refused["field"] == field
    assert refused["reason"]
    assert refused["fix"]
    assert nothing_is_stored()
    beside = send([bad, row("good")])
    assert beside.status_code == 200
    assert beside.json()["accepted"] == ["good"]
    assert beside.json()["rejected"][0]["field"] == field


ODD = "\u202eright\u202c to \u2066left\u2069, zero\u200b\u200dwidth\ufeff, A\u0301"


def test_bidi_and_zero_width_text_is_kept_as_it_is(send: Send) -> None:
    sent = row(
        messages=[{"role": "user", "content": ODD}, {"role": "assistant", "content": ODD}],
        passages=[{"text": ODD, "title": ODD}],
        attributes={ODD: ODD},
        kind=ODD,
    )
    assert send(sent).status_code == 200
    kept = Conversation.objects.get()
    assert [message["content"] for message in kept.messages] == [ODD, ODD]
    assert (kept.passages[0]["title"], kept.attributes, kept.kind) == (ODD, {ODD: ODD}, ODD)


def test_a_backslash_u0000_in_words_is_no_nul_byte(send: Send) -> None:
    words = "Write \\u0000 in JSON, or \\ud800"
    assert send(row(messages=[{"role": "assistant", "content": words}])).status_code == 200
    assert Conversation.objects.get().messages[0]["content"] == words


ODD_IDS = ["\u202eid", "\u200b", "a\tb", "\ue000", "\u2028", "\x7f", "\ud800", "\x00", "x" * 5000]


@pytest.mark.parametrize("odd", ODD_IDS, ids=ascii)
def test_the_answer_is_json_whatever_the_id_holds(send: Send, odd: str) -> None:
    [refused] = send(row(odd)).json()["rejected"]
    assert refused["field"] == "id"
    assert refused["index"] == 0
    assert refused["id"] is None or isinstance(refused["id"], str)


@pytest.mark.parametrize(
    "fine", ["é ü", "日本語", '"quoted"', "a/b?c#d%00", "<script>", "\U0001f600"]
)
def test_ids_in_any_script_come_back_as_they_were(send: Send, fine: str) -> None:
    assert send(row(fine)).json()["accepted"] == [fine]
    assert send(row(fine)).json()["duplicate"] == [fine]


FAR_ZONE = "2026-11-17T10:12:00+23:59"
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("signals", {"conversation_id": "", "name": "thumbs"}, "conversation_id"),
    ("signals", {"conversation_id": "a", "name": "smile"}, "name"),
    ("signals", {"conversation_id": "a", "name": "thumbs", "value": 0}, "[0].value"),
    ("signals", {"conversation_id": "a", "name": "rating", "value": 1e300}, "[0].value"),
    ("signals", {"conversation_id": "a\x00", "name": "thumbs"}, "conversation_id"),
    ("signals", {"conversation_id": "a", "name": "thumbs", "at": "1066-10-14T09:00:00Z"}, "[0].at"),
    ("signals", {"conversation_id": "a", "name": "thumbs", "x": 1}, "x"),
    ("signals", {"conversation_id": " ", "name": "thumbs"}, "[0].conversation_id"),
    ("signals", {"conversation_id": "a", "name": "thumbs", "at": FAR_ZONE}, "[0].at"),
    ("releases", {"kind": "prompt", "name": ""}, "name"),
    ("releases", {"kind": "prompt", "name": "  "}, "name"),
    ("releases", {"kind": "weather", "name": "a"}, "kind"),
    ("releases", {"kind": "prompt", "name": "a\x00"}, "name"),
    ("releases", {"kind": "prompt", "name": "a", "link": "javascript:alert(1)"}, "link"),
    ("releases", {"kind": "prompt", "name": "a", "at": "9999-01-01T00:00:00Z"}, "at"),
    ("releases", {"kind": "prompt", "name": "a", "at": "2026-01-01T00:00:00"}, "at"),
    ("releases", {"kind": "prompt", "name": "a", "at": FAR_ZONE}, "at"),
    ("flags", {"reason": "wrong_fact", "conversation_id": "a", "at": FAR_ZONE}, "at"),
    ("flags", {"reason": "wrong_fact", "conversation_id": " "}, "conversation_id"),
    ("flags", {"reason": "bad", "conversation_id": "a"}, "reason"),
    ("flags", {"reason": "wrong_fact", "conversation_id": "a\x00"}, "conversation_id"),
    ("flags", {"reason": "wrong_fact", "conversation_id": "a", "answer_index": -1}, "answer_index"),
    ("flags", {"reason": "wrong_fact", "conversation_id": "a", "at": "1066-10-14T09:00Z"}, "at"),
]


@pytest.mark.parametrize(("endpoint", "body", "field"), WRONG)
def test_a_field_that_does_not_fit_is_named(
    send: Send, endpoint: str, body: dict[str, Any], field: str
) -> None:
    response = send(body, to=endpoint)
    assert response.status_code == 422
    assert error_of(response)["field"] == field
    assert nothing_is_stored()


ANY_TEXT = st.text(st.characters(codec=None), max_size=12)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)
FIELDS = [
    "id", "messages", "started_at", "passages", "kind", "tokens_in", "cost", "user_ref",
    "sample_rate", "attributes", "conversation_id", "name", "value", "at", "reason", "text",
]  # fmt: skip
NEARLY_RIGHT = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(FIELDS, ANY_JSON)
) | st.fixed_dictionaries(
    {"id": ANY_TEXT, "messages": st.just([REPLY])}, optional={"attributes": ANY_JSON}
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=ANY_JSON | NEARLY_RIGHT | st.lists(NEARLY_RIGHT, max_size=3))
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_no_value_at_all_makes_us_fail(send: Send, endpoint: str, value: Any) -> None:
    response = send(value, to=endpoint)
    assert response.status_code < 500
    body = response.json()
    if "error" in body:
        error_of(response)
    for refused in body.get("rejected", []):
        assert list(refused) == ["index", "id", "field", "reason", "fix"]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.binary(max_size=60))
def test_no_bytes_at_all_make_us_fail(send: Send, body: bytes) -> None:
    for headers in ({}, {"Content-Encoding": "gzip"}):
        response = send(body, headers=headers)
        assert 400 <= response.status_code < 500
