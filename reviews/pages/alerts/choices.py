"""The page of alerts: a member's own choices, the message as it would be sent, and for leads the
webhooks and what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ingestion.models import Assistant
from portal.accounts.models import Membership, User
from portal.mail import rendering
from reviews.alerts.delivery import render_alert
from reviews.alerts.incident_messages import TYPES, incident_message
from reviews.alerts.message import AlertMessage, content_of
from reviews.alerts.messages import example_incident, gap_message, silence_message
from reviews.alerts.people import Choice, choice_of
from reviews.alerts.webhooks import current_webhooks, shown
from reviews.measure.readings import Badge
from reviews.models import Alert, AlertDelivery, IncidentEvent, Webhook
from reviews.owners import owned_parts

MOST_ALERTS = 20
PREVIEWS = {
    Alert.Kind.INCIDENT: "An incident",
    Alert.Kind.GAP: "A part without an owner",
    Alert.Kind.SILENCE: "Nothing arriving",
}


@dataclass(frozen=True)
class DeliveryLine:
    """One copy: to whom, and what became of it. `tone` is good, warn, bad or empty."""

    to: str
    state: str
    at: datetime | None
    tone: str
    error: str

    @property
    def badge(self) -> Badge:
        """What became of it, with tint and icon."""
        icon = {"good": "tick", "bad": "cross", "warn": "alert"}.get(self.tone, "clock")
        return Badge(self.state, icon, self.tone)


@dataclass(frozen=True)
class AlertLine:
    """An alert that was written, with its copies."""

    at: datetime
    message: AlertMessage | None
    deliveries: Sequence[DeliveryLine]

    @property
    def sent(self) -> int:
        """How many of its copies went out."""
        return sum(one.tone == "good" for one in self.deliveries)

    @property
    def failed(self) -> bool:
        """True when a copy could not be sent."""
        return any(one.tone == "bad" or one.error for one in self.deliveries)


@dataclass(frozen=True)
class WebhookLine:
    """A webhook as it is listed."""

    row: Webhook
    shown: str
    last: DeliveryLine | None


def membership_of(assistant: Assistant, user: User) -> Membership:
    """The viewer's place in the team."""
    members = Membership.objects.select_related("user", "alert_preference")
    return members.current().get(team=assistant.team_id, user=user)


def has_chosen(member: Membership) -> bool:
    """True when they said so themselves."""
    return hasattr(member, "alert_preference")


def own_choice(member: Membership) -> Choice:
    """What they get now."""
    return choice_of(member)


def preview(*, assistant: Assistant, user: User, kind: str, at: datetime) -> AlertMessage:
    """The message as it would be sent now: the newest incident's, a part's, a silence's."""
    if kind == Alert.Kind.GAP:
        return _gap_preview(assistant, at)
    if kind == Alert.Kind.SILENCE:
        return silence_message(assistant=assistant, since=at, at=at)
    event = (
        IncidentEvent.objects.filter(incident__assistant=assistant, what__in=TYPES)
        .select_related("by", "incident__release", "incident__fix", "incident__owner")
        .order_by("-at", "-pk")
        .first()
    )
    if event is None:
        return example_incident(assistant=assistant, person=user, at=at)
    event.incident.assistant = assistant
    return incident_message(event, at)


def _gap_preview(assistant: Assistant, at: datetime) -> AlertMessage:
    """The first gap, else the first part as if it had lost its owner now."""
    parts = owned_parts(assistant)
    if not parts:
        return silence_message(assistant=assistant, since=at, at=at)
    part = next((one for one in parts if one.is_gap), parts[0])
    part.part.assistant = assistant
    return gap_message(
        owned=part, lost=str(part.owner or "Somebody"), why="for example", since=at, at=at
    )


def preview_mail(
    *, assistant: Assistant, user: User, kind: str, at: datetime
) -> rendering.Rendered:
    """The same as a mail, for the viewer."""
    message = preview(assistant=assistant, user=user, kind=kind, at=at)
    return render_alert(message, assistant_id=assistant.pk, person=user, team=assistant.team)


def _delivery_line(one: AlertDelivery) -> DeliveryLine:
    webhook = one.webhook
    to = shown(webhook) if webhook is not None else str(one.recipient)
    if one.sent_at is not None:
        return DeliveryLine(to, "sent", one.sent_at, "good", "")
    if one.given_up_at is not None:
        return DeliveryLine(to, "given up", one.given_up_at, "bad", one.last_error)
    state = "next try" if one.attempts else "due"
    return DeliveryLine(to, state, one.due_at, "warn" if one.attempts else "", one.last_error)


def last_alerts(assistant: Assistant) -> list[AlertLine]:
    """The newest alerts with their copies, in two queries."""
    alerts = list(Alert.objects.filter(assistant=assistant).order_by("-at", "-pk")[:MOST_ALERTS])
    copies: dict[int, list[DeliveryLine]] = {}
    rows = AlertDelivery.objects.filter(alert__in=alerts).select_related("recipient", "webhook")
    for one in rows.order_by("webhook", "recipient__name", "pk"):
        copies.setdefault(one.alert_id, []).append(_delivery_line(one))
    return [AlertLine(one.at, content_of(one), copies.get(one.pk, [])) for one in alerts]


def webhook_lines(assistant: Assistant) -> list[WebhookLine]:
    """The webhooks, each with what became of the newest post that was tried, in two queries."""
    hooks = current_webhooks(assistant)
    tried = (
        AlertDelivery.objects.filter(webhook__in=hooks, attempts__gt=0)
        .select_related("webhook")
        .order_by("webhook", "-pk")
        .distinct("webhook")
    )
    last = {one.webhook_id: _delivery_line(one) for one in tried}
    return [WebhookLine(one, shown(one), last.get(one.pk)) for one in hooks]
