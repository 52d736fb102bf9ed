"""Changes of what makes the answers: announced by somebody, or noticed in the traffic."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from django.db import transaction
from msgspec import Meta, Struct

from ingestion.models import Assistant, Conversation, Release
from portal.accounts import audit
from portal.accounts.models import User

NOTICED_FIELDS = {
    "model": Release.Kind.MODEL,
    "prompt_version": Release.Kind.PROMPT,
    "retrieval_version": Release.Kind.RETRIEVAL,
}


class ReleaseIn(Struct, forbid_unknown_fields=True):
    """One change as it is sent; `at` is when it went live, default now."""

    kind: Literal["model", "prompt", "retrieval", "escalation", "definition", "other"]
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    at: datetime | None = None
    note: Annotated[str, Meta(max_length=5000)] = ""
    link: Annotated[str, Meta(max_length=500)] = ""


def record_release(
    *,
    assistant: Assistant,
    kind: str,
    name: str,
    went_live_at: datetime,
    note: str,
    link: str,
    by: User | None,
    label: str,
    at: datetime,
) -> tuple[Release, bool]:
    """Store an announced change; True when it is new.

    A change that was noticed in the traffic first becomes the announced one: one change, one row.
    """
    with transaction.atomic():
        noticed = (
            Release.objects.select_for_update()
            .filter(assistant=assistant, kind=kind, name=name, announced=False)
            .first()
        )
        if noticed is not None:
            noticed.announced, noticed.note, noticed.link = True, note, link
            noticed.went_live_at, noticed.recorded_by = went_live_at, by
            noticed.recorded_label = label
            noticed.save()
            release, created = noticed, True
        else:
            release, created = Release.objects.get_or_create(
                assistant=assistant,
                kind=kind,
                name=name,
                went_live_at=went_live_at,
                defaults={
                    "announced": True,
                    "note": note,
                    "link": link,
                    "recorded_by": by,
                    "recorded_label": label,
                    "created_at": at,
                },
            )
        if created:
            audit.record(
                team=assistant.team,
                actor=by,
                label=label,
                action="release.recorded",
                subject=f"{release.get_kind_display()} {name}",
                at=at,
            )
    return release, created


def notice_releases(
    *, assistant_id: int, conversations: Iterable[Conversation], at: datetime
) -> list[Release]:
    """Record versions seen for the first time in the traffic.

    The very first version of a kind is no change: it is what was running when we were connected.
    It is kept as a release too, so that the next one is recognised as a change.
    """
    earliest: dict[tuple[str, str], datetime] = {}
    for conversation in conversations:
        for field, kind in NOTICED_FIELDS.items():
            name = getattr(conversation, field)
            key = (kind.value, name)
            if name and conversation.started_at < earliest.get(key, at):
                earliest[key] = conversation.started_at
    if not earliest:
        return []
    names = {name for _, name in earliest}
    known = set(
        Release.objects.filter(assistant_id=assistant_id, name__in=names).values_list(
            "kind", "name"
        )
    )
    new = [
        Release(
            assistant_id=assistant_id,
            kind=kind,
            name=name,
            went_live_at=first,
            announced=False,
            recorded_label="First seen in the conversations",
            created_at=at,
        )
        for (kind, name), first in sorted(earliest.items())
        if (kind, name) not in known
    ]
    return Release.objects.bulk_create(new, ignore_conflicts=True)
