"""What releases, incidents and questions without a kind are called."""

from __future__ import annotations

from ingestion.models import Release
from reviews.models import Incident

NO_KIND = "No kind given"


def release_label(release: Release) -> str:
    """Prompt 42; a name that says what it is stands alone."""
    is_short = len(release.name) < 12 and release.kind != Release.Kind.RETRIEVAL
    if release.kind == Release.Kind.DEFINITION:
        return f"Definition {release.name}"
    return f"{release.get_kind_display()} {release.name}" if is_short else release.name


def incident_title(incident: Incident) -> str:
    """What happened, in plain words."""
    if incident.title:
        return incident.title
    return "Answers got worse" if incident.all_kinds else f"{incident.kind} answers got worse"
