"""The life of an incident: found, dated, taken, its fix recorded, checked, closed, opened again.

Every step writes a row of the log in the transaction that changes the incident; times between steps
are differences of those rows. Raises Refused, which names the field and the fix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.db import transaction
from django.db.models import Max, QuerySet

from ingestion.models import Assistant, Release
from ingestion.redaction import redact
from portal.accounts import audit
from portal.accounts.models import Membership, User
from portal.refused import Refused
from reviews.models import Incident, IncidentEvent
from reviews.stats.alarms import METHOD
from reviews.watch.findings import Start
from reviews.watch.known import date_start

REOPENS_WITHIN = timedelta(days=14)
What = IncidentEvent.What
State = Incident.State


def log(
    incident: Incident, what: str, *, at: datetime, by: User | None = None, text: str = ""
) -> IncidentEvent:
    """Add a line to the incident's log."""
    return IncidentEvent.objects.create(
        incident=incident, what=what, at=at, by=by, text=redact(text)
    )


def _locked(incident: Incident) -> Incident:
    return Incident.objects.select_for_update(of=("self",)).with_names().get(pk=incident.pk)


def open_incidents(assistant: Assistant) -> QuerySet[Incident]:
    """Those that are not closed, the newest first."""
    rows = Incident.objects.filter(assistant=assistant).open()
    return rows.select_related("release", "fix", "owner").order_by("-found_at", "-pk")


def _next_number(assistant: Assistant) -> int:
    """The next number; the assistant's row is locked so that two writers do not get one."""
    Assistant.objects.select_for_update(no_key=True).get(pk=assistant.pk)
    rows = Incident.objects.filter(assistant=assistant)
    return int(rows.aggregate(highest=Max("number"))["highest"] or 0) + 1


def _day(assistant: Assistant, at: datetime) -> date:
    return assistant.team.day_of(at)


def raise_alarm(
    *,
    assistant: Assistant,
    kind: str | None,
    start: Start,
    release: Release | None,
    at: datetime,
) -> Incident:
    """Open an incident, or open the same kind's again when it was closed in the last 14 days. While
    one of the kind is being checked, falling again says that the fix did not help: it goes on."""
    with transaction.atomic():
        number = _next_number(assistant)
        checked = open_incidents(assistant).filter(
            kind=kind or "", all_kinds=kind is None, state=State.CHECKING, is_manual=False
        )
        if (ongoing := checked.first()) is not None:
            return ongoing
        again = _closed_lately(assistant, kind, at)
        if again is not None:
            return _reopen(again, start, release, at)
        incident = Incident(
            assistant=assistant,
            number=number,
            kind=kind or "",
            all_kinds=kind is None,
            found_at=at,
            found_day=_day(assistant, at),
            release=release,
            method=METHOD,
            as_of=at,
        )
        date_start(incident, start)
        incident.save(force_insert=True)
        log(incident, What.FOUND, at=at, text="by the watch")
    return incident


def _closed_lately(assistant: Assistant, kind: str | None, at: datetime) -> Incident | None:
    return (
        Incident.objects.closed()
        .filter(
            assistant=assistant,
            kind=kind or "",
            all_kinds=kind is None,
            is_manual=False,
            closed_at__gte=at - REOPENS_WITHIN,
        )
        .exclude(outcome=Incident.Outcome.NOT_A_DROP)
        .order_by("-closed_at")
        .first()
    )


def _reopen(incident: Incident, start: Start, release: Release | None, at: datetime) -> Incident:
    incident.state, incident.outcome, incident.closed_at = State.OPEN, "", None
    incident.fix, incident.frozen_at, incident.better_since = None, None, None
    incident.found_at, incident.found_day = at, _day(incident.assistant, at)
    incident.release, incident.method, incident.as_of = release, METHOD, at
    incident.content = {}
    date_start(incident, start)
    incident.save()
    log(incident, What.REOPENED, at=at, text="the same kind fell again")
    return incident


def redate(
    *,
    incident: Incident,
    kind: str | None,
    start: Start,
    release: Release | None,
    settled: bool,
    at: datetime,
) -> None:
    """Write down what is known of the start today. A line is logged when its likeliest day or its
    kind changed, and when it is settled."""
    moved = (incident.onset_best, incident.kind, incident.release_id) != (
        start.best,
        kind or "",
        release.pk if release else None,
    )
    with transaction.atomic():
        incident.kind, incident.all_kinds = kind or "", kind is None
        incident.release = release
        date_start(incident, start)
        if settled:
            incident.frozen_at = at
        incident.save()
        if moved:
            log(incident, What.REDATED, at=at, text=_start_words(start, release))
        if settled:
            log(incident, What.FROZEN, at=at, text=_start_words(start, release))


