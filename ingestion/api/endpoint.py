"""An endpoint of the API: one method, one scope, our errors, no cookies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from ingestion.api.auth import Caller, key_for, remembered
from ingestion.api.errors import ApiError
from ingestion.intake import KeyProof
from ingestion.models import Assistant
from portal.accounts.models import ApiKey, Scope


class ApiRequest(HttpRequest):
    """A request by a program whose key was checked."""

    api_key: ApiKey
    assistant: Assistant
    now: datetime
    scope: Scope
    proof: KeyProof | None  # set while the key is remembered, not read


def _take(request: ApiRequest, caller: Caller, proof: KeyProof | None) -> None:
    request.api_key, request.assistant, request.proof = caller.key, caller.assistant, proof


def prove_key(request: ApiRequest) -> None:
    """Read a remembered key again. Raises ApiError when it may not do this any more."""
    _take(request, key_for(request, request.scope, request.now), None)


def _answer(
    request: ApiRequest, view: Callable[[ApiRequest], HttpResponse], *, may_remember: bool
) -> HttpResponse:
    """What `view` says. A refusal is said only to a key that was read, not to a remembered one."""
    known = remembered(request, request.scope, request.now) if may_remember else None
    if known is None:
        prove_key(request)
        return view(request)
    _take(request, known, known.proof)
    try:
        return view(request)
    except ApiError:
        if request.proof:
            prove_key(request)
        raise


def endpoint(
    method: str, scope: Scope, *, may_remember: bool = False
) -> Callable[[Callable[[ApiRequest], HttpResponse]], Callable[[HttpRequest], HttpResponse]]:
    """Let a view be called by programs: `request.assistant` is the one its key speaks for.

    With `may_remember` the key can come from memory: then the view hands `request.proof` to the
    statement that stores, which checks it.
    """

    def decorate(
        view: Callable[[ApiRequest], HttpResponse],
    ) -> Callable[[HttpRequest], HttpResponse]:
        @csrf_exempt
        @wraps(view)
        def inner(request: ApiRequest) -> HttpResponse:
            try:
                if request.method != method:
                    raise ApiError(
                        405,
                        "method_not_allowed",
                        f"{request.method} is not known here.",
                        f"Use {method}.",
                        Allow=method,
                    )
                request.now, request.scope = timezone.now(), scope
                return _answer(request, view, may_remember=may_remember)
            except ApiError as error:
                return error.response()

        inner.scope = scope  # type: ignore[attr-defined]
        inner.method = method  # type: ignore[attr-defined]
        return inner  # type: ignore[return-value]

    return decorate
