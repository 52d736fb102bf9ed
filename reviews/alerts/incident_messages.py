"""What is said when an incident changes its state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import NoReverseMatch, reverse

from ingestion.models import Release
from portal import words
from portal.accounts.models import Team
from reviews.alerts.message import AlertMessage, tidy
from reviews.answer.facts import incident_facts
from reviews.answer.leading import Leading
from reviews.answer.names import release_label
from reviews.answer.shown import Fact
from reviews.answer.status import Status, compose
from reviews.measure.readings import READINGS
from reviews.measure.values import Comparison, Stretch
from reviews.models import Incident, IncidentEvent
from reviews.owners import owned_parts
from reviews.stats.alarms import METHOD
from reviews.watch.findings import IncidentFindings
from reviews.watch.incidents import clocks
from reviews.watch.known import known_of
from reviews.watch.rounds import known_now

What = IncidentEvent.What
# The changes of state that are told, with what programs call them.
TYPES = {
    What.FOUND: "incident.found",
    What.OWNER_NAMED: "incident.owner_named",
    What.TAKEN: "incident.taken",
    What.FIX_RECORDED: "incident.fix_recorded",
    What.CHECKED: "incident.checked",
    What.RECOVERED: "incident.better_again",
    What.CLOSED: "incident.closed",
    What.REOPENED: "incident.reopened",
}
MOST_RELEASES = 200


@dataclass(frozen=True)
class _Known:
    """An incident with everything that its message is made from."""

    incident: Incident
    facts: Sequence[Fact]
    now: Status | None
    at: datetime
    has_ranges: bool = True

    @property
    def team(self) -> Team:
        return self.incident.assistant.team

    @property
    def headline(self) -> str:
        """The page's headline, for who did not ask: it answers no question here."""
        return self.now.unasked if self.now is not None else ""

    @property
    def fell(self) -> str:
        """What is known of the drop, in a sentence or two."""
        if self.now is not None:
            return f"{self.headline} {self.now.detail}"
        return self.incident.title


def _known(incident: Incident, at: datetime) -> _Known:
    """In six queries, whatever the incident went through."""
    assistant = incident.assistant
    events = list(incident.events.in_order())
    rows = Release.objects.filter(assistant=assistant).order_by("-went_live_at")[:MOST_RELEASES]
    releases = {one.pk: one for one in rows}
    owned = owned_parts(assistant)
    found = known_of(incident)
    lead = Leading(incident, found or _unmeasured(incident, at), clocks(incident, events))
    facts = incident_facts(lead, releases, owned, at)
    findings = known_now(assistant)
    now = None
    if findings is not None and found is not None and incident.is_open:
        now = compose(
            assistant=assistant,
            findings=findings,
            open_ones=[incident],
            events={incident.pk: events},
            releases=releases,
            owned=owned,
            at=at,
        )
    shift = lead.found.comparison.shift
    return _Known(incident, facts, now, at, has_ranges=shift is None or shift.corrected)


def _unmeasured(incident: Incident, at: datetime) -> IncidentFindings:
    """An incident that a person opened a moment ago: its start, and no figures yet."""
    day = incident.onset_best
    nothing = Comparison(
        usual_days=Stretch(day - timedelta(days=1), day - timedelta(days=1)),
        now_days=Stretch(day, day),
        usual=None,
        now=None,
        shift=None,
        kinds=(),
    )
    return IncidentFindings(at, METHOD, nothing, None, None)


def incident_path(incident: Incident) -> str:
    """Where the incident is read."""
    try:
        return reverse("incident", args=[incident.assistant_id, incident.number])
    except NoReverseMatch:
        return reverse("assistant_home", args=[incident.assistant_id])


def incident_message(event: IncidentEvent, at: datetime) -> AlertMessage:
    """An incident changed its state. `event.incident` comes with its assistant and team."""
    known = _known(event.incident, at)
    subject, headline, detail = _incident_words(event, known)
    incident, reading = event.incident, _reading(event, known)
    return tidy(
        AlertMessage(
            type=TYPES[What(event.what)],
            assistant=incident.assistant.name,
            team=incident.assistant.team.name,
            subject=f"{incident.assistant.name}: {subject}",
            headline=headline,
            detail=detail,
            facts=known.facts,
            reading=reading,
            reading_words=READINGS[reading].words if reading else "",
            tone=READINGS[reading].tone if reading else "",
            button=f"Open incident {incident.number}",
            path=incident_path(incident),
            as_of=known.team.local(at),
            incident=incident.number,
            has_ranges=known.has_ranges,
        )
    )


def _reading(event: IncidentEvent, known: _Known) -> str:
    if known.now is not None:
        return known.now.reading.code
    if not known.incident.is_open:
        return "better" if known.incident.outcome == Incident.Outcome.FIXED else ""
    return "" if known.incident.is_manual else "worse"


def _incident_words(event: IncidentEvent, known: _Known) -> tuple[str, str, str]:
    """The subject's part after the assistant's name, the headline and the sentences below it."""
    number, who = known.incident.number, str(event.by or "The watch")
    if event.what in (What.FOUND, What.CHECKED, What.RECOVERED):
        return _found_words(event, known)
    if event.what == What.REOPENED:
        return (
            f"incident {number} is open again",
            f"Incident {number} is open again.",
            f"The same kind fell again. {known.fell}",
        )
    if event.what == What.TAKEN:
        return f"{who} took incident {number}", f"{who} took incident {number}.", known.fell
    if event.what == What.OWNER_NAMED:
        owner = known.incident.owner or event.text
        return (
            f"{owner} is to fix incident {number}",
            f"{owner} is named to fix incident {number}.",
            f"“Take it” on its page tells everybody that somebody is on it. {known.fell}",
        )
    if event.what == What.FIX_RECORDED:
        return _fix_words(event, known)
    outcome = known.incident.get_outcome_display() or "closed"
    return (
        f"incident {number} closed, {outcome.lower()}",
        f"Incident {number} is closed: {outcome.lower()}.",
        f"Closed by {who}. {event.text.partition('. ')[2]}",
    )


def _found_words(event: IncidentEvent, known: _Known) -> tuple[str, str, str]:
    incident, now = known.incident, known.now
    if now is not None and not (incident.is_manual and event.what == What.FOUND):
        return now.subject, known.headline, now.detail
    if incident.is_manual:
        by = f"Opened by hand by {event.by}." if event.by else "Opened by hand."
        figures = f" {known.fell}" if now is not None else ""
        about = incident.title
        return f"{about}, incident {incident.number}", f"{about}.", f"{by}{figures}"
    since = words.day(incident.onset_best, known.team.day_of(known.at))
    return f"worse from {since}", f"It got worse from about {since}.", "Its page has the figures."


def _fix_words(event: IncidentEvent, known: _Known) -> tuple[str, str, str]:
    number, fix = known.incident.number, known.incident.fix
    today = known.team.day_of(known.at)
    name, live = event.text, ""
    if fix is not None:
        name = release_label(fix)
        live = f"It went live {words.day_time(known.team.local(fix.went_live_at), today)}. "
    return (
        f"a fix for incident {number} is out, being checked",
        f"A fix for incident {number} is out: {name}.",
        f"{live}Grades from then on show whether it worked; you hear when they do.",
    )
