"""Read a request's body with bounds: its size, and its size unzipped."""

from __future__ import annotations

import codecs
import zlib

from django.http import HttpRequest, UnreadablePostError

from ingestion.api.errors import ApiError

MAX_BODY = 10_000_000
MAX_UNZIPPED = 30_000_000
MAX_GZIP_MEMBERS = 32
PIECE = 65_536
UNZIPPED_PIECE = 1_000_000

Body = bytes | bytearray


def too_large() -> ApiError:
    """A new one for each time: an exception that is kept keeps the frames that it went through,
    and with them the bodies it was raised for."""
    return ApiError(
        413,
        "too_large",
        f"It is over {MAX_BODY // 1_000_000} MB (or {MAX_UNZIPPED // 1_000_000} MB unzipped).",
        "Send fewer conversations in one request.",
    )


def _cut_off() -> ApiError:
    reason = "The connection broke before the whole body had come."
    return ApiError(400, "cut_off", reason, "Send it again.")


def read_body(request: HttpRequest) -> Body:
    """The body, unzipped when it says gzip, without the mark of its encoding, which RFC 8259 (8.1)
    lets readers pass over. Raises ApiError 400, 413 or 415."""
    return _unzipped(request).removeprefix(codecs.BOM_UTF8)


def _unzipped(request: HttpRequest) -> Body:
    body = _as_sent(request)
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


def _as_sent(request: HttpRequest) -> bytes:
    """All that was sent: as long as was said before, or up to the end (`portal.gate.bodies`)."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if declared.isdecimal() and (len(declared) > 12 or int(declared) > MAX_BODY):
        raise too_large()
    try:
        body: bytes = request.read(MAX_BODY + 1)
    except UnreadablePostError as error:
        raise _cut_off() from error
    if len(body) > MAX_BODY:
        raise too_large()
    return body


def _bad_gzip(reason: str, fix: str) -> ApiError:
    return ApiError(400, "bad_gzip", reason, fix, field="Content-Encoding")


def _unzip(body: bytes) -> bytearray:
    """All members of a gzip body (RFC 1952 allows several), never more than MAX_UNZIPPED."""
    plain = bytearray()
    for _ in range(MAX_GZIP_MEMBERS):
        body = _unzip_member(body, plain)
        if not body:
            return plain
    raise _bad_gzip(f"It has over {MAX_GZIP_MEMBERS} members.", "Zip it in one go.")


def _unzip_member(body: bytes, plain: bytearray) -> bytes:
    """Add one member to `plain`, piece by piece, and return what follows it."""
    unzipper = zlib.decompressobj(wbits=31)
    place = 0
    while not unzipper.eof:
        piece = unzipper.unconsumed_tail
        if not piece:
            piece, place = body[place : place + PIECE], place + PIECE
        if not piece:
            raise _bad_gzip("The gzip body ends too early.", "Send the whole body.")
        try:
            plain += unzipper.decompress(piece, UNZIPPED_PIECE)
        except zlib.error as error:
            fix = "Zip it again, or send it plain."
            raise _bad_gzip("The body says gzip and is not.", fix) from error
        if len(plain) > MAX_UNZIPPED:
            raise too_large()
    return unzipper.unused_data + body[place:]
