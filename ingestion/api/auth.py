"""Which key a program came with, and for which assistant it speaks."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from ingestion.api.errors import ApiError
from ingestion.models import Assistant
from portal.accounts.access import key_holder, key_may, note_key_use
from portal.accounts.models import ApiKey, Scope

NO_KEY = ApiError(
    401,
    "no_key",
    "The request carries no API key that works.",
    "Send the header `Authorization: Bearer <key>` with a key from Set-up; it may be revoked.",
    field="Authorization",
    WWW_Authenticate="Bearer",
)


def key_for(request: HttpRequest, scope: Scope, at: datetime) -> tuple[ApiKey, Assistant]:
    """The caller's key and assistant (its team read too). Raises ApiError 401 or 403."""
    scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise NO_KEY
    keys = key_holder(secret.strip()).select_related("assistant_key__assistant__team")
    key = keys.filter(assistant_key__isnull=False).first()
    if key is None:
        raise NO_KEY
    if not key_may(key, scope):
        raise ApiError(
            403,
            "wrong_scope",
            f"This key may not do that: it lacks the scope '{scope.value}'.",
            "Make a key with that scope in Set-up.",
            field="Authorization",
        )
    note_key_use(key, at)
    return key, key.assistant_key.assistant
