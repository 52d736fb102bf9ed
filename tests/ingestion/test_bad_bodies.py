"""Bad bodies: too large, broken, too deep, wrongly sent: refused whole in the one shape."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from django.test import Client

from ingestion.models import Conversation
from tests.ingestion.conftest import Send, deep, error_of, nothing_is_stored, row
from tests.world import World

pytestmark = pytest.mark.django_db
ENDPOINTS = ["conversations", "signals", "releases", "flags"]


BAD_BODIES: list[tuple[bytes, int, str]] = [
    (b"", 400, "bad_json"),
    (b"  \n ", 400, "bad_json"),
    (b"null", 400, "bad_json"),
    (b"true", 400, "bad_json"),
    (b"7", 400, "bad_json"),
    (b'"text"', 400, "bad_json"),
    (b"[]", 422, "invalid"),
    (b"[", 400, "bad_json"),
    (b"{", 400, "bad_json"),
    (b"[{}", 400, "bad_json"),
    (b"[{},]", 400, "bad_json"),
    (b"<xml/>", 400, "bad_json"),
    (b"\xff\xfe{}", 400, "bad_json"),
    (b"\xef\xbb\xbf", 400, "bad_json"),
    (b"\xef\xbb\xbf\xef\xbb\xbf{}", 400, "bad_json"),
    (b"\x00", 400, "bad_json"),
    (b"[" * 10_000, 400, "bad_json"),
    (b"[" * 100_000, 400, "bad_json"),
    (b"[" * 100_000 + b"]" * 100_000, 400, "bad_json"),
    (deep(100_000).encode(), 400, "bad_json"),
]


@pytest.mark.parametrize(("body", "status", "code"), BAD_BODIES, ids=lambda part: str(part)[:20])
def test_a_body_that_cannot_be_read_is_refused_whole(
    send: Send, body: bytes, status: int, code: str
) -> None:
    response = send(body)
    assert (response.status_code, error_of(response)["code"]) == (status, code)
    assert nothing_is_stored()


@pytest.mark.parametrize("endpoint", ["signals", "releases", "flags"])
@pytest.mark.parametrize(
    "body",
    [one for one, _, _ in BAD_BODIES]
    + [b"{}", b"[[]]", b"[null]", b'{"name": "\xff"}', b'{"a": NaN}', b'{"a": 1e999}'],
    ids=lambda part: str(part)[:20],
)
def test_the_other_endpoints_refuse_it_too(send: Send, endpoint: str, body: bytes) -> None:
    response = send(body, to=endpoint)
    assert response.status_code in (400, 422)
    error_of(response)
    assert nothing_is_stored()


RAW_VALUES = ["NaN", "Infinity", "-Infinity", "1e999", "-", "01", "1.", '"\\x"', '"', "nul"]


@pytest.mark.parametrize("field", ["cost", "tokens_in", "sample_rate", "attributes"])
@pytest.mark.parametrize("raw", [*RAW_VALUES, "9" * 400, "9" * 10_000])
def test_numbers_that_are_none_are_refused(send: Send, field: str, raw: str) -> None:
    value = f'{{"deeper": {raw}}}' if field == "attributes" else raw
    body = f'{json.dumps(row())[:-1]}, "{field}": {value}}}'.encode()
    response = send(body)
    assert response.status_code in (400, 422), response.content
    assert nothing_is_stored()


@pytest.mark.parametrize("levels", [10, 500, 900, 2_000, 10_000, 100_000])
@pytest.mark.parametrize("place", ["attributes", "unknown", "content", "id"])
def test_deep_json_is_refused_wherever_it_is(send: Send, place: str, levels: int) -> None:
    inner = deep(levels)
    bodies = {
        "attributes": f'{json.dumps(row())[:-1]}, "attributes": {inner}}}',
        "unknown": f'{json.dumps(row())[:-1]}, "unknown": {inner}}}',
        "content": f'{{"id": "a", "messages": [{{"role": "assistant", "content": {inner}}}]}}',
        "id": f'{{"id": {inner}, "messages": []}}',
    }
    for body in (bodies[place], f"[{bodies[place]}]", f"{bodies[place]}\n{bodies[place]}"):
        response = send(body.encode())
        assert response.status_code in (400, 422), response.content
        assert nothing_is_stored()


@pytest.mark.parametrize("levels", [10, 500, 900, 2_000, 100_000])
def test_deep_calls_of_tools_are_kept_as_text_or_refused(send: Send, levels: int) -> None:
    body = (
        '{"id": "a", "messages": [{"role": "assistant", "content": "Hi", "tool_calls": '
        f'[{{"name": "x", "input": {deep(levels)}}}]}}]}}'
    )
    response = send(body.encode())
    if levels > 900:
        assert response.status_code in (400, 422)
        assert nothing_is_stored()
        return
    assert response.status_code == 200, response.content
    [call] = Conversation.objects.get().messages[0]["tool_calls"]
    assert call["name"] == "x"
    assert len(call["arguments"]) == min(len(deep(levels).replace(" ", "")), 8_000)


def test_deep_json_in_one_line_leaves_its_neighbours(send: Send) -> None:
    bad = f'{{"id": "b", "attributes": {deep(3000)}}}'
    body = f"{json.dumps(row('a'))}\n{bad}\n{json.dumps(row('c'))}".encode()
    answer = send(body).json()
    assert answer["accepted"] == ["a", "c"]
    assert [one["index"] for one in answer["rejected"]] == [1]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_body_of_100_mb_is_refused(send: Send, endpoint: str) -> None:
    response = send(b" " * 100_000_000, to=endpoint)
    assert response.status_code == 413
    assert error_of(response)["code"] == "too_large"


@pytest.mark.parametrize("length", ["²", "9" * 5000, "-1", "abc", ""])
def test_an_odd_content_length_is_no_fault_of_ours(key: str, length: str) -> None:
    headers: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {key}", "CONTENT_LENGTH": length}
    response = Client().post(
        "/api/v1/conversations", b"{}", content_type="application/json", **headers
    )
    assert 400 <= response.status_code < 500
    error_of(response)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_gzip_bomb_is_refused(send: Send, endpoint: str) -> None:
    bomb = gzip.compress(b" " * 100_000_000)
    assert len(bomb) < 200_000
    for body in (bomb, gzip.compress(b" " * 2_000_000) * 20):
        response = send(body, to=endpoint, headers={"Content-Encoding": "gzip"})
        assert response.status_code == 413
        assert error_of(response)["code"] == "too_large"


GOOD = gzip.compress(json.dumps(row()).encode())


@pytest.mark.parametrize(
    "body",
    [b"", b"plain", GOOD[:-1], GOOD[:20], GOOD[:5], GOOD + b"rest", GOOD[:-8] + b"\0" * 8,
     gzip.compress(b"") * 1000],
    ids=["empty", "plain", "no end", "half", "head", "trailing", "wrong sum", "many members"],
)  # fmt: skip
def test_broken_gzip_is_refused(send: Send, body: bytes) -> None:
    response = send(body, headers={"Content-Encoding": "gzip"})
    assert response.status_code == 400
    error = error_of(response)
    assert (error["code"], error["field"]) == ("bad_gzip", "Content-Encoding")
    assert nothing_is_stored()


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd", "\x80"])
def test_an_unknown_encoding_is_refused(send: Send, encoding: str) -> None:
    response = send(row(), headers={"Content-Encoding": encoding})
    assert response.status_code == 415
    assert error_of(response)["field"] == "Content-Encoding"


def test_too_many_rows_are_refused_whole(send: Send) -> None:
    many = [row(str(index)) for index in range(1001)]
    for body in (many, [*many[:-1], {}]):
        response = send(body)
        assert response.status_code == 413
        assert error_of(response)["code"] == "too_many"
    lines = "\n".join(json.dumps(one) for one in many).encode()
    assert send(lines).status_code == 413
    assert nothing_is_stored()
    assert len(send(many[:1000]).json()["accepted"]) == 1000


def test_too_many_signals_are_refused_whole(send: Send) -> None:
    signal = {"conversation_id": "a", "name": "thumbs", "value": 1}
    assert send([signal] * 1001, to="signals").status_code == 422
    assert nothing_is_stored()


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options", "trace"])
def test_another_method_is_refused(key: str, endpoint: str, method: str) -> None:
    response = getattr(Client(), method)(
        f"/api/v1/{endpoint}", headers={"Authorization": f"Bearer {key}"}
    )
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    if method != "head":
        assert error_of(response)["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    "path", ["", "nothing", "conversations/", "conversations/1", "../x", "%ff", "a%0Ab"]
)
def test_another_address_is_refused_in_the_same_shape(world: World, path: str) -> None:
    for response in (Client().get(f"/api/v1/{path}"), Client().post(f"/api/v1/{path}")):
        assert response.status_code == 404
        assert error_of(response)["code"] == "not_found"


def test_an_address_that_holds_a_nul_is_named(world: World) -> None:
    for response in (Client().get("/api/v1/%00"), Client().post("/api/v1/%00")):
        assert response.status_code == 422
        assert error_of(response)["field"] == "path"
