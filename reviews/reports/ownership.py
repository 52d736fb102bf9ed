"""Write the ownership report of a week: what failed, whose it is, and what nobody has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db.models import Q

from ingestion.models import Assistant, Release
from portal import words
from portal.accounts.models import Team
from reviews.answer.facts import how_fast, owner_of_fix
from reviews.answer.names import incident_title
from reviews.models import (
    Assignment,
    CriterionRollup,
    Incident,
    IncidentEvent,
    ReasonRoute,
    WentWrong,
)
from reviews.owners import Owned, owned_parts
from reviews.reports.content import IncidentLine, OwnershipReport, PartLine, ReasonCount
from reviews.reports.week import release_words, releases_of, window
from reviews.watch.incidents import Clocks, clocks
from reviews.watch.known import fix_outcome

MAX_INCIDENTS = 50


def _failures(assistant: Assistant, week: date) -> Counter[str]:
    """What went wrong in the week's grades, random and flagged alike; a lead's decisions aside."""
    rows = CriterionRollup.objects.filter(
        assistant=assistant, day__range=(week, week + timedelta(days=6))
    ).exclude(went_wrong="")
    counts: Counter[str] = Counter()
    for reason, grades in rows.exclude(place="adjudication").values_list("went_wrong", "grades"):
        counts[reason] += grades
    return counts


def _part_line(
    owned: Owned, reasons: Counter[str], releases: Sequence[Release], team: Team, today: date
) -> PartLine:
    late = owned.days_late(today)
    if owned.owner is None or owned.review_by is None:
        review = "no review date"
    elif late:
        review = f"{words.plural(late, 'day')} late"
    else:
        review = f"review by {words.day(owned.review_by, today)}"
    return PartLine(
        part=owned.part.pk,
        name=owned.part.name,
        kind=owned.part.get_kind_display(),
        owner=owned.owner.pk if owned.owner else None,
        owner_name=str(owned.owner) if owned.owner else "Nobody",
        stand_in_name=str(owned.stand_in) if owned.stand_in else "",
        review=review,
        is_late=bool(late),
        failures=sum(reasons.values()),
        reasons=[ReasonCount(WentWrong(one).label, n) for one, n in reasons.most_common()],
        changes=[
            release_words(one, team, today) for one in releases if one.kind == owned.part.kind
        ],
    )


def write_ownership(*, assistant: Assistant, week: date, at: datetime) -> OwnershipReport:
    """The ownership report of the week that begins on Monday `week`, as known `at`."""
    team = assistant.team
    today = team.day_of(at)
    end = week + timedelta(days=6)
    owned, releases = owned_parts(assistant), releases_of(assistant, week)
    counts = _failures(assistant, week)
    routes = dict(
        ReasonRoute.objects.filter(assistant=assistant).values_list("went_wrong", "part_id")
    )
    by_part: dict[int, Counter[str]] = {}
    unrouted: Counter[str] = Counter()
    live = {one.part.pk for one in owned}
    for reason, number in counts.items():
        part = routes.get(reason)
        if part in live and part is not None:
            by_part.setdefault(part, Counter())[reason] += number
        else:
            unrouted[reason] += number
    lines = [
        _part_line(one, by_part.get(one.part.pk, Counter()), releases, team, today) for one in owned
    ]
    lines.sort(key=lambda line: (line.owner is not None, not line.is_late, -line.failures))
    gaps = [line.name for line in lines if line.owner is None]
    late = [line.name for line in lines if line.is_late]
    graded = Assignment.objects.filter(
        assistant=assistant, sample__day__range=(week, end), state=Assignment.State.DONE
    ).count()
    return OwnershipReport(
        assistant=assistant.name,
        team=assistant.team.name,
        week=week,
        week_words=words.day_range(week, end, end),
        as_of=team.local(at),
        subject=f"{assistant.name}: {_owner_subject(gaps, late, sum(counts.values()))}",
        headline=_owner_headline(gaps, late, len(lines)),
        parts=lines,
        unrouted=[ReasonCount(WentWrong(one).label, n) for one, n in unrouted.most_common()],
        gaps=gaps,
        late=late,
        failures=sum(counts.values()),
        graded=graded,
        incidents=_incident_lines(assistant, week, owned, today),
    )


def _incident_lines(
    assistant: Assistant, week: date, owned: Sequence[Owned], today: date
) -> list[IncidentLine]:
    """Open incidents, and those closed since the week began: ages, clocks, and whether the fix is
    proven."""
    since, _ = window(assistant, week)
    rows = list(
        Incident.objects.filter(
            ~Q(state=Incident.State.CLOSED) | Q(closed_at__gte=since), assistant=assistant
        )
        .with_names()
        .order_by("-number")[:MAX_INCIDENTS]
    )
    events = IncidentEvent.objects.by_incident(rows)
    return [_incident_line(one, clocks(one, events[one.pk]), owned, today) for one in rows]


def _incident_line(
    incident: Incident, times: Clocks, owned: Sequence[Owned], today: date
) -> IncidentLine:
    owner = owner_of_fix(incident, owned)
    proof = {
        "too_early": "too early to tell whether the fix worked",
        "fixed": "proven by fresh grades",
        "partly": "the fix worked in part",
        "not_fixed": "the fix did not work",
    }.get(fix_outcome(incident) or "", "")
    if incident.outcome in (Incident.Outcome.NOT_A_DROP, Incident.Outcome.ACCEPTED):
        proof = ""
    said = how_fast(times, incident, today)
    taken = f"taken after {words.duration(times.to_take)}" if times.to_take else "not taken yet"
    return IncidentLine(
        number=incident.number,
        title=incident_title(incident),
        state=incident.get_outcome_display() or incident.get_state_display(),
        owner=owner.pk if owner else None,
        owner_name=str(owner) if owner else "Nobody",
        clocks=f"{said.value}, {taken}, {said.more}",
        proof=proof,
        is_open=incident.is_open,
    )


def _owner_subject(gaps: list[str], late: list[str], failures: int) -> str:
    if gaps:
        verb = "has" if len(gaps) == 1 else "have"
        parts = words.plural(len(gaps), "part")
        return f"{parts} {verb} no owner, {words.plural(failures, 'failure')}"
    if late:
        return f"{words.plural(len(late), 'review')} late, {words.plural(failures, 'failure')}"
    return f"every part has an owner, {words.plural(failures, 'failure')} this week"


def _owner_headline(gaps: list[str], late: list[str], parts: int) -> str:
    if not parts:
        return "No parts yet. They are found when conversations arrive."
    if not gaps and not late:
        return f"All {parts} parts have an owner, and no review is late."
    said = []
    if gaps:
        verb = "has" if len(gaps) == 1 else "have"
        said.append(f"{len(gaps)} of {parts} parts {verb} no owner")
    if late:
        said.append(f"{words.plural(len(late), 'review')} {'is' if len(late) == 1 else 'are'} late")
    return " and ".join(said) + "."
