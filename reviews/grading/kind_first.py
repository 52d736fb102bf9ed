"""Waiting answers of a kind are graded first. Which ones were drawn does not change, so figures
stay right; the others only wait longer."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from ingestion.models import Assistant
from portal.accounts import audit
from portal.accounts.models import User
from portal.words import plural
from reviews.models import Assignment, Incident, IncidentEvent, Priority
from reviews.watch.incidents import log


def _waiting(assistant: Assistant) -> QuerySet[Assignment]:
    """What waits and was not put first for a reason of its own."""
    return Assignment.objects.open().filter(assistant=assistant, priority=Priority.NORMAL)


def _put_first(waiting: QuerySet[Assignment]) -> int:
    return waiting.update(priority=Priority.KIND_FIRST)


def put_kind_first(*, assistant: Assistant, kind: str, by: User, at: datetime) -> int:
    """A lead wants one kind graded first; returns how many answers were moved."""
    with transaction.atomic():
        moved = _put_first(_waiting(assistant).filter(sample__kind=kind))
        if moved:
            audit.record(
                team=assistant.team,
                actor=by,
                action="queue.kind_first",
                subject=kind or "no kind",
                at=at,
                answers=moved,
            )
    return moved


def ask_reviewers(*, incident: Incident, by: User, at: datetime) -> str:
    """Put first what tells how an incident goes: its kind, and since its fix when there is one.
    Returns how many, in words."""
    waiting = _waiting(incident.assistant)
    if not incident.all_kinds:
        waiting = waiting.filter(sample__kind=incident.kind)
    if incident.fix is not None:
        waiting = waiting.filter(sample__conversation__started_at__gte=incident.fix.went_live_at)
    with transaction.atomic():
        moved = _put_first(waiting)
        text = f"{plural(moved, 'answer')} put first"
        log(incident, IncidentEvent.What.ASKED, at=at, by=by, text=text)
        audit.record(
            team=incident.assistant.team,
            actor=by,
            action="incident.reviewers_asked",
            subject=f"incident {incident.number}",
            at=at,
            answers=moved,
        )
    return text
