"""Write down each change a person makes."""

from datetime import datetime
from typing import Any

from portal.accounts.models import AuditEntry, Team, User
from portal.forms.opened import Last


def last_change(*, team: Team, action: str, subject: str = "") -> Last | None:
    """Who did this last; `subject` when it is about one thing of several."""
    entries = AuditEntry.objects.filter(team=team, action=action)
    if subject:
        entries = entries.filter(subject=subject[:200])
    entry = entries.order_by("-at", "-pk").first()
    return Last(entry.actor_label, entry.at) if entry else None


def record(
    *,
    team: Team,
    actor: User | None,
    action: str,
    subject: str,
    at: datetime,
    label: str = "",
    **details: Any,
) -> AuditEntry:
    """Add one entry; `label` names an actor that is no person, such as a key or the system."""
    return AuditEntry.objects.create(
        team=team,
        actor=actor,
        actor_label=(label or str(actor or "The system"))[:160],
        action=action,
        subject=subject[:200],
        details=details,
        at=at,
    )