def _start_words(start: Start, release: Release | None) -> str:
    about = f"about {start.best:%a} {start.best.day} {start.best:%b}"
    return f"{about}, right after {release}" if release else about


def settle(*, incident: Incident, at: datetime) -> None:
    """The start stays as it is, for want of newer grades."""
    with transaction.atomic():
        incident.frozen_at = at
        incident.save(update_fields=["frozen_at"])
        log(incident, What.FROZEN, at=at)


def recovered(*, incident: Incident, since: date, at: datetime) -> None:
    """The grades say that it is back to normal, without a fix that anybody recorded."""
    with transaction.atomic():
        incident.better_since = since
        incident.save(update_fields=["better_since"])
        log(incident, What.RECOVERED, at=at, text=f"since about {since:%a} {since.day} {since:%b}")


def open_by_hand(
    *,
    assistant: Assistant,
    title: str,
    kind: str | None,
    started: date,
    by: User,
    at: datetime,
) -> Incident:
    """An incident that a person knows of, whatever the grades say."""
    today = _day(assistant, at)
    if not title.strip():
        raise Refused("title", "Say in a few words what is wrong.")
    if started > today:
        raise Refused("started", "It cannot start after today.")
    with transaction.atomic():
        incident = Incident.objects.create(
            assistant=assistant,
            number=_next_number(assistant),
            kind=kind or "",
            all_kinds=kind is None,
            title=redact(title.strip()),
            is_manual=True,
            found_at=at,
            found_day=today,
            onset_best=started,
            onset_low=started,
            onset_high=started,
            frozen_at=at,
            method=METHOD,
            as_of=at,
        )
        log(incident, What.FOUND, at=at, by=by, text="by hand")
        _audit(incident, "incident.opened", by, at)
    return incident


def _audit(incident: Incident, action: str, by: User, at: datetime) -> None:
    audit.record(
        team=incident.assistant.team,
        actor=by,
        action=action,
        subject=f"incident {incident.number}",
        at=at,
    )


def _must_be_open(incident: Incident) -> None:
    if not incident.is_open:
        raise Refused("state", "This incident is closed. Open a new one, or add a note.")


def take(*, incident: Incident, by: User, at: datetime) -> Incident:
    """The person says: I am on it. The clock "time to take" stops with the first."""
    with transaction.atomic():
        incident = _locked(incident)
        _must_be_open(incident)
        if incident.owner_id == by.pk and incident.state != State.OPEN:
            return incident  # said twice
        incident.owner = by
        if incident.state == State.OPEN:
            incident.state = State.TAKEN
        incident.save(update_fields=["owner", "state"])
        log(incident, What.TAKEN, at=at, by=by)
        _audit(incident, "incident.taken", by, at)
    return incident


def name_owner(*, incident: Incident, owner: User, by: User, at: datetime) -> Incident:
    """A lead names who is to fix it; it is taken when that person says so."""
    members = Membership.objects.current().filter(team_id=incident.assistant.team_id, user=owner)
    if not members.exists():
        raise Refused("owner", f"{owner} is not in this team. Invite them first.")
    with transaction.atomic():
        incident = _locked(incident)
        _must_be_open(incident)
        incident.owner = owner
        incident.save(update_fields=["owner"])
        log(incident, What.OWNER_NAMED, at=at, by=by, text=str(owner))
        _audit(incident, "incident.owner_named", by, at)
    return incident


def record_fix(*, incident: Incident, fix: Release, by: User | None, at: datetime) -> Incident:
    """A release is meant to repair it; grades from its day on check it."""
    with transaction.atomic():
        incident = _locked(incident)
        _must_be_open(incident)
        if fix.assistant_id != incident.assistant_id:
            raise Refused("fix", "That change belongs to another assistant.")
        if _day(incident.assistant, fix.went_live_at) < incident.onset_best:
            raise Refused(
                "fix", "That change went live before the drop started, so it cannot repair it."
            )
        if incident.fix_id == fix.pk:
            return incident
        incident.fix, incident.state = fix, State.CHECKING
        incident.save(update_fields=["fix", "state"])
        log(incident, What.FIX_RECORDED, at=at, by=by, text=str(fix))
        if by is not None:
            _audit(incident, "incident.fix_recorded", by, at)
    return incident


