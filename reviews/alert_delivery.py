"""Send each delivery of an alert once: a mail to a person, a signed post to a webhook.

One row at a time, under a lock that lasts until it is marked. A crash between the receiver's yes
and our commit sends it again under the same Message-ID or webhook-id: never none, and a mail
program or a careful receiver shows the two as one.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from smtplib import SMTPException
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from msgspec import MsgspecError

from portal import mail
from portal.accounts.models import Membership, Team, User
from reviews import webhooks
from reviews.alert_message import AlertMessage, content_of
from reviews.alert_people import after_quiet, choice_of, stop_token
from reviews.models import AlertDelivery
from reviews.outgoing import AddressRefused, NotDelivered

# After the last, nearly two days on, it is given up and the page says why.
BACK_OFF = tuple(timedelta(minutes=one) for one in (1, 5, 30, 120, 360, 720, 1440))
LONGEST_ROUND = 120.0  # seconds; a slow receiver must not hold the worker
MAIL_ERRORS = (SMTPException, OSError, ValueError, MsgspecError)
POST_ERRORS = (AddressRefused, NotDelivered, ValueError, MsgspecError)


def delivery_key(delivery: AlertDelivery) -> str:
    """Names one copy of one alert for ever: X-Report-Key of the mail, webhook-id of the post."""
    alert = delivery.alert
    if delivery.recipient_id is not None:
        return f"alert-{alert.assistant_id}-{alert.key}-{delivery.recipient_id}"
    return f"msg_{alert.pk}_{delivery.pk}"


def stop_url(person: User, team: Team) -> str:
    """Where a mail's link stops the alerts."""
    return settings.SITE_URL + reverse("stop_alerts", args=[stop_token(person, team)])


def render_alert(
    message: AlertMessage, *, assistant_id: int, person: User, team: Team
) -> mail.Rendered:
    """The mail of one person's copy."""
    context = {
        "report": message,
        "message": message,
        "team": team,
        "person": person,
        "page_url": settings.SITE_URL + message.path,
        "settings_url": settings.SITE_URL + reverse("alerts", args=[assistant_id]),
        "stop_url": stop_url(person, team),
    }
    return mail.render("alert", context)


def deliver_one(*, at: datetime) -> bool | None:
    """Send the next due delivery: True sent, False put off, given up or no longer wanted, None
    nothing due. Mails go first: they are quick."""
    with transaction.atomic():
        delivery = (
            AlertDelivery.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("alert__assistant__team", "recipient", "webhook")
            .filter(sent_at__isnull=True, given_up_at__isnull=True, due_at__lte=at)
            .order_by(F("webhook").asc(nulls_first=True), "due_at", "pk")
            .first()
        )
        return None if delivery is None else _deliver(delivery, at)


def _deliver(delivery: AlertDelivery, at: datetime) -> bool:
    if delivery.webhook is not None:
        if delivery.webhook.stopped_at is not None:
            delivery.delete()  # stopped since it was written
            return False
        return _attempt(delivery, None, at)
    member = _wanting(delivery)
    if member is None:
        delivery.delete()  # they left the team or stopped these mails since it was written
        return False
    later = after_quiet(at, choice_of(member), ZoneInfo(delivery.alert.assistant.team.time_zone))
    if later > at:
        delivery.due_at = later
        delivery.save(update_fields=["due_at"])
        return False
    return _attempt(delivery, member, at)


def _wanting(delivery: AlertDelivery) -> Membership | None:
    """The recipient's place in the team, if they still want this sort of alert."""
    member = (
        Membership.objects.filter(
            user=delivery.recipient_id,
            team=delivery.alert.assistant.team_id,
            ended_at__isnull=True,
            user__is_active=True,
        )
        .select_related("user", "alert_preference")
        .first()
    )
    return member if member and choice_of(member).wants(delivery.alert.kind) else None


def _attempt(delivery: AlertDelivery, member: Membership | None, at: datetime) -> bool:
    delivery.attempts += 1
    error = _post(delivery, at) if member is None else _mail(delivery, member, at)
    if not error:
        delivery.sent_at, delivery.last_error = at, ""
    else:
        delivery.last_error = error[:300]
        if delivery.attempts > len(BACK_OFF):
            delivery.given_up_at = at
        else:
            delivery.due_at = at + BACK_OFF[delivery.attempts - 1]
    delivery.save()
    return not error


def _mail(delivery: AlertDelivery, member: Membership, at: datetime) -> str:
    """Send it; returns what went wrong."""
    alert, team = delivery.alert, delivery.alert.assistant.team
    try:
        mail.send(
            mail=render_alert(
                content_of(alert), assistant_id=alert.assistant_id, person=member.user, team=team
            ),
            to=member.user.email or "",
            key=delivery_key(delivery),
            at=at,
            stop_url=stop_url(member.user, team),
        )
    except MAIL_ERRORS as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _post(delivery: AlertDelivery, at: datetime) -> str:
    """Post it; returns what went wrong."""
    alert, webhook = delivery.alert, delivery.webhook
    assert webhook is not None  # noqa: S101 - the caller looked
    try:
        webhooks.post(
            webhook,
            message=content_of(alert),
            key=alert.key,
            id=delivery_key(delivery),
            at=at,
        )
    except POST_ERRORS as error:
        return str(error)
    return ""


def deliver_due(*, at: datetime, most: int = 500) -> int:
    """Send what is due; returns how many were sent. What fails is tried again later."""
    sent, until = 0, time.monotonic() + LONGEST_ROUND
    for _ in range(most):
        outcome = deliver_one(at=at)
        if outcome is None:
            break
        sent += outcome
        if time.monotonic() > until:
            break
    return sent
