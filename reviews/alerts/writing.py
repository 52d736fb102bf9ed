"""Write down what is worth telling, once: an incident changed its state, a part lost its owner,
nothing arrives, a webhook is gone.

Each look goes from stored rows to alerts that are missing; the unique key makes the second writer
of an alert do nothing. What happened over three days ago is not told any more: after a long stop,
or when a history was filled in, the pages say it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from django.db import IntegrityError, transaction

from ingestion.arrivals import QUIET_AFTER, quiet_since
from ingestion.models import Assistant, IntakeBatch
from portal.accounts.models import Membership
from portal.ticks.aside import each
from reviews.alerts.incident_messages import TYPES, incident_message
from reviews.alerts.message import AlertMessage, content_of
from reviews.alerts.messages import (
    RETURNED,
    arriving_message,
    gap_message,
    gone_message,
    silence_message,
)
from reviews.alerts.people import after_quiet, choice_of, keepers, told_of
from reviews.alerts.webhooks import current_webhooks, shown
from reviews.models import (
    Alert,
    AlertDelivery,
    Incident,
    IncidentEvent,
    Part,
    PartOwnership,
    Webhook,
)
from reviews.owners import owned_parts

TASK = "write_alerts"
TOLD_FOR = timedelta(days=3)
# Traffic that stops came on more than one day before; a test or an afternoon's import did not.
STEADY_BEFORE = (timedelta(days=7), timedelta(hours=18))
Kind = Alert.Kind


def write_due(*, at: datetime) -> int:
    """Write the alerts about incidents, owners and webhooks that are missing; returns how many."""
    return write_incidents(at=at) + write_gaps(at=at) + write_gone(at=at)


def tell(
    *,
    assistant: Assistant,
    kind: str,
    key: str,
    message: AlertMessage,
    people: Sequence[Membership],
    at: datetime,
    incident: Incident | None = None,
) -> Alert | None:
    """Store an alert with a delivery for each person and webhook, together; None when it was
    told before."""
    zone = assistant.team.zone
    try:
        with transaction.atomic():
            alert = Alert.objects.create(
                assistant=assistant,
                kind=kind,
                incident=incident,
                key=key,
                at=at,
                content=msgspec.to_builtins(message),
            )
            mails = [
                AlertDelivery(
                    alert=alert,
                    recipient=one.user,
                    due_at=after_quiet(at, choice_of(one), zone),
                )
                for one in people
            ]
            posts = [
                AlertDelivery(alert=alert, webhook=one, due_at=at)
                for one in current_webhooks(assistant)
            ]
            AlertDelivery.objects.bulk_create(mails + posts)
    except IntegrityError:
        return None
    return alert


def _is_told(assistant_id: int, key: str) -> bool:
    return Alert.objects.filter(assistant=assistant_id, key=key).exists()


# Incidents


def incident_key(event: IncidentEvent) -> str:
    """Names a change of state of an incident for ever."""
    return f"incident-{event.incident.number}-{event.what}-{event.pk}"


def write_incidents(*, at: datetime) -> int:
    """Tell each change of state of an incident that was not told, oldest first."""
    events = list(
        IncidentEvent.objects.filter(what__in=TYPES, at__gt=at - TOLD_FOR, at__lte=at)
        .select_related(
            "by",
            "incident__assistant__team",
            "incident__release",
            "incident__fix",
            "incident__owner",
        )
        .order_by("at", "pk")
    )
    keys = [incident_key(one) for one in events]
    told = set(Alert.objects.filter(key__in=keys).values_list("assistant_id", "key"))
    due = [one for one in events if (one.incident.assistant_id, incident_key(one)) not in told]
    written = each(
        task=TASK,
        items=due,
        key=lambda one: f"event-{one.pk}",
        assistant=lambda one: one.incident.assistant_id,
        work=lambda one: _tell_incident(one, at),
        at=at,
    )
    return sum(alert is not None for alert in written)


def _tell_incident(event: IncidentEvent, at: datetime) -> Alert | None:
    incident = event.incident
    mine = keepers(incident)
    people = told_of(team=incident.assistant.team, kind=Kind.INCIDENT, mine=mine, but=event.by_id)
    if event.what == IncidentEvent.What.OWNER_NAMED:
        people = [one for one in people if one.user_id == incident.owner_id]
    return tell(
        assistant=incident.assistant,
        kind=Kind.INCIDENT,
        key=incident_key(event),
        message=incident_message(event, at),
        people=people,
        at=at,
        incident=incident,
    )


# Parts that lost their owner


def write_gaps(*, at: datetime) -> int:
    """Tell each part that lost its owner: it was taken from them, or they left the team."""
    since = at - TOLD_FOR
    taken = PartOwnership.objects.filter(owner__isnull=True, at__gt=since, at__lte=at)
    left = Membership.objects.filter(ended_at__gt=since, ended_at__lte=at)
    assistants = set(taken.values_list("part__assistant", flat=True))
    teams = set(left.values_list("team", flat=True))
    concerned = Assistant.objects.filter(pk__in=assistants) | Assistant.objects.filter(
        team__in=teams
    )
    return sum(
        each(
            task=TASK,
            items=concerned.select_related("team").distinct(),
            key=lambda one: f"assistant-{one.pk}",
            assistant=lambda one: one.pk,
            work=lambda one: _tell_gaps(one, since, at),
            at=at,
        )
    )


def _tell_gaps(assistant: Assistant, since: datetime, at: datetime) -> int:
    written = 0
    for owned in owned_parts(assistant):
        if not owned.is_gap:
            continue
        owned.part.assistant = assistant
        found = _lost(owned.part)
        if found is None or not since < found.since <= at:
            continue
        if _is_told(assistant.pk, found.key):
            continue
        message = gap_message(owned=owned, lost=found.who, why=found.why, since=found.since, at=at)
        people = told_of(team=assistant.team, kind=Kind.GAP, but=found.by)
        alert = tell(
            assistant=assistant, kind=Kind.GAP, key=found.key, message=message, people=people, at=at
        )
        written += alert is not None
    return written


class Loss(msgspec.Struct, frozen=True):
    """How a part lost its owner: `key` names the row that did it; `by` is the id of who did."""

    key: str
    who: str
    why: str
    since: datetime
    by: int | None


def _lost(part: Part) -> Loss | None:
    """How the part came to have no owner; None when it never had one."""
    rows = PartOwnership.objects.filter(part=part).select_related("owner", "by")
    history = list(rows.order_by("-at", "-pk")[:50])
    if not history:
        return None
    if history[0].owner is not None:
        return _left(part, history[0])
    # Saying again that nobody has it is no new loss: the first such row since the last owner is.
    owners = [place for place, row in enumerate(history) if row.owner is not None]
    if not owners:
        return None
    last, taken = history[owners[0]], history[owners[0] - 1]
    why = taken.why or f"taken back by {taken.by or 'the system'}"
    return Loss(f"gap-{part.pk}-ownership-{taken.pk}", str(last.owner), why, taken.at, taken.by_id)


def _left(part: Part, row: PartOwnership) -> Loss | None:
    """The owner is named still, and left the team."""
    ended = (
        Membership.objects.filter(
            user=row.owner_id, team=part.assistant.team_id, ended_at__isnull=False
        )
        .order_by("-ended_at")
        .first()
    )
    if ended is None or ended.ended_at is None:
        return None
    key = f"gap-{part.pk}-left-{ended.pk}"
    return Loss(key, str(row.owner), f"{row.owner} left the team", ended.ended_at, None)


# Webhooks that are gone


def write_gone(*, at: datetime) -> int:
    """Tell the leads of each webhook that was stopped because it answered 410 Gone."""
    gone = Webhook.objects.filter(
        is_gone=True, stopped_at__gt=at - TOLD_FOR, stopped_at__lte=at
    ).select_related("assistant__team")
    return sum(_tell_gone(one, at) is not None for one in gone.order_by("stopped_at", "pk"))


def _tell_gone(webhook: Webhook, at: datetime) -> Alert | None:
    assistant, since = webhook.assistant, webhook.stopped_at
    if since is None:
        return None
    key = f"webhook-{webhook.pk}-gone-{int(since.timestamp())}"
    if _is_told(assistant.pk, key):
        return None
    return tell(
        assistant=assistant,
        kind=Kind.WEBHOOK,
        key=key,
        message=gone_message(assistant=assistant, address=shown(webhook), since=since, at=at),
        people=told_of(team=assistant.team, kind=Kind.WEBHOOK),
        at=at,
    )


# Nothing arriving


def write_silences(*, at: datetime) -> int:
    """Tell each assistant for which nothing arrives, and then that it arrives again."""
    written = each(
        task="notice_silence",
        items=Assistant.objects.select_related("team").order_by("pk"),
        key=lambda one: f"assistant-{one.pk}",
        assistant=lambda one: one.pk,
        work=lambda one: _tell_arrivals(one, at),
        at=at,
    )
    return sum(alert is not None for alert in written)


def _tell_arrivals(assistant: Assistant, at: datetime) -> Alert | None:
    since = quiet_since(assistant, at)
    if since is not None:
        return _tell_silence(assistant, since, at)
    return _tell_return(assistant, at)


def silence_key(since: datetime) -> str:
    """Names a silence for ever, by its last arrival."""
    return f"silence-{int(since.timestamp() * 1_000_000)}"


def _tell_silence(assistant: Assistant, since: datetime, at: datetime) -> Alert | None:
    key = silence_key(since)
    is_old = since + QUIET_AFTER <= at - TOLD_FOR
    if is_old or _is_told(assistant.pk, key) or not _was_steady(assistant, since):
        return None
    return tell(
        assistant=assistant,
        kind=Kind.SILENCE,
        key=key,
        message=silence_message(assistant=assistant, since=since, at=at),
        people=told_of(team=assistant.team, kind=Kind.SILENCE),
        at=at,
    )


def _was_steady(assistant: Assistant, since: datetime) -> bool:
    longest, least = STEADY_BEFORE
    return IntakeBatch.objects.filter(
        assistant=assistant, received_at__gte=since - longest, received_at__lte=since - least
    ).exists()


def _last_before(silence: Alert) -> datetime:
    """When the last batch had come; alerts of older versions do not hold it."""
    batches = IntakeBatch.objects.filter(
        assistant=silence.assistant_id, received_at__lte=silence.at
    )
    newest = batches.order_by("-received_at").values_list("received_at", flat=True).first()
    return newest or silence.at


def _tell_return(assistant: Assistant, at: datetime) -> Alert | None:
    """The end of the newest silence that was told, unless its end was told too."""
    last = (
        Alert.objects.filter(assistant=assistant, kind=Kind.SILENCE).order_by("-at", "-pk").first()
    )
    said = content_of(last) if last is not None else None
    if last is None or said is None or said.type == RETURNED:
        return None
    since = said.since or _last_before(last)
    first = (
        IntakeBatch.objects.filter(assistant=assistant, received_at__gt=since)
        .order_by("received_at")
        .values_list("received_at", flat=True)
        .first()
    )
    if first is None or first <= at - TOLD_FOR:
        return None
    return tell(
        assistant=assistant,
        kind=Kind.SILENCE,
        key=f"{last.key}-over",
        message=arriving_message(assistant=assistant, since=since, until=first, at=at),
        people=told_of(team=assistant.team, kind=Kind.SILENCE),
        at=at,
    )
