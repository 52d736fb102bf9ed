"""How it stands, in the words that every page, mail and program gets: the reading, the sentence,
the six facts (UX sections 2 and 3). One dataclass, made from the newest findings and the rows of
incidents as they are now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ingestion.models import Assistant, Release
from portal import words
from reviews.answer.facts import incident_facts, leaning_facts, owner_of_fix
from reviews.answer.fix import FixLine, fix_line
from reviews.answer.leading import Leading, leading
from reviews.answer.printed import figure, kind_lines
from reviews.answer.sentences import seen_words, sentences
from reviews.answer.shown import Fact, Figure, KindLine
from reviews.measure.readings import READINGS, ReadingWords
from reviews.measure.values import Shift
from reviews.models import Incident, IncidentEvent
from reviews.owners import Owned, owned_parts
from reviews.watch.findings import Findings
from reviews.watch.incidents import open_incidents
from reviews.watch.rounds import known_now


@dataclass(frozen=True)
class Status:
    """The answer to "is it getting worse?" at a moment. Shares are in hundredths, changes in
    points. `incident` is the number of the one the facts are about, `others` how many more are
    open. `unasked` is the headline for who did not ask, `without_fix` the detail without what came
    of the fix."""

    assistant: str
    team: str
    as_of: datetime
    method: int
    reading: ReadingWords
    subject: str
    headline: str
    detail: str
    facts: Sequence[Fact]
    usual: Figure
    now: Figure
    shift: Shift | None
    usual_days: str
    now_days: str
    now_first: date
    now_last: date
    kinds: Sequence[KindLine]
    incident: int | None
    others: int
    fix: FixLine | None
    graded: int
    needed: int
    seen: str
    pairs_waiting: int = 0
    held_up: bool = False
    unasked: str = ""
    without_fix: str = ""
    nobody_on_it: bool = False
    lacks_days: bool = False


def status_of(*, assistant: Assistant, at: datetime) -> Status | None:
    """The answer as it stands; None before the watch has looked for the first time. A fixed number
    of queries."""
    findings = known_now(assistant)
    if findings is None:
        return None
    open_ones = list(open_incidents(assistant))
    events = IncidentEvent.objects.by_incident(open_ones)
    releases = {
        one.pk: one
        for one in Release.objects.filter(assistant=assistant).order_by("-went_live_at")[:200]
    }
    return compose(
        assistant=assistant,
        findings=findings,
        open_ones=open_ones,
        events=events,
        releases=releases,
        owned=owned_parts(assistant),
        at=at,
    )


def compose(
    *,
    assistant: Assistant,
    findings: Findings,
    open_ones: Sequence[Incident],
    events: Mapping[int, Sequence[IncidentEvent]],
    releases: Mapping[int, Release],
    owned: Sequence[Owned],
    at: datetime,
) -> Status:
    """Put what is known into words."""
    team = assistant.team
    for one in open_ones:
        one.assistant = assistant
    lead = leading(open_ones, events)
    reading = READINGS[_reading_now(findings, lead)]
    today = team.day_of(at)
    facts: Sequence[Fact] = []
    comparison, fix = findings.comparison, None
    if lead is not None:
        comparison = lead.found.comparison
        facts = incident_facts(lead, releases, owned, at)
        fix = fix_line(lead, today)
    elif findings.leaning is not None and reading.code == "probably_worse":
        facts = leaning_facts(findings.leaning, comparison, releases, owned, today, team)
    said = sentences(reading.code, findings, lead, fix, today)
    return Status(
        assistant=assistant.name,
        team=team.name,
        as_of=team.local(findings.as_of),
        method=findings.method,
        reading=reading,
        subject=said.subject,
        headline=said.headline,
        detail=said.detail,
        unasked=said.headline if said.unasked is None else said.unasked,
        without_fix=said.detail if said.without_fix is None else said.without_fix,
        nobody_on_it=lead is not None and owner_of_fix(lead.incident, owned) is None,
        facts=facts,
        usual=figure(comparison.usual),
        now=figure(comparison.now),
        shift=comparison.shift,
        usual_days=words.day_range(comparison.usual_days.first, comparison.usual_days.last, today),
        now_days=day_or_range(comparison.now_days.first, comparison.now_days.last, today),
        now_first=comparison.now_days.first,
        now_last=comparison.now_days.last,
        kinds=kind_lines(comparison),
        incident=lead.incident.number if lead else None,
        others=max(len(open_ones) - 1, 0) if lead else len(open_ones),
        fix=fix,
        graded=findings.graded,
        lacks_days=findings.lacks_days,
        needed=findings.needed,
        seen=seen_words(findings),
        pairs_waiting=findings.pairs_waiting,
        held_up=findings.held_up,
    )


def _reading_now(findings: Findings, lead: Leading | None) -> str:
    """The reading of the findings, brought up to what people did since: a fix that was recorded
    or an incident that was closed changes it at once."""
    if lead is None:
        if findings.reading in ("worse", "fix_checked"):
            return "probably_worse" if findings.leaning else "not_enough"
        return findings.reading
    if lead.incident.better_since is not None:
        return "better"
    if lead.incident.state != Incident.State.CHECKING:
        return "worse"
    outcome = lead.found.check.outcome if lead.found.check else "too_early"
    if outcome == "too_early" and findings.reading == "worse":
        return "worse"  # it fell again after the fix, too lately for the check
    return {
        "too_early": "fix_checked",
        "fixed": "better",
        "partly": "worse",
        "not_fixed": "worse",
    }[outcome]


def day_or_range(first: date, last: date, today: date) -> str:
    """Days as printed; one day stands alone."""
    return words.day(first, today) if first == last else words.day_range(first, last, today)
