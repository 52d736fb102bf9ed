"""Read a request's body with bounds: its size, its size unzipped, its shape."""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import TypeVar

import msgspec
from django.http import HttpRequest

from ingestion.api.errors import ApiError
from ingestion.wire import (
    FIXES,
    MAX_CONVERSATIONS,
    ConversationIn,
    Refused,
    Unfit,
    check,
    check_text,
    explain,
)

MAX_BODY = 10_000_000
MAX_UNZIPPED = 30_000_000
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
    if declared.isdigit() and int(declared) > MAX_BODY:
        raise TOO_LARGE
    body = request.read(MAX_BODY + 1)
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


def _unzip(body: bytes) -> bytes:
    unzipper = zlib.decompressobj(wbits=31)
    try:
        plain = unzipper.decompress(body, MAX_UNZIPPED + 1)
    except zlib.error as error:
        raise ApiError(
            400,
            "bad_gzip",
            "The body says gzip and is not.",
            "Zip it again, or send it plain.",
            field="Content-Encoding",
        ) from error
    if len(plain) > MAX_UNZIPPED:
        raise TOO_LARGE
    if not unzipper.eof:
        raise ApiError(
            400,
            "bad_gzip",
            "The gzip body ends too early.",
            "Send the whole body.",
            field="Content-Encoding",
        )
    return plain


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
        raise _bad_json(error) from error
    raise ApiError(400, "bad_json", "The body is not an object, an array or NDJSON.", FIXES[""])


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
        return Refused(index, None, "(the row)", str(error), "Send valid JSON.")


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
    if len(rows) > MAX_CONVERSATIONS:
        raise _too_many(len(rows))
    for index, row in enumerate(rows):
        if isinstance(row, Refused):
            refused.append(row)
            continue
        try:
            check_text(row)
            check(row, now)
        except Unfit as unfit:
            refused.append(Refused(index, row.id, unfit.field, unfit.reason, unfit.fix))
        else:
            good.append((index, row))
    return good, refused
