"""Which key a program came with, and for which assistant it speaks."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache

import psycopg
from django.db import connection
from django.db.models import Model
from django.http import HttpRequest

from ingestion.api.errors import ApiError
from ingestion.models import Assistant
from portal.accounts.access import key_digest, key_may, note_key_use
from portal.accounts.models import ApiKey, Scope, Team

NO_KEY = ApiError(
    401,
    "no_key",
    "The request carries no API key that works.",
    "Send the header `Authorization: Bearer <key>` with a key from Set-up; it may be revoked.",
    field="Authorization",
    WWW_Authenticate="Bearer",
)


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
        f"SELECT {', '.join(parts)} FROM accounts_apikey k "  # noqa: S608 - column names only
        "JOIN ingestion_assistantkey l ON l.api_key_id = k.id "
        "JOIN ingestion_assistant a ON a.id = l.assistant_id "
        "JOIN accounts_team t ON t.id = a.team_id "
        "WHERE k.digest = %s AND k.revoked_at IS NULL"
    )


def _key_and_assistant(secret: str) -> tuple[ApiKey, Assistant] | None:
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        row = cursor.execute(_query(), [key_digest(secret)]).fetchone()
    if row is None:
        return None
    of_key, of_assistant = _columns(ApiKey), _columns(Assistant)
    middle, end = len(of_key), len(of_key) + len(of_assistant)
    key = ApiKey.from_db("default", of_key, row[:middle])
    assistant = Assistant.from_db("default", of_assistant, row[middle:end])
    if isinstance(assistant.redact_patterns, str):
        assistant.redact_patterns = json.loads(assistant.redact_patterns)
    key.team = assistant.team = Team.from_db("default", _columns(Team), row[end:])
    return key, assistant


def key_for(request: HttpRequest, scope: Scope, at: datetime) -> tuple[ApiKey, Assistant]:
    """The caller's key and assistant (its team read too). Raises ApiError 401 or 403."""
    scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise NO_KEY
    found = _key_and_assistant(secret.strip())
    if found is None:
        raise NO_KEY
    key, assistant = found
    if not key_may(key, scope):
        raise ApiError(
            403,
            "wrong_scope",
            f"This key may not do that: it lacks the scope '{scope.value}'.",
            "Make a key with that scope in Set-up.",
            field="Authorization",
        )
    note_key_use(key, at)
    return key, assistant
