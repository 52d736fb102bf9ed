"""What others did to an incident while somebody had its page open."""

from __future__ import annotations

from collections.abc import Mapping

from ingestion.models import Release
from portal.accounts.models import User
from portal.forms.opened import Last, Since, changed_since
from reviews.models import Incident, IncidentEvent

LABELS = {"owner": "Who is to fix it", "fix": "The fix", "state": "Where it stands"}
NEW_FIX = "new"
What = IncidentEvent.What
CHANGES = (
    What.TAKEN, What.OWNER_NAMED, What.FIX_RECORDED, What.FIX_REMOVED, What.CHECKED, What.CLOSED,
    What.REOPENED,
)  # fmt: skip


def values(incident: Incident, *names: str) -> dict[str, str]:
    """Some of what people change about an incident."""
    known = {
        "owner": str(incident.owner_id or ""),
        "fix": str(incident.fix_id or ""),
        "state": incident.state,
    }
    return {name: known[name] for name in names}


def since(
    *, incident: Incident, opened: str, names: tuple[str, ...], mine: Mapping[str, str] | None
) -> Since | None:
    """What changed of `names`; `mine` is what the person wants, None for what takes the incident
    as it was shown."""
    return changed_since(
        opened,
        now=values(incident, *names),
        mine=mine,
        labels=LABELS,
        words=_words,
        last=lambda: _last(incident),
    )


def _last(incident: Incident) -> Last | None:
    events = IncidentEvent.objects.filter(incident=incident, what__in=CHANGES)
    event = events.select_related("by").order_by("-at", "-pk").first()
    return Last(str(event.by or "The watch"), event.at) if event else None


def _words(name: str, value: str) -> str:
    if name == "state":
        return str(Incident.State(value).label)
    if name == "fix" and value == NEW_FIX:
        return "The one in the form"
    if not value:
        return "Nobody" if name == "owner" else "None"
    rows = User.objects.filter(pk=value) if name == "owner" else Release.objects.filter(pk=value)
    return str(rows.first() or "")
