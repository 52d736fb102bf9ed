"""The subject, the headline and the sentence below it (UX section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from ingestion.models import Assistant
from portal import words
from reviews.answer.fix import FixLine
from reviews.answer.leading import Leading
from reviews.answer.names import NO_KIND
from reviews.answer.printed import figure, range_words
from reviews.measure.values import Comparison
from reviews.models import Incident
from reviews.stats.enough_grades import WARM_UP_GRADES
from reviews.watch.findings import Findings
from reviews.watch.rounds import known_now

FIX_HELPED = {"partly": "helped in part", "not_fixed": "did not help"}


@dataclass(frozen=True)
class Sentences:
    """The subject's part, the headline and the sentence below it. `unasked` is the headline for
    who did not ask the page's question, `without_fix` the sentence without what came of the fix;
    None: the same."""

    subject: str
    headline: str
    detail: str
    unasked: str | None = None
    without_fix: str | None = None


def seen_words(findings: Findings) -> str:
    """How soon a 10-point drop would be seen at today's pace."""
    if findings.seen_in is None:
        return "Nothing is being graded, so a drop would not be seen."
    days = max(1, round(findings.seen_in))
    return f"A 10-point drop would be seen within about {words.plural(days, 'day')}."


def pace_words(assistant: Assistant) -> list[str]:
    """What today's pace of grading is good for, and where one more grade helps most."""
    findings = known_now(assistant)
    if findings is None:
        return []
    a_day = round(findings.grades_a_day)
    said = [f"About {words.plural(a_day, 'grade')} a day now. {seen_words(findings)}"]
    if findings.a_day_for_five is not None:
        said.append(f"To see it within 5 days, grade {findings.a_day_for_five} a day.")
    if findings.costliest_kind is not None:
        kind = findings.costliest_kind or NO_KIND
        said.append(f"{kind} costs most certainty: one more grade helps most there.")
    return said


def sentences(
    code: str, findings: Findings, lead: Leading | None, fix: FixLine | None, today: date
) -> Sentences:
    """What is said of a reading; of the incident that leads when there is one."""
    if lead is not None:
        return _incident_sentences(code, lead, fix, today)
    comparison = findings.comparison
    now, usual, shift = figure(comparison.now), figure(comparison.usual), comparison.shift
    size = (
        f"{words.points(shift.points)}, {range_words(shift)}"
        if shift
        else "too early to say how much"
    )
    if code == "probably_worse" and findings.leaning is not None:
        since = words.day(findings.leaning.start.best, today)
        where = f" for {findings.leaning.kind}" if findings.leaning.kind else ""
        return Sentences(
            f"probably worse{where} since {since}",
            f"Probably, since about {since}. It could still be chance.",
            f"Good answers are at {now.words}; the usual level is {usual.words}. "
            "An alarm follows when the evidence is strong enough.",
        )
    if code == "better" and findings.better_since is not None:
        since = words.day(findings.better_since, today)
        return Sentences(
            f"better from {since}",
            f"It got better from about {since}.",
            f"Good answers were at {usual.words}, now {now.words}: {size}.",
        )
    if code == "no_sign" and now.share is not None:
        return Sentences(
            f"no sign of change, {now.share}% good",
            f"No sign of it. Good answers are at {now.share}%, as usual.",
            f"The usual level is {usual.words}. {seen_words(findings)}",
        )
    if code == "no_sign":
        return Sentences(
            "no sign of change",
            "No sign of it.",
            f"This week: {now.words.lower()}. {seen_words(findings)}",
        )
    return _cannot_tell(findings, today)


def _cannot_tell(findings: Findings, today: date) -> Sentences:
    graded = findings.graded
    if findings.lacks_days and findings.warm_from is not None:
        day = words.day(findings.warm_from, today)
        return Sentences(
            f"not enough days yet, enough on {day}",
            f"Cannot tell yet: there are enough days on {day}.",
            f"{words.plural(graded, 'answer')} are graded; from two weeks of them comes the usual "
            "level that later weeks are compared with.",
        )
    if not findings.warm:
        return Sentences(
            f"not enough grades yet, {graded} of about {WARM_UP_GRADES}",
            f"Cannot tell yet: {words.plural(graded, 'answer')} graded, about {WARM_UP_GRADES} "
            "over two weeks needed.",
            "They become the usual level that later weeks are compared with.",
        )
    needed = max(findings.needed, 1)
    in_fortnight = round(findings.grades_a_day * 14)
    return Sentences(
        f"not enough grades, {in_fortnight} of about {needed} in two weeks",
        f"Cannot tell: {in_fortnight} graded in two weeks, about {needed} needed.",
        "With fewer, a 10-point drop would go unseen for more than two weeks.",
    )


def _incident_sentences(code: str, lead: Leading, fix: FixLine | None, today: date) -> Sentences:
    incident, comparison = lead.incident, lead.found.comparison
    since = words.day(incident.onset_best, today)
    fell = _fell(incident, comparison)
    detail = f"{fell} {fix.text}" if fix else fell
    # Without a check there is nothing to leave out.
    without_fix = fell if fix else None
    if code == "fix_checked":
        return Sentences(
            f"worse from {since}, fix being checked",
            f"Yes, from about {since}. A fix is out and is being checked.",
            detail if fix else f"{fell} The fix is out; nothing is graded since.",
            f"It got worse from about {since}. A fix is out and is being checked.",
            without_fix,
        )
    if code == "better":
        better = incident.better_since
        from_day = words.day(better, today) if better else ""
        if lead.found.check is not None:
            from_day = words.day(lead.found.check.since_days.first, today)
        return Sentences(
            f"better from {from_day}, the drop of {since} is over",
            f"It got better from about {from_day}.",
            detail,
            without_fix=without_fix,
        )
    helped = FIX_HELPED.get(fix.outcome) if fix else None
    said = f" The fix {helped}." if helped else ""
    return Sentences(
        f"worse from {since}{f', the fix {helped}' if helped else ''}",
        f"Yes, from about {since}.{said}",
        detail,
        f"It got worse from about {since}.{said}",
        without_fix,
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
