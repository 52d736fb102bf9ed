"""Write down sign-ins, failed ones too: in the log, and for the admins of the person's teams.

Signing in is Django's and allauth's; their signals are the door they leave open for this. A note
that cannot be kept stops nobody from signing in.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any

import structlog
from allauth.account import signals as account
from allauth.account.adapter import get_adapter
from allauth.mfa import signals as mfa
from django.contrib.auth import signals as auth
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.models import Membership, SignInEvent, Team, User

KEPT_FOR = timedelta(days=180)
MOST_OF_ONE = 1000  # somebody else's guesses must not fill the table

log = structlog.get_logger(__name__)
Kind = SignInEvent.Kind


def events_of(team: Team) -> QuerySet[SignInEvent]:
    """Those of the team's present members, newest first."""
    members = Membership.objects.current().filter(team=team)
    events = SignInEvent.objects.filter(person__in=members.values("user"))
    return events.select_related("person").order_by("-id")


def note(*, kind: SignInEvent.Kind, request: HttpRequest | None, login: str = "",
         person: User | None = None, at: datetime) -> None:  # fmt: skip
    """Write an event down; `login` finds the person when it is not known."""
    address = _address(request)
    try:
        with transaction.atomic():
            who = person or User.objects.filter(email=login.strip().lower()).first()
            if who is not None:
                _keep(SignInEvent(person=who, kind=kind, address=address, at=at))
    except DatabaseError:
        who = person
    log.info("sign_in", what=kind.value, user_id=who.pk if who else None, ip=address)


def _keep(event: SignInEvent) -> None:
    """Add it, and forget the person's oldest."""
    event.save(force_insert=True)
    own = SignInEvent.objects.filter(person_id=event.person_id)
    own.filter(at__lt=event.at - KEPT_FOR).delete()
    beyond = own.order_by("-id").values_list("pk", flat=True)[MOST_OF_ONE : MOST_OF_ONE + 1]
    for oldest in beyond:
        own.filter(pk__lte=oldest).delete()


def _address(request: HttpRequest | None) -> str | None:
    try:
        given = get_adapter(request).get_client_ip(request) if request is not None else None
        return str(ip_address(given)) if given else None
    except (ValueError, PermissionDenied, ImproperlyConfigured):
        return None


def _hear(signal: Any, kind: SignInEvent.Kind) -> None:
    def heard(sender: Any, request: HttpRequest | None = None, user: Any = None, **_: Any) -> None:
        person = user if isinstance(user, User) else None
        if person is not None:
            note(kind=kind, request=request, person=person, at=timezone.now())

    signal.connect(heard, weak=False, dispatch_uid=f"sign_ins {kind}")


def _heard_failure(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    login = str(credentials.get("email") or credentials.get("username") or "")
    note(kind=Kind.FAILED, request=request, login=login, at=timezone.now())


def listen() -> None:
    """Hear of what Django and allauth do from now on."""
    _hear(auth.user_logged_in, Kind.SIGNED_IN)
    _hear(auth.user_logged_out, Kind.SIGNED_OUT)
    _hear(account.password_changed, Kind.PASSWORD_CHANGED)
    _hear(account.password_reset, Kind.PASSWORD_RESET)
    _hear(mfa.authenticator_used, Kind.FACTOR_USED)
    _hear(mfa.authentication_failed, Kind.FACTOR_FAILED)
    _hear(mfa.authenticator_added, Kind.FACTOR_ADDED)
    _hear(mfa.authenticator_removed, Kind.FACTOR_REMOVED)
    auth.user_login_failed.connect(_heard_failure, dispatch_uid="sign_ins failed")
