"""How it stands, in the words that every page, mail and program gets: the reading, the sentence,
the six facts (UX sections 2 and 3). One dataclass, made from the newest findings and the rows of
incidents as they are now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ingestion.models import Assistant, Release
from portal import words
from portal.accounts.models import User
from reviews.answer.shown import Fact, Figure, KindLine
from reviews.measure.readings import MIN_GRADED, READINGS, ReadingWords
from reviews.measure.values import Comparison, KindShift, Level, Shift
from reviews.models import Incident, IncidentEvent
from reviews.owners import Owned, owned_parts
from reviews.stats.intervals import Rate
from reviews.watch.findings import Findings, FixCheck, IncidentFindings, Start
from reviews.watch.incidents import Clocks, clocks, open_incidents
from reviews.watch.rounds import newest, read, read_incident

# A start that could lie anywhere in more days than this is not given as a day.
CLEAR_WITHIN = 14
RELEASE_PARTS = ("model", "prompt", "retrieval", "escalation", "definition")
NO_KIND = "No kind given"
KIND_WORDS = {
    "worse": ("Worse", "bad"),
    "better": ("Better", "good"),
    "no_clear": ("No clear change", ""),
    "not_enough": ("Not enough grades", ""),
}


@dataclass(frozen=True)
class FixLine:
    """Is it fixed? In words, with the counts behind them."""

    title: str
    text: str
    outcome: str
    graded: int
    wanted: int
    needed: int
    tone: str


@dataclass(frozen=True)
class Standing:
    """The answer to "is it getting worse?" at a moment. Shares are in hundredths, changes in
    points. `incident` is the number of the one the facts are about, `others` how many more are
    open."""

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


def figure(level: Level | Rate | None, minimum: int = MIN_GRADED) -> Figure:
    """A share as printed; below `minimum` grades words replace it."""
    if level is None:
        return Figure(None, None, None, 0, "No grades")
    if level.graded < minimum:
        few = f"Not enough grades: {level.graded} of {minimum}"
        return Figure(None, None, None, level.graded, few)
    share, low, high = (words.percent(one) for one in (level.share, level.low, level.high))
    return Figure(share, low, high, level.graded, f"{share}%, likely {low}% to {high}%")


def release_label(release: Release) -> str:
    """Prompt 42; a name that says what it is stands alone."""
    is_short = len(release.name) < 12 and release.kind != Release.Kind.RETRIEVAL
    if release.kind == Release.Kind.DEFINITION:
        return f"Definition {release.name}"
    return f"{release.get_kind_display()} {release.name}" if is_short else release.name


def kind_lines(comparison: Comparison) -> list[KindLine]:
    """The kinds of question as printed, the largest fall first."""
    return [_kind_line(one) for one in comparison.kinds]


def _kind_line(one: KindShift) -> KindLine:
    reading, tone = KIND_WORDS[one.reading]
    shown = one.shift if one.reading != "not_enough" else None
    return KindLine(
        kind=one.kind or NO_KIND,
        usual=figure(one.usual),
        now=figure(one.now),
        change=words.points(shown.points) if shown else "",
        change_range=words.points_range(shown.low, shown.high) if shown else "",
        reading=reading,
        tone=tone,
    )


@dataclass(frozen=True)
class Leading:
    """The incident that the facts are about, with everything they are made from."""

    incident: Incident
    found: IncidentFindings
    clocks: Clocks


def standing(*, assistant: Assistant, at: datetime) -> Standing | None:
    """The answer as it stands; None before the watch has looked for the first time. A fixed number
    of queries."""
    assessment = newest(assistant)
    if assessment is None:
        return None
    open_ones = list(open_incidents(assistant))
    events: dict[int, list[IncidentEvent]] = {}
    for event in IncidentEvent.objects.filter(incident__in=open_ones).order_by("at", "pk"):
        events.setdefault(event.incident_id, []).append(event)
    releases = {
        one.pk: one
        for one in Release.objects.filter(assistant=assistant).order_by("-went_live_at")[:200]
    }
    return compose(
        assistant=assistant,
        findings=read(assessment),
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
) -> Standing:
    """Put what is known into words."""
    zone = ZoneInfo(assistant.team.time_zone)
    for one in open_ones:
        one.assistant = assistant
    lead = leading(open_ones, events)
    reading = READINGS[_reading_now(findings, lead)]
    today = at.astimezone(zone).date()
    facts: Sequence[Fact] = []
    comparison, fix = findings.comparison, None
    if lead is not None:
        comparison = lead.found.comparison
        facts = incident_facts(lead, releases, owned, at)
        fix = fix_line(lead, today)
    elif findings.leaning is not None and reading.code == "probably_worse":
        start, kind = findings.leaning.start, findings.leaning.kind
        facts = [
            _when(start.best, start.low, start.high, today),
            _how_bad(comparison, kind),
            _which(comparison, kind),
            _what_changed(start, releases, zone, today),
            _who_would_fix(start, releases, owned),
            Fact("How fast", "Not an alarm yet", "more grades will tell"),
        ]
    subject, headline, detail = _sentences(reading.code, findings, lead, fix, today)
    return Standing(
        assistant=assistant.name,
        team=assistant.team.name,
        as_of=findings.as_of.astimezone(zone),
        method=findings.method,
        reading=reading,
        subject=subject,
        headline=headline,
        detail=detail,
        facts=facts,
        usual=figure(comparison.usual),
        now=figure(comparison.now),
        shift=comparison.shift,
        usual_days=words.day_range(comparison.usual_days.first, comparison.usual_days.last, today),
        now_days=_days(comparison.now_days.first, comparison.now_days.last, today),
        now_first=comparison.now_days.first,
        now_last=comparison.now_days.last,
        kinds=kind_lines(comparison),
        incident=lead.incident.number if lead else None,
        others=max(len(open_ones) - 1, 0) if lead else len(open_ones),
        fix=fix,
        graded=findings.graded,
        needed=findings.needed,
        seen=seen_words(findings),
    )


def leading(
    open_ones: Sequence[Incident], events: Mapping[int, Sequence[IncidentEvent]]
) -> Leading | None:
    """The open incident that matters most: one that nobody repaired before one that is being
    checked, then the newest."""
    known = [
        Leading(one, found, clocks(one, events.get(one.pk, ())))
        for one in open_ones
        if (found := _complete(one)) is not None
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


def _complete(incident: Incident) -> IncidentFindings | None:
    return read_incident(incident) if "comparison" in incident.content else None


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
    return {"too_early": "fix_checked", "fixed": "better", "not_fixed": "worse"}[outcome]


def _days(first: date, last: date, today: date) -> str:
    return words.day(first, today) if first == last else words.day_range(first, last, today)


# The six facts


def incident_facts(
    lead: Leading, releases: Mapping[int, Release], owned: Sequence[Owned], at: datetime
) -> list[Fact]:
    """The six facts of an incident, always in this order."""
    incident, found = lead.incident, lead.found
    zone = ZoneInfo(incident.assistant.team.time_zone)
    today = at.astimezone(zone).date()
    kind = None if incident.all_kinds else incident.kind
    start = found.start or _row_start(incident)
    return [
        _when(incident.onset_best, incident.onset_low, incident.onset_high, today),
        _how_bad(found.comparison, kind),
        _which(found.comparison, kind),
        _what_changed(start, releases, zone, today, incident.release),
        _who_owns(lead, releases, owned),
        how_fast(lead.clocks, incident, today),
    ]


def _row_start(incident: Incident) -> Start:
    return Start(
        incident.onset_best, incident.onset_low, incident.onset_high, 0.0, None, releases=()
    )


def _when(best: date, low: date, high: date, today: date) -> Fact:
    label = "When it started"
    if (high - low).days >= CLEAR_WITHIN:
        return Fact(label, "Not clear yet", f"some time {words.day_range(low, high, today)}")
    if low == high:
        return Fact(label, words.day(best, today), "likely that very day")
    return Fact(label, words.day(best, today), f"likely {words.day_range(low, high, today)}")


def _how_bad(comparison: Comparison, kind: str | None) -> Fact:
    """Over all answers when that is clear; else in the kind that fell."""
    label = "How bad"
    line = comparison.of_kind(kind) if kind is not None else None
    if comparison.shift is not None and (comparison.shift.high < 0 or line is None):
        return Fact(label, words.points(comparison.shift.points), _range(comparison.shift))
    if line is not None and line.shift is not None:
        return Fact(label, f"{words.points(line.shift.points)} there", _range(line.shift))
    return Fact(label, "Not clear yet", "too few grades since it started")


def _range(shift: Shift) -> str:
    return words.points_range(shift.low, shift.high)


def _which(comparison: Comparison, kind: str | None) -> Fact:
    label = "Which questions"
    fallen = [one for one in comparison.kinds if one.reading == "worse"]
    if kind is not None:
        line = comparison.of_kind(kind)
        others = [one for one in fallen if one.kind != kind]
        rest = f"{words.plural(len(others), 'other kind')} lower too" if others else "others steady"
        if line is None or line.usual is None or line.now is None:
            return Fact(label, kind or NO_KIND, rest)
        change = f"{words.share(line.usual.share)} to {words.share(line.now.share)}"
        return Fact(label, kind or NO_KIND, f"{change}; {rest}")
    if comparison.kinds and all(one.reading == "not_enough" for one in comparison.kinds):
        return Fact(label, "Too few grades per kind")
    if not fallen:
        return Fact(label, "All kinds about the same")
    names = words.listed([one.kind or NO_KIND for one in fallen[:3]])
    more = len(comparison.kinds) - len(fallen)
    rest = f"clearest there; {words.plural(more, 'kind')} less clear" if more else "all of them"
    return Fact(label, names, rest)


def _what_changed(
    start: Start,
    releases: Mapping[int, Release],
    zone: ZoneInfo,
    today: date,
    named: Release | None = None,
) -> Fact:
    label = "What changed before it"
    of_day = [
        releases[one.release]
        for one in start.releases
        if one.release in releases
        and releases[one.release].went_live_at.astimezone(zone).date() == start.named_day
    ]
    if named is not None and not of_day:
        of_day = [named]
    if of_day:
        labels = [release_label(one) for one in of_day]
        live = words.day_time(of_day[0].went_live_at.astimezone(zone), today)
        if len(of_day) == 1:
            return Fact(label, labels[0], f"went live {live}")
        return Fact(label, f"One of {words.listed(labels, 'or')}", f"live from {live}")
    near = [one for one in start.releases if one.release in releases]
    if not near:
        return Fact(label, "No change recorded", "record one if there was")
    release = releases[near[0].release]
    live = words.day(release.went_live_at.astimezone(zone).date(), today)
    return Fact(label, "No change explains it", f"nearest: {release_label(release)}, {live}")


def owner_by_release(release: Release | None, owned: Sequence[Owned]) -> User | None:
    """The owner of the part that a release changed; None for a gap or no release."""
    part = _part_owner(release, owned)
    return part.owner if part else None


def incident_title(incident: Incident) -> str:
    """What happened, in plain words."""
    if incident.title:
        return incident.title
    return "Answers got worse" if incident.all_kinds else f"{incident.kind} answers got worse"


def _part_owner(release: Release | None, owned: Sequence[Owned]) -> Owned | None:
    """Who keeps right what a release changed."""
    if release is None or release.kind not in RELEASE_PARTS:
        return None
    return next((one for one in owned if one.part.kind == release.kind), None)


def _who_owns(lead: Leading, releases: Mapping[int, Release], owned: Sequence[Owned]) -> Fact:
    label, incident = "Who owns the fix", lead.incident
    if incident.owner is not None:
        took = lead.clocks.to_take
        more = f"took it after {words.duration(took)}" if took is not None else "not taken yet"
        return Fact(label, str(incident.owner), more)
    return _owner_of(incident.release, owned)


def _who_would_fix(start: Start, releases: Mapping[int, Release], owned: Sequence[Owned]) -> Fact:
    fitting = [releases[one.release] for one in start.releases if one.release in releases]
    return _owner_of(fitting[0] if fitting and start.named_day else None, owned)


def _owner_of(release: Release | None, owned: Sequence[Owned]) -> Fact:
    label = "Who owns the fix"
    part = _part_owner(release, owned)
    if part is None:
        return Fact(label, "Nobody", "no change to go by; name an owner", is_gap=True)
    if part.owner is None:
        return Fact(label, "Nobody", f"{part.part.name} has no owner", is_gap=True)
    return Fact(label, str(part.owner), f"owns {part.part.name}; not taken yet")


def how_fast(times: Clocks, incident: Incident, today: date) -> Fact:
    """The clocks in one line: found in, fixed in; days count up until it is."""
    found = f"Found in {words.duration(times.to_find)}"
    if times.to_fix is not None:
        return Fact("How fast", found, f"fix out {words.duration(times.to_fix)} later")
    if incident.better_since is not None:
        since = words.day(incident.better_since, today)
        return Fact("How fast", found, f"better again from about {since}")
    day = (today - incident.found_day).days + 1
    return Fact("How fast", found, f"not fixed yet, day {day}")


# The fix


def fix_line(lead: Leading, today: date) -> FixLine | None:
    """Did the fix work? None while no fix is recorded or it was not measured yet."""
    check = lead.found.check
    if check is None or lead.incident.fix is None:
        return None
    what = "Answers" if lead.incident.all_kinds else f"{lead.incident.kind} answers"
    since = words.day(check.since_days.first, today)
    counts = f"{what} since {since}: {_since_words(check)}."
    if check.outcome == "too_early":
        when = f", about {words.day(check.expected, today)}" if check.expected else ""
        more = f" {words.plural(check.needed, 'more grade')} will settle it{when}."
        return _fix("Too early to tell", counts + more, check, "warn")
    if check.outcome == "fixed":
        return _fix("It worked", f"{counts} That is back at the usual level.", check, "good")
    return _fix("It did not work", f"{counts} They are still below the usual level.", check, "bad")


def _fix(title: str, text: str, check: FixCheck, tone: str) -> FixLine:
    graded = check.since.graded if check.since else 0
    return FixLine(title, text, check.outcome, graded, check.wanted, check.needed, tone)


def _since_words(check: FixCheck) -> str:
    if check.since is None:
        return "none graded yet"
    share = words.share(check.since.share)
    likely = words.likely_short(check.since.low, check.since.high)
    return f"{share} good, {likely}, from {words.plural(check.since.graded, 'grade')}"


# The sentences


def seen_words(findings: Findings) -> str:
    """How soon a 10-point drop would be seen at today's pace."""
    if findings.seen_in is None:
        return "Nothing is being graded, so a drop would not be seen."
    days = max(1, round(findings.seen_in))
    return f"A 10-point drop would be seen within about {words.plural(days, 'day')}."


