"""Drafts for tests of the quality definition."""

from __future__ import annotations

from datetime import datetime

from ingestion.models import Assistant
from portal.accounts.models import User
from reviews.definition.template import TEMPLATE
from reviews.definition.versions import (
    as_text,
    current_version_id,
    draft_of,
    read_version,
    save_draft,
)
from reviews.models import DefinitionVersion


def start_draft(*, assistant: Assistant, by: User | None, at: datetime) -> DefinitionVersion:
    """The open draft, or a new one from the current version, or from the template."""
    draft = draft_of(assistant)
    if draft is not None:
        return draft
    current = current_version_id(assistant.pk)
    text = as_text(read_version(current)) if current else TEMPLATE
    return save_draft(assistant=assistant, text=text, by=by, at=at)
