"""Changes of what makes the answers: announced by somebody, or noticed in the traffic."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from django.db import transaction
from msgspec import Meta, Struct

from ingestion.kept import kept_text, own_patterns
from ingestion.models import Assistant, Conversation, Release
from portal.accounts import audit
from portal.accounts.models import User

EXPLAINED = "release.explained"
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


def _announce(noticed: Release, **what_was_said: Any) -> None:
    """A change that was noticed in the traffic becomes the announced one."""
    for field, value in what_was_said.items():
        setattr(noticed, field, value)
    noticed.announced = True
    noticed.save()


def _still_live(assistant: Assistant, kind: str, name: str) -> Release | None:
    """The newest change of this kind, when it was announced and goes by this name."""
    newest = Release.objects.filter(assistant=assistant, kind=kind).order_by("-went_live_at", "-pk")
    release = newest.first()
    return release if release and release.announced and release.name == name else None


def explain(*, release: Release, note: str, by: User, at: datetime) -> None:
    """Keep a sentence about what a change was."""
    assistant = release.assistant
    kept = kept_text(text=note, custom=own_patterns(assistant))
    with transaction.atomic():
        Release.objects.filter(pk=release.pk).update(note=kept)
        audit.record(team=assistant.team, actor=by, action=EXPLAINED, subject=str(release), at=at)


def record_release(
    *,
    assistant: Assistant,
    kind: str,
    name: str,
    went_live_at: datetime | None,
    note: str,
    link: str,
    by: User | None,
    label: str,
    at: datetime,
) -> tuple[Release, bool]:
    """Store an announced change; True when it is new.

    One change is one row: one that was noticed in the traffic first becomes the announced one,
    and what is sent again is known. Without `went_live_at` it is now, unless it is live already.
    """
    custom = own_patterns(assistant)
    name = kept_text(text=name, custom=custom, most=200)  # as in the conversations
    said: dict[str, Any] = {
        "note": kept_text(text=note, custom=custom),
        "link": kept_text(text=link, custom=custom, most=500),
        "recorded_by": by,
        "recorded_label": label,
    }
    same = Release.objects.filter(assistant=assistant, kind=kind, name=name)
    with transaction.atomic():
        Assistant.objects.select_for_update(no_key=True).get(pk=assistant.pk)  # one at a time
        known = (
            same.filter(went_live_at=went_live_at, announced=True).first()
            if went_live_at
            else _still_live(assistant, kind, name)
        )
        if known is not None:
            return known, False
        went_live_at = went_live_at or at
        release = same.filter(announced=False).first()
        if release is not None:
            _announce(release, went_live_at=went_live_at, **said)
        else:
            release = Release.objects.create(
                assistant=assistant,
                kind=kind,
                name=name,
                went_live_at=went_live_at,
                announced=True,
                created_at=at,
                **said,
            )
        audit.record(
            team=assistant.team,
            actor=by,
            label=label,
            action="release.recorded",
            subject=f"{release.get_kind_display()} {name}",
            at=at,
        )
    return release, True


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
            if name:  # a caller's clock may be ahead of ours
                seen = min(conversation.started_at, at)
                earliest[key] = min(seen, earliest.get(key, at))
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