def pace_words(assistant: Assistant) -> list[str]:
    """What today's pace of grading is good for, and where one more grade helps most."""
    assessment = newest(assistant)
    if assessment is None:
        return []
    findings = read(assessment)
    a_day = round(findings.grades_a_day)
    said = [f"About {words.plural(a_day, 'grade')} a day now. {seen_words(findings)}"]
    if findings.a_day_for_five is not None:
        said.append(f"To see it within 5 days, grade {findings.a_day_for_five} a day.")
    if findings.costliest_kind is not None:
        kind = findings.costliest_kind or NO_KIND
        said.append(f"{kind} costs most certainty: one more grade helps most there.")
    return said


def _sentences(
    code: str, findings: Findings, lead: Leading | None, fix: FixLine | None, today: date
) -> tuple[str, str, str]:
    """The subject's part, the headline and the sentence below it."""
    if lead is not None:
        return _incident_sentences(code, lead, fix, today)
    comparison = findings.comparison
    now, usual, shift = figure(comparison.now), figure(comparison.usual), comparison.shift
    size = (
        f"{words.points(shift.points)}, {_range(shift)}" if shift else "too early to say how much"
    )
    if code == "probably_worse" and findings.leaning is not None:
        since = words.day(findings.leaning.start.best, today)
        where = f" for {findings.leaning.kind}" if findings.leaning.kind else ""
        return (
            f"probably worse{where} since {since}",
            f"Probably, since about {since}. It could still be chance.",
            f"Good answers are at {now.words}; the usual level is {usual.words}. "
            "An alarm follows when the evidence is strong enough.",
        )
    if code == "better" and findings.better_since is not None:
        since = words.day(findings.better_since, today)
        return (
            f"better from {since}",
            f"It got better from about {since}.",
            f"Good answers were at {usual.words}, now {now.words}: {size}.",
        )
    if code == "no_sign" and now.share is not None:
        return (
            f"no sign of change, {now.share}% good",
            f"No sign of it. Good answers are at {now.share}%, as usual.",
            f"The usual level is {usual.words}. {seen_words(findings)}",
        )
    if code == "no_sign":
        return (
            "no sign of change",
            "No sign of it.",
            f"This week: {now.words.lower()}. {seen_words(findings)}",
        )
    return _cannot_tell(findings)


