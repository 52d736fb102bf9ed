"""Which key a program came with, and for which assistant it speaks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import psycopg
from django.db import connection
from django.db.models import Model
from django.http import HttpRequest

from ingestion.api.errors import ApiError
from ingestion.intake import KEY_ROWS, KEY_VERSION, KeyProof
from ingestion.models import Assistant
from portal.accounts.access import LAST_USED_STEP, key_digest, key_may, note_key_use
from portal.accounts.models import ApiKey, Scope, Team


def _columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


@cache
def _query() -> str:
    """One prepared statement for the key, its assistant and its team: this is on the hot path of
    intake, where building the same query by the ORM costs more than running it."""
    parts = [
        f"{alias}.{column}"
        for alias, model in (("k", ApiKey), ("a", Assistant), ("t", Team))
        for column in _columns(model)
    ]
    return (
        f"SELECT {KEY_VERSION}, {', '.join(parts)} FROM {KEY_ROWS} "  # noqa: S608 - constants
        "WHERE k.digest = %s AND k.revoked_at IS NULL"
    )


def _no_key() -> ApiError:
    """A new one for each time: one that is kept keeps the frames of every request it refused."""
    return ApiError(
        401,
        "no_key",
        "The request carries no API key that works.",
        "Send the header `Authorization: Bearer <key>` with a key from Set-up; it may be revoked.",
        field="Authorization",
        WWW_Authenticate="Bearer",
    )


@dataclass(frozen=True)
class Caller:
    """A key, the assistant it speaks for (its team read too), and the versions of their rows."""

    key: ApiKey
    assistant: Assistant
    version: str

    @property
    def proof(self) -> KeyProof:
        """What the statement that stores checks."""
        return KeyProof(self.key.pk, self.version)


# Callers that were read a moment ago, by the digest of their key. What is remembered is never
# trusted: see `ingestion.intake.STORE`.
MOST_REMEMBERED = 1000
_remembered: dict[str, Caller] = {}


def read_caller(digest: str) -> Caller | None:
    """Who has the key of this digest, as the rows stand now."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        row = cursor.execute(_query(), [digest]).fetchone()
    if row is None:
        return None
    version, *values = row
    of_key, of_assistant = _columns(ApiKey), _columns(Assistant)
    middle, end = len(of_key), len(of_key) + len(of_assistant)
    key = ApiKey.from_db("default", of_key, values[:middle])
    assistant = Assistant.from_db("default", of_assistant, values[middle:end])
    if isinstance(assistant.redact_patterns, str):
        assistant.redact_patterns = json.loads(assistant.redact_patterns)
    key.team = assistant.team = Team.from_db("default", _columns(Team), values[end:])
    return Caller(key, assistant, version)


def _digest(request: HttpRequest) -> str | None:
    """The digest of the key that the request brings."""
    scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    secret = secret.strip()
    return key_digest(secret) if scheme.lower() == "bearer" and secret else None


def _was_used_lately(key: ApiKey, at: datetime) -> bool:
    return key.last_used_at is not None and at - key.last_used_at <= LAST_USED_STEP


def remembered(request: HttpRequest, scope: Scope, at: datetime) -> Caller | None:
    """The caller as last read, while there is nothing to note of the key; else None."""
    caller = _remembered.get(_digest(request) or "")
    if caller is None or not key_may(caller.key, scope) or not _was_used_lately(caller.key, at):
        return None
    return caller


def key_for(request: HttpRequest, scope: Scope, at: datetime) -> Caller:
    """Who calls, as it is now. Raises ApiError 401 or 403."""
    digest = _digest(request)
    caller = read_caller(digest) if digest else None
    if digest is None or caller is None:
        _remembered.pop(digest or "", None)
        raise _no_key()
    if not key_may(caller.key, scope):
        raise ApiError(
            403,
            "wrong_scope",
            f"This key may not do that: it lacks the scope '{scope.value}'.",
            "Make a key with that scope in Set-up.",
            field="Authorization",
        )
    if _was_used_lately(caller.key, at):
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        _remembered[digest] = caller
    else:
        note_key_use(caller.key, at)
    return caller
