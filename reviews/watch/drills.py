"""That somebody tried the alarm: the audit log has it once a day, and readiness asks for it."""

from __future__ import annotations

from datetime import datetime, timedelta

from ingestion.models import Assistant
from portal.accounts import audit
from portal.accounts.models import AuditEntry, User

HELD = "drill.held"


def note_drill(*, assistant: Assistant, by: User, at: datetime) -> None:
    """Write it down, unless the team tried its alarm within a day before."""
    team = assistant.team
    lately = AuditEntry.objects.filter(team=team, action=HELD, at__gte=at - timedelta(days=1))
    if not lately.exists():
        audit.record(team=team, actor=by, action=HELD, subject=assistant.name, at=at)
