"""Make and revoke API keys."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from portal.accounts import audit
from portal.accounts.access import key_digest
from portal.accounts.models import ApiKey, Scope, Team, User


def make_key(
    *,
    team: Team,
    name: str,
    scopes: list[Scope],
    by: User | None,
    at: datetime,
    secret: str = "",
) -> tuple[ApiKey, str]:
    """A new key and its secret, which is shown once and not kept.

    Only the demo brings its own `secret`, so that it knows its keys again at the next start.
    """
    secret = secret or f"plk_{secrets.token_urlsafe(30)}"
    with transaction.atomic():
        key = ApiKey.objects.create(
            team=team,
            name=name,
            scopes=[scope.value for scope in scopes],
            hint=secret[-4:],
            digest=key_digest(secret),
            created_by=by,
        )
        audit.record(
            team=team,
            actor=by,
            action="key.made",
            subject=str(key),
            at=at,
            scopes=[scope.value for scope in scopes],
        )
    return key, secret


def revoke_key(*, key: ApiKey, by: User, at: datetime) -> None:
    """Make a key useless from now on; one that was revoked before stays as it is."""
    with transaction.atomic():
        if ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=at):
            audit.record(team=key.team, actor=by, action="key.revoked", subject=str(key), at=at)
