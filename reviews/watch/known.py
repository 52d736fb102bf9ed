"""What is known of an incident, read from its row: the one door to `Incident.content`.

The watch writes there what it measured (reviews.watch.findings.IncidentFindings); before its first
look there is at most the start. The days of the start are columns and stand nowhere else: `content`
of versions up to 0.2 repeats them, which is not read. What cannot be read is not known: of an open
incident the next look writes it anew.
"""

from __future__ import annotations

from typing import Any

import msgspec

from portal.stored import mapping, shaped
from reviews.models import Incident
from reviews.watch.findings import FixCheck, FixOutcome, IncidentFindings, Start

DAYS = ("best", "low", "high")


def known_of(incident: Incident) -> IncidentFindings | None:
    """Everything that was measured of it; None before it was."""
    if not incident.is_measured:
        return None
    content = mapping(incident.content) | {"start": _start(incident)}
    return shaped(content, IncidentFindings, of=_name(incident))


def start_known(incident: Incident) -> Start | None:
    """When it started, as the watch dated it; None when a person opened it and nothing is measured
    yet."""
    held = _start(incident)
    return None if held is None else shaped(held, Start, of=_name(incident))


def start_of_row(incident: Incident) -> Start:
    """When it started: as dated, else the days that a person gave, and nothing more."""
    best, low, high = incident.onset_best, incident.onset_low, incident.onset_high
    return start_known(incident) or Start(best, low, high, 0.0, None, releases=())


def fix_check(incident: Incident) -> FixCheck | None:
    """Did its fix work? None while there is no fix, or it was not looked at yet."""
    held = mapping(incident.content).get("check")
    return None if held is None else shaped(held, FixCheck, of=_name(incident))


def fix_outcome(incident: Incident) -> FixOutcome | None:
    """What the check of its fix came to."""
    check = fix_check(incident)
    return check.outcome if check else None


def date_start(incident: Incident, start: Start) -> None:
    """Put a start into the row, which is not saved: its days, and what else is known of it."""
    incident.onset_best, incident.onset_low, incident.onset_high = start.best, start.low, start.high
    rest = _rest(msgspec.to_builtins(start))
    incident.content = mapping(incident.content) | {"start": rest}


def put_known(incident: Incident, known: IncidentFindings) -> None:
    """Put into the row, which is not saved, what was measured; its days stay as they are."""
    content = msgspec.to_builtins(known)
    start = content["start"]
    incident.content = content | {"start": _rest(start) if start else None}


def _start(incident: Incident) -> dict[str, Any] | None:
    """The start as one: its days from their columns, the rest from `content`."""
    rest = mapping(incident.content).get("start")
    days = (incident.onset_best, incident.onset_low, incident.onset_high)
    return None if rest is None else mapping(rest) | dict(zip(DAYS, days, strict=True))


def _rest(start: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in start.items() if name not in DAYS}


def _name(incident: Incident) -> str:
    return f"incident {incident.pk}"
