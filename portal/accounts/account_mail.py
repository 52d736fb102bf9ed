"""Mails that somebody asked for at sign-in: kept in an outbox, and tried at once.

A mail server that hangs costs the page AT_ONCE_SECONDS, once: then it is left alone for a while,
and what waits goes out by the timetable, like every other mail.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from portal.accounts.models import AccountMail, User
from portal.accounts.outbox import Box, Letter, deliver_one
from portal.mail import rendering

AT_ONCE_SECONDS = 3.0
WANTED_FOR = timedelta(hours=1)  # whoever waits longer asks again


def ask_for_reset(*, person: User, at: datetime) -> None:
    """Send this person a link that sets a new password; while one waits, no second is written."""
    waiting = AccountMail.objects.filter(
        recipient=person,
        kind=AccountMail.Kind.PASSWORD_RESET,
        sent_at__isnull=True,
        given_up_at__isnull=True,
    )
    if waiting.filter(created_at__gt=at - WANTED_FOR).exists():
        return
    waiting.delete()
    try:
        with transaction.atomic():
            row = AccountMail.objects.create(
                recipient=person, kind=AccountMail.Kind.PASSWORD_RESET, created_at=at, due_at=at
            )
    except IntegrityError:  # somebody asked for it in the same moment
        return
    deliver_one(BOX, at=at, only=row.pk, seconds=AT_ONCE_SECONDS)


def reset_url(person: User) -> str:
    """The link; it works once, and not after the password was changed."""
    key = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(person)
    names = {"uidb36": user_pk_to_url_str(person), "key": key}
    return settings.SITE_URL + reverse("account_reset_password_from_key", kwargs=names)


def _letter(delivery: AccountMail, at: datetime) -> Letter | None:
    person = delivery.recipient
    if delivery.created_at <= at - WANTED_FOR or not person.is_active or not person.email:
        return None
    words = {"assistant": "Plumbline", "headline": "Set a new password", "subject": "New password"}
    context = {"report": words, "person": person, "url": reset_url(person)}
    return Letter(
        mail=rendering.render("password_reset", context),
        to=person.email,
        key=f"account-{delivery.pk}",
        is_wanted_now=True,
    )


BOX = Box(
    rows=lambda: AccountMail.objects.select_related("recipient"),
    compose=_letter,
    born=lambda delivery: delivery.created_at,
)
