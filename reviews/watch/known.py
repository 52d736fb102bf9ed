"""What is known of an incident, read from its row: the one door to `Incident.content`.

The watch writes there what it measured (reviews.watch.findings.IncidentFindings); before its first
look there is at most the start. What cannot be read is not known: of an open incident the next
look writes it anew.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from portal.stored import mapping, shaped
from reviews.models import Incident
from reviews.watch.findings import FixCheck, FixOutcome, IncidentFindings, Start

T = TypeVar("T")


def known_of(incident: Incident) -> IncidentFindings | None:
    """Everything that was measured of it; None before it was."""
    if not incident.is_measured:
        return None
    return shaped(incident.content, IncidentFindings, of=_name(incident))


def start_known(incident: Incident) -> Start | None:
    """When it started, as the watch dated it; None when a person opened it and nothing is measured
    yet."""
    return _part(incident, "start", Start)


def fix_check(incident: Incident) -> FixCheck | None:
    """Did its fix work? None while there is no fix, or it was not looked at yet."""
    return _part(incident, "check", FixCheck)


def fix_outcome(incident: Incident) -> FixOutcome | None:
    """What the check of its fix came to."""
    check = fix_check(incident)
    return check.outcome if check else None


def _part(incident: Incident, name: str, shape: type[T]) -> T | None:
    held = mapping(incident.content).get(name)
    return None if held is None else shaped(held, shape, of=_name(incident))


def _name(incident: Incident) -> str:
    return f"incident {incident.pk}"


def dated(start: Start) -> dict[str, Any]:
    """What the row holds once the watch has dated it."""
    return {"start": msgspec.to_builtins(start)}
