"""Bodies of requests arrive whole or not at all, also those that come without their length.

A body sent in chunks (`Transfer-Encoding: chunked`, or HTTP/2) says no `Content-Length`; Django
reads such a one as empty. A server that ends its input where the body ends says so
(`wsgi.input_terminated`; granian does), and then the body is read to its end, within the limits.
One that does not (`manage.py runserver`) leaves no way to know the end: 411, in words.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO, Protocol, cast

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from ingestion.api.errors import ApiError
from portal.gate.api_gate import PREFIX

WITHOUT_BODY = {"GET", "HEAD", "OPTIONS", "TRACE"}
MEGABYTE = 1_000_000
MOST_DIGITS = 15


class Source(Protocol):
    """Where a server puts the bytes that it receives."""

    def read(self, size: int = ..., /) -> bytes: ...


class Whole(io.RawIOBase):
    """A body of a known length. Reading past an end that came too early raises OSError, which
    Django tells as a broken connection: half a form is never taken for the whole."""

    def __init__(self, source: Source, length: int) -> None:
        self._source, self._left = source, length

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """Up to `size` bytes, or all that are left."""
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        if not wanted:
            return b""
        data = self._source.read(wanted)
        self._left -= len(data)
        if len(data) < wanted:
            raise OSError("the connection broke before the whole body had come")
        return data


class WholeBodies:
    """The first middleware: sees to it that views read what was sent, all of it, or refuses."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: WSGIRequest) -> HttpResponse:
        return _prepare(request) or self.get_response(request)


def _prepare(request: WSGIRequest) -> HttpResponse | None:
    """Put the body where Django reads it; or the answer that refuses it."""
    meta = request.META
    coding, length = meta.get("HTTP_TRANSFER_ENCODING"), meta.get("CONTENT_LENGTH")
    if coding and length:
        return _refuse(request, 400, "two_lengths", "It says two lengths.", "Send one of both.")
    if length and not (length.isascii() and length.isdecimal() and len(length) <= MOST_DIGITS):
        fix = "Send its number of bytes."
        return _refuse(request, 400, "bad_length", "Its Content-Length is no length.", fix)
    if length:
        request._stream = cast("BinaryIO", Whole(meta["wsgi.input"], int(length)))
        return None
    if coding and coding.strip().lower() != "chunked":
        reason, fix = "Its Transfer-Encoding is not known.", "Send it with chunked, or its length."
        return _refuse(request, 501, "unknown_encoding", reason, fix)
    if coding and not meta.get("wsgi.input_terminated"):
        reason, fix = "This server must know its length before.", "Send a Content-Length header."
        return _refuse(request, 411, "no_length", reason, fix)
    if meta.get("wsgi.input_terminated") and request.method not in WITHOUT_BODY:
        return _read_to_the_end(request)
    return None


def _read_to_the_end(request: WSGIRequest) -> HttpResponse | None:
    """The API reads by itself, after it looked at the key; a form is read here."""
    source: Source = request.META["wsgi.input"]
    if request.path_info.startswith(PREFIX):
        request._stream = cast("BinaryIO", source)
        return None
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body = source.read(most + 1)
    if len(body) > most:
        reason, fix = f"It is over {most / MEGABYTE:.1f} MB.", "Send less at a time."
        return _refuse(request, 413, "too_large", reason, fix)
    if request.content_type == "multipart/form-data" and not body.rstrip().endswith(b"--"):
        reason = "The connection broke before the whole body had come."
        return _refuse(request, 400, "cut_off", reason, "Send it again.")
    request.META["CONTENT_LENGTH"] = str(len(body))
    request._stream = io.BytesIO(body)
    return None


def _refuse(request: HttpRequest, status: int, code: str, reason: str, fix: str) -> HttpResponse:
    """The answer for a body that is not read. It says no length of its own, so that the server
    ends the connection: what was sent must not be taken for the next request."""
    if request.path_info.startswith("/api/"):
        answer = ApiError(status, code, f"The body cannot be read. {reason}", fix).response()
    else:
        words = render_to_string("body_refused.html", {"reason": reason, "fix": fix})
        answer = HttpResponse(words, status=status)
    answer["Cache-Control"] = "no-store"
    return answer