def _cannot_tell(findings: Findings) -> tuple[str, str, str]:
    graded = findings.graded
    if not findings.warm:
        return (
            f"not enough grades yet, {graded} of about 120",
            f"Cannot tell yet: {words.plural(graded, 'answer')} graded, about 120 over two weeks "
            "needed.",
            "They become the usual level that later weeks are compared with.",
        )
    needed = max(findings.needed, 1)
    in_fortnight = round(findings.grades_a_day * 14)
    return (
        f"not enough grades, {in_fortnight} of about {needed} in two weeks",
        f"Cannot tell: {in_fortnight} graded in two weeks, about {needed} needed.",
        "With fewer, a 10-point drop would go unseen for more than two weeks.",
    )


def _incident_sentences(
    code: str, lead: Leading, fix: FixLine | None, today: date
) -> tuple[str, str, str]:
    incident, comparison = lead.incident, lead.found.comparison
    since = words.day(incident.onset_best, today)
    fell = _fell(incident, comparison)
    if code == "fix_checked":
        return (
            f"worse from {since}, fix being checked",
            f"Yes, from about {since}. A fix is out and is being checked.",
            f"{fell} {fix.text if fix else 'The fix is out; nothing is graded since.'}",
        )
    if code == "better":
        better = incident.better_since
        from_day = words.day(better, today) if better else ""
        if lead.found.check is not None:
            from_day = words.day(lead.found.check.since_days.first, today)
        return (
            f"better from {from_day}, the drop of {since} is over",
            f"It got better from about {from_day}.",
            f"{fell} {fix.text if fix else ''}".strip(),
        )
    failed = " The fix did not help." if fix and fix.outcome == "not_fixed" else ""
    return (
        f"worse from {since}{', the fix did not help' if failed else ''}",
        f"Yes, from about {since}.{failed}",
        f"{fell} {fix.text if fix else ''}".strip(),
    )


def _fell(incident: Incident, comparison: Comparison) -> str:
    """How far it fell, in the kind that fell when it is one."""
    line = comparison.of_kind(incident.kind) if not incident.all_kinds else None
    usual = line.usual if line else comparison.usual
    now = line.now if line else comparison.now
    if usual is None or now is None:
        return "Too little is graded since then to say how much."
    where = f" about {incident.kind}" if line else ""
    days = (comparison.now_days.last - comparison.now_days.first) + timedelta(days=1)
    lasted = f" for {words.plural(days.days, 'day')}" if incident.fix_id else ""
    return (
        f"Good answers{where} fell from {words.share(usual.share)} to {words.share(now.share)}"
        f"{lasted}, from {words.plural(now.graded, 'grade')}."
    )
