"""Make an assistant, and keys for it."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from ingestion.models import Assistant, AssistantKey
from portal.accounts import audit
from portal.accounts.keys import make_key
from portal.accounts.models import Scope, Team, User
from portal.refused import Refused


def make_assistant(*, team: Team, name: str, by: User, at: datetime) -> Assistant:
    """A new assistant of the team. Raises Refused when one goes by that name already."""
    slug = slugify(name)[:60] or "assistant"
    try:
        with transaction.atomic():
            assistant = Assistant.objects.create(team=team, name=name, slug=slug)
            audit.record(team=team, actor=by, action="assistant.made", subject=name, at=at)
    except IntegrityError as error:
        raise Refused(
            "name", "This team has an assistant of that name.", "Choose another."
        ) from error
    return assistant


def make_assistant_key(
    *, assistant: Assistant, name: str, scopes: list[Scope], by: User, at: datetime
) -> str:
    """A new key that writes to this assistant; its secret, which is shown once and not kept."""
    with transaction.atomic():
        key, secret = make_key(team=assistant.team, name=name, scopes=scopes, by=by, at=at)
        AssistantKey.objects.create(api_key=key, assistant=assistant)
    return secret
