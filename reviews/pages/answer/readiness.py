"""The operating bar as a checklist: each line computed from evidence, none reported by anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ingestion.models import Assistant, DayCount, Release, Signal
from portal import words
from portal.accounts.models import AuditEntry
from reviews.answer.names import release_label
from reviews.answer.printed import figure
from reviews.answer.sentences import seen_words
from reviews.measure.readings import Badge
from reviews.models import (
    AlertDelivery,
    DefinitionEvent,
    Flag,
    Incident,
    IncidentEvent,
    Part,
)
from reviews.owners import Owned, owned_parts
from reviews.pages.charts.small_lines import signal_lines
from reviews.stats.enough_grades import LEAST_GRADES, WARM_UP_GRADES
from reviews.watch.findings import Findings
from reviews.watch.incidents import Medians, clocks, medians
from reviews.watch.known import fix_outcome
from reviews.watch.rounds import SEEN_WITHIN, known_now

SIGNALS_WITHIN = timedelta(days=14)
TREND_WEEKS = 4
DRILL_HOLDS = timedelta(days=90)
NEEDED_PARTS = (Part.Kind.PROMPT, Part.Kind.RETRIEVAL)
OWNED_PARTS = (Part.Kind.PROMPT, Part.Kind.MODEL, Part.Kind.RETRIEVAL)


@dataclass(frozen=True)
class Check:
    """One line: whether it is there, what shows it, and the button that does it."""

    title: str
    is_done: bool
    evidence: str
    button: str
    page: str

    @property
    def badge(self) -> Badge:
        """Is it there?"""
        return Badge("Done", "tick", "good") if self.is_done else Badge("Missing", "alert", "warn")


@dataclass(frozen=True)
class Section:
    """Some lines under a heading."""

    title: str
    hint: str
    checks: Sequence[Check]


@dataclass(frozen=True)
class Readiness:
    """The checklist."""

    sections: Sequence[Section]

    @property
    def done(self) -> int:
        return sum(check.is_done for section in self.sections for check in section.checks)

    @property
    def all(self) -> int:
        return sum(len(section.checks) for section in self.sections)


def readiness(*, assistant: Assistant, at: datetime) -> Readiness:
    """Look for the evidence of every line; a fixed number of queries."""
    today = assistant.team.day_of(at)
    found = known_now(assistant)
    owned = owned_parts(assistant)
    incidents = list(
        Incident.objects.filter(assistant=assistant)
        .select_related("release", "fix", "assistant__team")
        .order_by("-number")[:100]
    )
    return Readiness(
        [
            Section(
                "Before go-live",
                "What it takes to notice anything at all",
                [
                    _defined(assistant, today),
                    _arriving(assistant, at, today),
                    _baseline(found),
                ],
            ),
            Section(
                "First month",
                "What it takes to see a trend",
                [_trend(found), _tested(assistant, incidents, at), _documented(owned)],
            ),
            Section(
                "First quarter",
                "What it takes to get better",
                [_drift(assistant, at), _loop(incidents)],
            ),
            Section(
                "Could you answer?",
                "The four questions somebody will ask",
                [
                    _how_know(found),
                    _how_long(incidents),
                    _who_owns(owned),
                    _at_update(assistant, today),
                ],
            ),
        ]
    )


def _defined(assistant: Assistant, today: date) -> Check:
    event = (
        DefinitionEvent.objects.filter(assistant=assistant, what=DefinitionEvent.What.PUBLISHED)
        .order_by("-at")
        .first()
    )
    if event is None:
        evidence = "No published definition: nobody can say what a good answer is."
        return Check("Quality is defined", False, evidence, "Write it", "definition")
    said = f"Definition {event.number}, published {words.day(event.at.date(), today)}"
    by = f" by {event.by}" if event.by else ""
    return Check("Quality is defined", True, f"{said}{by}.", "See it", "definition")


def _arriving(assistant: Assistant, at: datetime, today: date) -> Check:
    title = "Conversations and basic signals arrive"
    lately = DayCount.objects.filter(assistant=assistant, day__gte=today - timedelta(days=1))
    chats = sum(lately.values_list("conversations", flat=True))
    since = at - SIGNALS_WITHIN
    signals = Signal.objects.filter(assistant=assistant, at__gte=since)[:1000].count()
    flags = Flag.objects.filter(assistant=assistant, at__gte=since)[:1000].count()
    said = (
        f"{words.plural(chats, 'conversation')} since yesterday; in 14 days "
        f"{words.plural(signals, 'signal')} and {words.plural(flags, 'flag')}."
    )
    return Check(title, chats > 0 and signals + flags > 0, said, "Set-up", "setup")


def _baseline(found: Findings | None) -> Check:
    title = "A usual level is known"
    if found is None or not found.warm:
        graded = found.graded if found else 0
        said = f"{graded} graded; about {WARM_UP_GRADES} over two weeks make a usual level."
        return Check(title, False, said, "Start reviewing", "review")
    said = f"Usually {figure(found.comparison.usual).words}, from {found.graded:,} grades."
    return Check(title, True, said, "See Home", "assistant_home")


def _trend(found: Findings | None) -> Check:
    weeks = [0] * TREND_WEEKS
    for one in found.days if found else ():
        age = (found.day - one.day).days // 7 if found else TREND_WEEKS
        if age < TREND_WEEKS:
            weeks[age] += one.level.graded
    enough = sum(graded >= LEAST_GRADES for graded in weeks)
    said = f"{enough} of the last {TREND_WEEKS} weeks have {LEAST_GRADES} grades or more."
    return Check("A trend is shown", enough == TREND_WEEKS, said, "See Trends", "trends")


def _tested(assistant: Assistant, incidents: Sequence[Incident], at: datetime) -> Check:
    title = "The alarm was tested"
    drill = (
        AuditEntry.objects.filter(
            team=assistant.team,
            action__in=["drill.held", "webhook.tested"],
            at__gte=at - DRILL_HOLDS,
        )
        .order_by("-at")
        .first()
    )
    rung = AlertDelivery.objects.filter(
        alert__assistant=assistant, alert__kind="incident", sent_at__isnull=False
    ).exists()
    by_watch = [one for one in incidents if not one.is_manual]
    if rung and by_watch:
        said = f"Incident {by_watch[0].number} was found by the watch and people were told."
        return Check(title, True, said, "Hold a drill", "drill")
    if drill is not None:
        said = f"{drill.actor_label} tried it on {words.day(drill.at.date(), at.date())}."
        return Check(title, True, said, "Hold a drill", "drill")
    said = "Nobody knows yet whether a drop would be noticed and told."
    return Check(title, False, said, "Hold a drill", "drill")


def _documented(owned: Sequence[Owned]) -> Check:
    title = "Prompt and retrieval content are documented"
    missing = []
    for kind in NEEDED_PARTS:
        parts = [one.part for one in owned if one.part.kind == kind]
        if not parts:
            missing.append(f"{Part.Kind(kind).label} is no part yet")
        missing += [
            f"{part.name} lacks {'a link' if part.description else 'a description and a link'}"
            for part in parts
            if not (part.description and part.link)
        ]
    said = "; ".join(missing[:3]) + "." if missing else "Each has a description and a link."
    return Check(title, not missing, said, "See owners", "owners")


def _drift(assistant: Assistant, at: datetime) -> Check:
    lines = signal_lines(assistant=assistant, at=at)
    usual = [one for one in lines if one.usual is not None]
    said = (
        f"{words.plural(len(usual), 'signal')} of all traffic watched against their usual range."
        if usual
        else "No signal has a usual range yet: it takes three weeks with 100 answers a day."
    )
    return Check("Outputs are watched against a baseline", bool(usual), said, "Trends", "trends")


def _loop(incidents: Sequence[Incident]) -> Check:
    title = "A drop was found, fixed and proven fixed"
    closed = [one for one in incidents if one.outcome == Incident.Outcome.FIXED]
    proven = [one for one in incidents if fix_outcome(one) == "fixed"]
    best = next(iter([*closed, *proven]), None)
    if best is not None:
        said = f"Incident {best.number}: fixed by {best.fix}."
        return Check(title, True, said, "See incidents", "incidents")
    said = f"{words.plural(len(incidents), 'incident')} so far, none proven fixed."
    return Check(title, False, said, "See incidents", "incidents")


def _how_know(found: Findings | None) -> Check:
    title = "How will you know?"
    if found is None:
        return Check(title, False, "Nothing is graded yet.", "Start reviewing", "review")
    is_soon = found.warm and found.seen_in is not None and found.seen_in <= SEEN_WITHIN
    return Check(title, is_soon, seen_words(found), "Sampling", "sampling")


def _how_long(incidents: Sequence[Incident]) -> Check:
    title = "How long from detection to fix?"
    events = IncidentEvent.objects.by_incident(incidents)
    middle = medians([clocks(one, events[one.pk]) for one in incidents])
    said = _medians_words(middle)
    return Check(title, middle.to_fix is not None, said, "See incidents", "incidents")


def _medians_words(middle: Medians) -> str:
    if middle.to_find is None:
        return "No incident yet, so nobody can say. A fire drill says how soon one is found."
    said = f"Found in {words.duration(middle.to_find)}"
    if middle.to_take is not None:
        said += f", taken after {words.duration(middle.to_take)}"
    if middle.to_fix is not None:
        return f"{said}, fix out after {words.duration(middle.to_fix)} (medians)."
    return f"{said}; none was fixed yet."


def _who_owns(owned: Sequence[Owned]) -> Check:
    title = "Who owns prompt, model and content?"
    parts = [one for one in owned if one.part.kind in OWNED_PARTS]
    gaps = [one.part.name for one in parts if one.is_gap]
    if not parts:
        return Check(title, False, "No part is known yet.", "Find parts", "owners")
    if gaps:
        said = f"Nobody owns {words.listed(gaps[:3])}."
        return Check(title, False, said, "Name owners", "owners")
    said = "; ".join(f"{one.part.name}: {one.owner}" for one in parts[:5])
    return Check(title, True, f"{said}.", "See owners", "owners")


def _at_update(assistant: Assistant, today: date) -> Check:
    title = "What happens when the model is updated?"
    models = Release.objects.filter(assistant=assistant, kind=Release.Kind.MODEL)
    last = models.order_by("-went_live_at").first()
    if last is None:
        said = (
            "No change of the model is known. Send its name with conversations and it is noticed."
        )
        return Check(title, False, said, "Record one", "releases")
    said = (
        "It is noticed or announced, three times as many answers are looked at for five days, and "
        f"its page says what it did. The last one: {release_label(last)}, "
        f"{words.day(last.went_live_at.date(), today)}."
    )
    return Check(title, True, said, "See releases", "releases")