def remove_fix(*, incident: Incident, why: str, by: User, at: datetime) -> Incident:
    """It was not the fix, or it did not work: the incident goes on."""
    with transaction.atomic():
        incident = _locked(incident)
        _must_be_open(incident)
        if incident.fix is None:
            raise Refused("fix", "No fix is recorded.")
        text = f"{incident.fix}{': ' + why if why else ''}"
        incident.fix = None
        incident.state = State.TAKEN if incident.owner_id else State.OPEN
        incident.save(update_fields=["fix", "state"])
        log(incident, What.FIX_REMOVED, at=at, by=by, text=text[:1000])
        _audit(incident, "incident.fix_removed", by, at)
    return incident


def close(
    *,
    incident: Incident,
    outcome: str,
    sentence: str,
    is_proven: bool,
    by: User,
    at: datetime,
) -> Incident:
    """Close it. `is_proven`: the check of the fix is complete and says "fixed"; closing without
    that needs a sentence, which stays in the log."""
    sentence = sentence.strip()
    if outcome not in Incident.Outcome.values:
        raise Refused("outcome", "Choose Fixed, Not a drop or Accepted.")
    with transaction.atomic():
        incident = _locked(incident)
        _must_be_open(incident)
        if outcome == Incident.Outcome.FIXED and incident.fix is None:
            raise Refused("outcome", "Record the fix first, or choose another outcome.")
        if not sentence and not (outcome == Incident.Outcome.FIXED and is_proven):
            raise Refused(
                "sentence",
                "The grades do not prove a fix yet. To close it now, say why in a sentence.",
            )
        incident.state, incident.outcome, incident.closed_at = State.CLOSED, outcome, at
        incident.frozen_at = incident.frozen_at or at
        incident.save(update_fields=["state", "outcome", "closed_at", "frozen_at"])
        label = Incident.Outcome(outcome).label
        log(incident, What.CLOSED, at=at, by=by, text=f"{label}. {sentence}".strip())
        _audit(incident, "incident.closed", by, at)
    return incident


def add_note(*, incident: Incident, text: str, by: User, at: datetime) -> IncidentEvent:
    """A sentence for the log, also of a closed incident."""
    if not text.strip():
        raise Refused("text", "Write a sentence first.")
    return log(incident, What.NOTE, at=at, by=by, text=text.strip()[:1000])


@dataclass(frozen=True)
class Clocks:
    """When each thing happened, as the log has it; None when it has not."""

    started: datetime
    found: datetime
    taken: datetime | None
    fix_live: datetime | None
    checked: datetime | None
    closed: datetime | None

    @property
    def to_find(self) -> timedelta:
        """From the best estimate of the start; never negative."""
        return max(self.found - self.started, timedelta(0))

    @property
    def to_take(self) -> timedelta | None:
        return self.taken - self.found if self.taken else None

    @property
    def to_fix(self) -> timedelta | None:
        """From being found to the fix being live."""
        return max(self.fix_live - self.found, timedelta(0)) if self.fix_live else None


def clocks(incident: Incident, events: Sequence[IncidentEvent]) -> Clocks:
    """The clocks of an incident from its log, oldest line first. It started when the release that
    fits the start went live, else in the morning of the likeliest day."""
    best = incident.onset_best
    started = incident.assistant.team.midnight(best)
    if incident.release is not None:
        live = incident.assistant.team.local(incident.release.went_live_at)
        started = live if live.date() == best else started
    # What happened before it was opened again belongs to the time before.
    begins = max(
        (n for n, one in enumerate(events) if one.what in (What.FOUND, What.REOPENED)), default=0
    )
    now = events[begins:]

    def first(what: str) -> datetime | None:
        return next((one.at for one in now if one.what == what), None)

    return Clocks(
        started=started,
        found=incident.found_at,
        taken=first(What.TAKEN),
        fix_live=incident.fix.went_live_at if incident.fix else None,
        checked=first(What.CHECKED),
        closed=incident.closed_at,
    )


@dataclass(frozen=True)
class Medians:
    """How long it usually takes, over some incidents; None without any."""

    incidents: int
    to_find: timedelta | None
    to_take: timedelta | None
    to_fix: timedelta | None


def medians(all_clocks: Sequence[Clocks]) -> Medians:
    """Median times to find, take and fix."""

    def middle(values: list[timedelta | None]) -> timedelta | None:
        known = [one.total_seconds() for one in values if one is not None]
        return timedelta(seconds=median(known)) if known else None

    return Medians(
        len(all_clocks),
        middle([one.to_find for one in all_clocks]),
        middle([one.to_take for one in all_clocks]),
        middle([one.to_fix for one in all_clocks]),
    )
