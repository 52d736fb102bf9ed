"""Which of the open incidents the answer is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reviews.models import Incident, IncidentEvent
from reviews.watch.findings import IncidentFindings
from reviews.watch.incidents import Clocks, clocks
from reviews.watch.known import known_of


@dataclass(frozen=True)
class Leading:
    """The incident that the facts are about, with everything they are made from."""

    incident: Incident
    found: IncidentFindings
    clocks: Clocks


def leading(
    open_ones: Sequence[Incident], events: Mapping[int, Sequence[IncidentEvent]]
) -> Leading | None:
    """The open incident that matters most: one that nobody repaired before one that is being
    checked, then the newest."""
    known = [
        Leading(one, found, clocks(one, events[one.pk]))
        for one in open_ones
        if (found := known_of(one)) is not None
    ]
    if not known:
        return None
    return min(
        known,
        key=lambda one: (
            one.incident.state == Incident.State.CHECKING,
            one.incident.better_since is not None,
            -one.incident.found_at.timestamp(),
        ),
    )
