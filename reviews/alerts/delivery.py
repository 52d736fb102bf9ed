"""The mails of alerts: what a copy looks like, who still wants it, and the outbox they wait in.

Posts to webhooks wait in the same table; `reviews.alerts.posts` sends them.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from portal.accounts import outbox
from portal.accounts.models import Membership, Team, User
from portal.accounts.outbox import Box, Letter
from portal.mail import rendering
from reviews.alerts import posts
from reviews.alerts.message import AlertMessage, to_send
from reviews.alerts.people import after_quiet, choice_of, stop_token
from reviews.models import AlertDelivery


def mail_key(delivery: AlertDelivery) -> str:
    """Names one person's copy of one alert for ever; it is the X-Report-Key of the mail."""
    alert = delivery.alert
    return f"alert-{alert.assistant_id}-{alert.key}-{delivery.recipient_id}"


def stop_url(person: User, team: Team) -> str:
    """Where a mail's link stops the alerts."""
    return settings.SITE_URL + reverse("stop_alerts", args=[stop_token(person, team)])


def render_alert(
    message: AlertMessage, *, assistant_id: int, person: User, team: Team
) -> rendering.Rendered:
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
    return rendering.render("alert", context)


def _wanting(delivery: AlertDelivery) -> Membership | None:
    """The recipient's place in the team, if they still want this sort of alert."""
    member = (
        Membership.objects.current()
        .filter(
            user=delivery.recipient_id,
            team=delivery.alert.assistant.team_id,
            user__is_active=True,
        )
        .select_related("user", "alert_preference")
        .first()
    )
    return member if member and choice_of(member).wants(delivery.alert.kind) else None


def _letter(delivery: AlertDelivery, at: datetime) -> Letter | datetime | None:
    """One person's copy; the end of their quiet hours; None when they do not want it any more."""
    member = _wanting(delivery)
    if member is None:
        return None
    alert, team = delivery.alert, delivery.alert.assistant.team
    later = after_quiet(at, choice_of(member), team.zone)
    if later > at:
        return later
    return Letter(
        mail=render_alert(
            to_send(alert), assistant_id=alert.assistant_id, person=member.user, team=team
        ),
        to=member.user.email or "",
        key=mail_key(delivery),
        stop_url=stop_url(member.user, team),
    )


BOX = Box(
    rows=lambda: AlertDelivery.objects.filter(webhook__isnull=True).select_related(
        "alert__assistant__team", "recipient"
    ),
    compose=_letter,
    born=lambda delivery: delivery.alert.at,
)


def deliver_one(*, at: datetime) -> bool | None:
    """Send the next due mail, else the next due post: True sent, False put off, given up or no
    longer wanted, None nothing due."""
    outcome = outbox.deliver_one(BOX, at=at)
    return posts.deliver_one(at=at) if outcome is None else outcome


def deliver_due(*, at: datetime, most: int = 500) -> int:
    """Send what is due, mails and posts; returns how many were sent."""
    return outbox.deliver_due(BOX, at=at, most=most) + posts.deliver_due(at=at)
