"""A line for each request, and an id that all lines about it share."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from portal.logs.paths import shown_path

log = structlog.get_logger("portal.access")
HEADER = "X-Request-ID"
# As proxies make them: hexadecimal, with or without dashes. Anything else could be words.
HARMLESS = re.compile(r"[0-9a-fA-F-]{16,64}")
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}


def _request_id(request: HttpRequest) -> str:
    brought = request.headers.get(HEADER, "")
    return brought if HARMLESS.fullmatch(brought) else secrets.token_hex(16)


class AccessLog:
    """The outermost middleware. The answer carries the id, so that people can quote it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        request_id = _request_id(request)
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            response = self.get_response(request)
            response[HEADER] = request_id
            log.info(
                "request",
                method=request.method if request.method in METHODS else "other",
                path=shown_path(request),
                status=response.status_code,
                ms=round(1000 * (time.perf_counter() - begun), 1),
                **_who(request),
            )
            return response
        finally:
            structlog.contextvars.unbind_contextvars("request_id")


def _who(request: HttpRequest) -> dict[str, int]:
    """The person or the key, when a view asked who it is; nothing is looked up for the log."""
    if key := getattr(request, "api_key", None):
        return {"key_id": key.pk}
    person = getattr(request, "_cached_user", None)
    return {"user_id": person.pk} if person is not None and person.pk is not None else {}
