"""Write down each change a person makes."""

from datetime import datetime
from typing import Any

from portal.accounts.models import AuditEntry, Team, User


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
