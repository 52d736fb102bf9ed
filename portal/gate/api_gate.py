"""The way to the API: programs bring a key, so nothing about sessions, forms or pages is done."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import lru_cache

import structlog
from django.core.exceptions import DisallowedHost
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, resolve

from ingestion.api.errors import ApiError
from portal.gate.door import refusal
from portal.logs.paths import shown_path

log = structlog.get_logger(__name__)
PREFIX = "/api/v1/"


def our_fault(code: str) -> ApiError:
    """What a program is told when we fail; `code` is in our log too."""
    return ApiError(
        500,
        "failed",
        f"The fault is ours (code {code}). Nothing was stored.",
        "Send it again; if it fails again, tell us the code.",
    )


LONGEST_REMEMBERED = 100  # an address of ours is shorter; one of a stranger may be 400 kB long


@lru_cache(maxsize=256)
def _remembered(path: str) -> ResolverMatch:
    return resolve(path)


def _endpoint(path: str) -> ResolverMatch:
    """The view of an address; remembered, because finding it takes longer than a fast query."""
    return _remembered(path) if len(path) <= LONGEST_REMEMBERED else resolve(path)


def _wrong_host() -> ApiError:
    return ApiError(
        400,
        "wrong_host",
        "This server is not known by the host that the request names.",
        "Use the address of the portal; who runs it can add a host to ALLOWED_HOSTS.",
        field="Host",
    )


def _answer(request: HttpRequest) -> HttpResponse:
    try:
        request.get_host()
    except DisallowedHost:
        return _wrong_host().response()
    if (refused := refusal(request)) is not None:
        return refused.response()
    request.resolver_match = match = _endpoint(request.path_info)
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return response


class ApiGate:
    """Calls an endpoint directly, and answers every failure in JSON."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        try:
            response = _answer(request)
        except OperationalError:
            log.warning("database_unavailable", path=shown_path(request), exc_info=True)
            response = ApiError(
                503,
                "unavailable",
                "The database does not answer. Nothing was stored.",
                "Send it again in a moment; sending twice stores once.",
                Retry_After="5",
            ).response()
        except DatabaseError:
            code = secrets.token_hex(3).upper()
            log.error("api_error", code=code, path=shown_path(request), exc_info=True)
            response = our_fault(code).response()
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "no-store"
        response["Content-Length"] = str(len(response.content))
        return response
