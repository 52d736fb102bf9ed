"""Read a request's body with bounds: its size, its size unzipped, its shape."""

from __future__ import annotations

import json
import zlib
from datetime import datetime
from typing import TypeVar

import msgspec
from django.http import HttpRequest, UnreadablePostError

from ingestion.api.errors import ApiError
from ingestion.wire import (
    FIXES,
    MAX_CONVERSATIONS,
    SURROGATE,
    ConversationIn,
    Refused,
    Unfit,
    check,
    explain,
    strings,
)

MAX_BODY = 10_000_000
MAX_UNZIPPED = 30_000_000
MAX_GZIP_MEMBERS = 32
BodyT = TypeVar("BodyT")
RAW_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
ROW = msgspec.json.Decoder(ConversationIn)
ROWS = msgspec.json.Decoder(list[ConversationIn])
FOR_ID = msgspec.json.Decoder(dict[str, msgspec.Raw])

TOO_LARGE = ApiError(
    413,
    "too_large",
    f"The body is over {MAX_BODY // 1_000_000} MB (or {MAX_UNZIPPED // 1_000_000} MB unzipped).",
    "Send fewer conversations in one request.",
)


def read_body(request: HttpRequest) -> bytes:
    """The body, unzipped when it says gzip. Raises ApiError 400, 413 or 415."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if declared.isdecimal() and (len(declared) > 12 or int(declared) > MAX_BODY):
        raise TOO_LARGE
    try:
        body = request.read(MAX_BODY + 1)
    except UnreadablePostError as error:
        reason = "The connection broke before the whole body had come."
        raise ApiError(400, "cut_off", reason, "Send it again.") from error
    if len(body) > MAX_BODY:
        raise TOO_LARGE
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding == "gzip":
        return _unzip(body)
    if encoding not in ("", "identity"):
        raise ApiError(
            415,
            "unknown_encoding",
            f"Content-Encoding {encoding!r} is not known.",
            "Send it as it is, or with gzip.",
            field="Content-Encoding",
        )
    return body


def _bad_gzip(reason: str, fix: str) -> ApiError:
    return ApiError(400, "bad_gzip", reason, fix, field="Content-Encoding")


def _unzip(body: bytes) -> bytes:
    """All members of a gzip body (RFC 1952 allows several), never more than MAX_UNZIPPED."""
    plain = b""
    for _ in range(MAX_GZIP_MEMBERS):
        unzipper = zlib.decompressobj(wbits=31)
        try:
            plain += unzipper.decompress(body, MAX_UNZIPPED + 1 - len(plain))
        except zlib.error as error:
            fix = "Zip it again, or send it plain."
            raise _bad_gzip("The body says gzip and is not.", fix) from error
        if len(plain) > MAX_UNZIPPED:
            raise TOO_LARGE
        if not unzipper.eof:
            raise _bad_gzip("The gzip body ends too early.", "Send the whole body.")
        body = unzipper.unused_data
        if not body:
            return plain
    raise _bad_gzip(f"It has over {MAX_GZIP_MEMBERS} members.", "Zip it in one go.")


def _bad_json(error: Exception) -> ApiError:
    reason = "The JSON is nested too deep." if isinstance(error, RecursionError) else str(error)
    return ApiError(400, "bad_json", reason, FIXES[""])


def decode(body: bytes, decoder: msgspec.json.Decoder[BodyT]) -> BodyT:
    """One value of a known type. Raises ApiError 400 (no JSON) or 422 (another type)."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        field, reason, fix = explain(error)
        raise ApiError(422, "invalid", reason, fix, field=field) from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise _bad_json(error) from error


def _lenient_rows(body: bytes) -> list[msgspec.Raw]:
    """The rows as a reader takes them that lets half surrogate pairs and NaN pass.

    So one such row is refused by its name, and the others of its array are kept.
    """
    try:
        value = json.loads(body)
        rows = value if isinstance(value, list) else [value]
        return [msgspec.Raw(json.dumps(row).encode()) for row in rows]
    except (ValueError, RecursionError):
        return []


def _raw_rows(body: bytes) -> list[msgspec.Raw]:
    """The rows of an object, an array or NDJSON, each still undecoded."""
    start = body.lstrip()[:1]
    try:
        if start == b"[":
            return RAW_ROWS.decode(body)
        if start == b"{":
            try:
                return [msgspec.Raw(msgspec.json.decode(body, type=msgspec.Raw))]
            except msgspec.DecodeError:
                lines = [line for line in body.splitlines() if line.strip()]
                if len(lines) < 2:
                    raise
                return [msgspec.Raw(line) for line in lines]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        if rows := _lenient_rows(body):
            return rows
        raise _bad_json(error) from error
    raise ApiError(400, "bad_json", "The body is not an object, an array or NDJSON.", FIXES[""])


def _unreadable(raw: msgspec.Raw, index: int, error: Exception) -> Refused:
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
                return Refused(index, known, path, reason, "Send valid Unicode.")
        return Refused(index, known, "(the row)", str(error), "Send valid JSON.")
    return Refused(index, None, "(the row)", str(error), "Send valid JSON in UTF-8.")


def _id_of(raw: msgspec.Raw) -> str | None:
    """The id of a row that could not be decoded, for the answer."""
    try:
        value = msgspec.json.decode(FOR_ID.decode(raw).get("id", b"null"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return value[:200] if isinstance(value, str) else None


def _one_row(raw: msgspec.Raw, index: int) -> ConversationIn | Refused:
    try:
        return ROW.decode(raw)
    except msgspec.ValidationError as error:
        return Refused(index, _id_of(raw), *explain(error))
    except RecursionError:
        return Refused(index, _id_of(raw), "(the row)", "It is nested too deep.", "Nest less.")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return _unreadable(raw, index, error)


def _decoded(body: bytes) -> list[ConversationIn | Refused]:
    """Fast for what is right: the whole array in one call; row by row only where one is wrong."""
    start = body.lstrip()[:1]
    try:
        if start == b"[":
            return list(ROWS.decode(body))
        return [ROW.decode(body)]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raw = _raw_rows(body)
    if len(raw) > MAX_CONVERSATIONS:
        raise _too_many(len(raw))
    return [_one_row(one, index) for index, one in enumerate(raw)]


def _too_many(count: int) -> ApiError:
    return ApiError(
        413,
        "too_many",
        f"{count:,} conversations in one request.",
        f"Send at most {MAX_CONVERSATIONS:,} at a time.",
    )


def read_rows(body: bytes, now: datetime) -> tuple[list[tuple[int, ConversationIn]], list[Refused]]:
    """The good rows with their place in the request, and the refused ones.

    Raises ApiError when the body as a whole cannot be read.
    """
    good: list[tuple[int, ConversationIn]] = []
    refused: list[Refused] = []
    rows = _decoded(body)
    has_escapes = b"\\u" in body
    if not rows:
        raise ApiError(422, "invalid", "No conversation was sent.", FIXES[""])
    if len(rows) > MAX_CONVERSATIONS:
        raise _too_many(len(rows))
    for index, row in enumerate(rows):
        if isinstance(row, Refused):
            refused.append(row)
            continue
        try:
            check(row, now, has_escapes=has_escapes)
        except Unfit as unfit:
            refused.append(Refused(index, row.id, unfit.field, unfit.reason, unfit.fix))
        else:
            good.append((index, row))
    return good, refused
