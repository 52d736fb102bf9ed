"""Where an incident stands, with tint and icon."""

from __future__ import annotations

from reviews.measure.readings import Badge
from reviews.models import Incident


def incident_badge(incident: Incident) -> Badge:
    """The badge beside an incident's title."""
    if incident.state == Incident.State.CHECKING:
        return Badge("Fix out, being checked", "clock", "warn")
    if incident.state == Incident.State.CLOSED:
        return Badge(incident.get_outcome_display(), "tick", "line")
    return Badge(incident.get_state_display(), "worse", "bad")
