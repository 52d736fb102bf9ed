"""An endpoint of the API: one method, one scope, our errors, no cookies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from ingestion.api.auth import key_for
from ingestion.api.errors import ApiError
from ingestion.models import Assistant
from portal.accounts.models import ApiKey, Scope


class ApiRequest(HttpRequest):
    """A request by a program whose key was checked."""

    api_key: ApiKey
    assistant: Assistant
    now: datetime


def endpoint(
    method: str, scope: Scope
) -> Callable[[Callable[[ApiRequest], HttpResponse]], Callable[[HttpRequest], HttpResponse]]:
    """Let a view be called by programs: `request.assistant` is the one its key speaks for."""

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
                request.now = timezone.now()
                request.api_key, request.assistant = key_for(request, scope, request.now)
                return view(request)
            except ApiError as error:
                return error.response()

        inner.scope = scope  # type: ignore[attr-defined]
        inner.method = method  # type: ignore[attr-defined]
        return inner  # type: ignore[return-value]

    return decorate
