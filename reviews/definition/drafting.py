"""Several leads write one draft: whoever saves, publishes or throws it away second is told what
the first did, and decides. The assistant's row is locked meanwhile."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from ingestion.models import Assistant
from portal.accounts.models import User
from portal.forms.opened import Last, Since, changed_since, stamp
from reviews.definition import merge
from reviews.definition.template import TEMPLATE, DefinitionText
from reviews.definition.versions import (
    as_text,
    current_version_id,
    discard_draft,
    draft_of,
    publish,
    read_version,
    save_draft,
)
from reviews.models import DefinitionEvent, DefinitionVersion

DID = {"published": "published", "discarded": "threw away"}


class DraftChanged(Exception):
    """Somebody else changed the draft meanwhile; `text` is what was typed, with what only they
    changed."""

    def __init__(self, since: Since, text: DefinitionText | None = None) -> None:
        super().__init__("The draft changed while it was open.")
        self.since, self.text = since, text


def draft_text(assistant: Assistant) -> tuple[DefinitionText, int]:
    """What the editing form shows, and the number of the draft: the draft's text, or what a new one
    starts from."""
    draft = draft_of(assistant)
    if draft is not None:
        return as_text(read_version(draft.pk)), draft.number
    current = current_version_id(assistant.pk)
    text = as_text(read_version(current)) if current else TEMPLATE
    newest = assistant.definitions.order_by("-number").values_list("number", flat=True).first()
    return text, (newest or 0) + 1


def template_as_draft(*, assistant: Assistant, by: User, at: datetime) -> DefinitionVersion | None:
    """The template, which the form shows before anything is saved, as the first draft: somebody
    publishes it as it stands. None where there is, or was, a definition already."""
    with transaction.atomic():
        Assistant.objects.select_for_update().get(pk=assistant.pk)
        if assistant.definitions.exists():
            return None
        return save_draft(assistant=assistant, text=TEMPLATE, by=by, at=at)


def stamp_of(text: DefinitionText, number: int) -> str:
    """What a page that shows this draft is opened with."""
    return stamp(merge.values(text, number))


def gone_words(assistant: Assistant) -> str:
    """Why there is no draft, for somebody who thought there was."""
    event = _last_event(assistant)
    if event is None or event.what not in DID:
        return "There is no draft any more."
    return f"{event.by or 'Somebody'} {DID[event.what]} the draft before you. Nothing was changed."


def _last_event(assistant: Assistant) -> DefinitionEvent | None:
    events = DefinitionEvent.objects.filter(assistant=assistant).select_related("by")
    return events.order_by("-at", "-pk").first()


def _last(assistant: Assistant) -> Last | None:
    event = _last_event(assistant)
    return Last(str(event.by or "The system"), event.at) if event else None


def _since(
    assistant: Assistant, opened: str, mine: DefinitionText | None
) -> tuple[Since | None, DefinitionText]:
    """What changed, and the draft as it is; without a text of one's own any change counts."""
    now, number = draft_text(assistant)
    found = changed_since(
        opened,
        now=merge.values(now, number),
        mine=merge.values(mine, None) if mine else None,
        labels=merge.labels(now, *([mine] if mine else [])),
        words=merge.words,
        last=lambda: _last(assistant),
    )
    return found, now


def save_as_seen(
    *,
    assistant: Assistant,
    text: DefinitionText,
    opened: str,
    by: User,
    at: datetime,
) -> Since | None:
    """Keep `text` as the draft, and what others changed elsewhere in it; returns what that was.

    Raises DraftChanged when both changed the same, or the draft was published or thrown away
    meanwhile; Refused for what does not fit.
    """
    with transaction.atomic():
        Assistant.objects.select_for_update().get(pk=assistant.pk)
        found, now = _since(assistant, opened, text)
        if found is not None:
            text = merge.merged(text, now, [one.name for one in found.kept])
            if found.clashes:
                raise DraftChanged(found, text)
        save_draft(assistant=assistant, text=text, by=by, at=at)
    return found


def publish_as_seen(
    *,
    draft: DefinitionVersion,
    opened: str,
    change: str,
    why: str,
    by: User,
    at: datetime,
) -> None:
    """Publish the draft as the person saw it. Raises DraftChanged, Refused."""
    with transaction.atomic():
        assistant = Assistant.objects.select_for_update().get(pk=draft.assistant_id)
        _must_be_as_seen(assistant, opened)
        publish(draft=draft, change=change, why=why, by=by, at=at)


def discard_as_seen(*, assistant: Assistant, opened: str, by: User, at: datetime) -> bool:
    """Throw the draft away as the person saw it; False when there is none any more. Raises
    DraftChanged."""
    with transaction.atomic():
        Assistant.objects.select_for_update().get(pk=assistant.pk)
        if draft_of(assistant) is None:
            return False
        _must_be_as_seen(assistant, opened)
        discard_draft(assistant=assistant, by=by, at=at)
    return True


def _must_be_as_seen(assistant: Assistant, opened: str) -> None:
    found, _ = _since(assistant, opened, None)
    if found is not None:
        raise DraftChanged(found)
