"""What is known of an incident, read from its row: the one door to `Incident.content`.

The watch writes there what it measured (reviews.watch.findings.IncidentFindings); before its first
look there is at most the start.
"""

from __future__ import annotations

from typing import Any

import msgspec

from reviews.models import Incident
from reviews.watch.findings import FixCheck, FixOutcome, IncidentFindings, Start


def known_of(incident: Incident) -> IncidentFindings | None:
    """Everything that was measured of it; None before it was."""
    return msgspec.convert(incident.content, IncidentFindings) if incident.is_measured else None


def start_known(incident: Incident) -> Start | None:
    """When it started, as the watch dated it; None when a person opened it and nothing is measured
    yet."""
    return msgspec.convert(incident.content.get("start"), Start | None)


def fix_check(incident: Incident) -> FixCheck | None:
    """Did its fix work? None while there is no fix, or it was not looked at yet."""
    return msgspec.convert(incident.content.get("check"), FixCheck | None)


def fix_outcome(incident: Incident) -> FixOutcome | None:
    """What the check of its fix came to."""
    check = fix_check(incident)
    return check.outcome if check else None


def dated(start: Start) -> dict[str, Any]:
    """What the row holds once the watch has dated it."""
    return {"start": msgspec.to_builtins(start)}
