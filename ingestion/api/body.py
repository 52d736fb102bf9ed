"""What a request's body says: one value, or rows of which the good ones are kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import TypeVar

import msgspec

from ingestion.api.errors import ApiError
from ingestion.api.sent import Body
from ingestion.as_sent import in_our_shape
from ingestion.wire import (
    FIXES,
    MAX_CONVERSATIONS,
    SURROGATE,
    ConversationIn,
    RefusedRow,
    check,
    explain,
    strings,
)
from portal.refused import Refused

MAX_VALUES = 1_000_000  # what is made of them takes up to a hundred bytes each
BodyT = TypeVar("BodyT")
RAW_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
ROW = msgspec.json.Decoder(ConversationIn)
ROWS = msgspec.json.Decoder(list[ConversationIn])
FOR_ID = msgspec.json.Decoder(dict[str, msgspec.Raw])

# Where a value of JSON begins, outside of texts. What is no JSON ends somewhere, too.
MARKS = re.compile(rb'[,\[{]|"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)


def check_values(body: Body) -> None:
    """Refuse a body of so many values that decoding it would take the memory of others.

    Thirty megabytes hold ten million empty lists, of 64 bytes each. Raises ApiError 413.
    """
    if sum(map(body.count, (b",", b"[", b"{"))) <= MAX_VALUES:
        return
    seen = 0
    for mark in MARKS.finditer(body):
        seen += mark[0][:1] != b'"'
        if seen > MAX_VALUES:
            raise ApiError(
                413,
                "too_large",
                f"The body holds over {MAX_VALUES:,} values.",
                "Send fewer conversations in one request.",
            )


def _bad_json(error: Exception) -> ApiError:
    reason = "The JSON is nested too deep." if isinstance(error, RecursionError) else str(error)
    return ApiError(400, "bad_json", reason, FIXES[""])


def decode(body: Body, decoder: msgspec.json.Decoder[BodyT]) -> BodyT:
    """One value of a known type. Raises ApiError 400 (no JSON), 413 or 422 (another type)."""
    check_values(body)
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        field, reason, fix = explain(error)
        raise ApiError(422, "invalid", reason, fix, field=field) from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise _bad_json(error) from error


def _lenient_rows(body: Body) -> list[msgspec.Raw]:
    """The rows as a reader takes them that lets half surrogate pairs and NaN pass.

    So one such row is refused by its name, and the others of its array are kept.
    """
    try:
        value = json.loads(body)
        rows = value if isinstance(value, list) else [value]
        return [msgspec.Raw(json.dumps(row).encode()) for row in rows]
    except (ValueError, RecursionError):
        return []


def _start(body: Body) -> bytes:
    """The first sign that is no space; the body is not copied for it."""
    found = re.search(rb"\S", body)
    return found[0] if found else b""


def _lines(body: Body) -> Iterator[bytes]:
    """The lines that hold something; one at a time, because there may be millions."""
    return (bytes(line[0]) for line in re.finditer(rb"[^\r\n]+", body) if line[0].strip())


def _raw_rows(body: Body) -> list[msgspec.Raw]:
    """The rows of an object, an array or NDJSON, each still undecoded."""
    start = _start(body)
    try:
        if start == b"[":
            return RAW_ROWS.decode(body)
        if start == b"{":
            try:
                return [msgspec.Raw(msgspec.json.decode(body, type=msgspec.Raw))]
            except (msgspec.DecodeError, RecursionError):
                lines = list(islice(_lines(body), MAX_CONVERSATIONS + 1))
                if len(lines) < 2:
                    raise
                return [msgspec.Raw(line) for line in lines]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        if rows := _lenient_rows(body):
            return rows
        raise _bad_json(error) from error
    raise ApiError(400, "bad_json", "The body is not an object, an array or NDJSON.", FIXES[""])


def _unreadable(raw: msgspec.Raw, index: int, error: Exception) -> RefusedRow:
    """Why a row is no JSON for us; half a surrogate pair is named with its place."""
    try:
        row = json.loads(bytes(raw))
    except (ValueError, RecursionError):
        row = None
    if isinstance(row, dict):
        sent_id = row.get("id")
        known = sent_id[:200] if isinstance(sent_id, str) else None
        for path, text in strings(row):
            if SURROGATE.search(text):
                reason = "It holds half of a surrogate pair."
                return RefusedRow(index, known, path, reason, "Send valid Unicode.")
        return RefusedRow(index, known, "(the row)", str(error), "Send valid JSON.")
    return RefusedRow(index, None, "(the row)", str(error), "Send valid JSON in UTF-8.")


def _id_of(raw: msgspec.Raw) -> str | None:
    """The id of a row that could not be decoded, for the answer."""
    try:
        value = msgspec.json.decode(FOR_ID.decode(raw).get("id", b"null"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return value[:200] if isinstance(value, str) else None


def _one_row(raw: msgspec.Raw, index: int) -> ConversationIn | RefusedRow:
    try:
        return _row(raw)
    except msgspec.ValidationError as error:
        return RefusedRow(index, _id_of(raw), *explain(error))
    except RecursionError:
        return RefusedRow(index, _id_of(raw), "(the row)", "It is nested too deep.", "Nest less.")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return _unreadable(raw, index, error)


def _row(raw: msgspec.Raw) -> ConversationIn:
    """The row as it is, or as it is when put into our shape."""
    try:
        return ROW.decode(raw)
    except msgspec.ValidationError:
        value = msgspec.json.decode(raw)
        if not isinstance(value, dict):
            raise
        return msgspec.convert(in_our_shape(value), ConversationIn)


def _decoded(body: Body) -> list[ConversationIn | RefusedRow]:
    """Fast for what is right: the whole array in one call; row by row only where one is wrong."""
    check_values(body)
    try:
        if _start(body) == b"[":
            return list(ROWS.decode(body))
        return [ROW.decode(body)]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raw = _raw_rows(body)
    if len(raw) > MAX_CONVERSATIONS:
        raise _too_many()
    return [_one_row(one, index) for index, one in enumerate(raw)]


def _too_many() -> ApiError:
    return ApiError(
        413,
        "too_many",
        f"Over {MAX_CONVERSATIONS:,} conversations in one request.",
        f"Send at most {MAX_CONVERSATIONS:,} at a time.",
    )


def read_rows(
    body: Body, now: datetime
) -> tuple[list[tuple[int, ConversationIn]], list[RefusedRow]]:
    """The good rows with their place in the request, and the refused ones.

    Raises ApiError when the body as a whole cannot be read.
    """
    good: list[tuple[int, ConversationIn]] = []
    refused: list[RefusedRow] = []
    rows = _decoded(body)
    has_escapes = b"\\u" in body
    if not rows:
        raise ApiError(422, "invalid", "No conversation was sent.", FIXES[""])
    if len(rows) > MAX_CONVERSATIONS:
        raise _too_many()
    for index, row in enumerate(rows):
        if isinstance(row, RefusedRow):
            refused.append(row)
            continue
        try:
            check(row, now, has_escapes=has_escapes)
        except Refused as unfit:
            refused.append(RefusedRow(index, row.id, unfit.field, unfit.reason, unfit.fix))
        else:
            good.append((index, row))
    return good, refused
