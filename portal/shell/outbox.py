"""Read the mails that the demo sent: each person their own, an admin their team's."""

from __future__ import annotations

import email
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import default as modern
from email.utils import parsedate_to_datetime
from pathlib import Path

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from portal.accounts.access import TeamRequest
from portal.accounts.models import Membership, Role, Team

MOST = 200
ONLY_STYLES = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-top-navigation-by-user-activation"],
}


@dataclass(frozen=True)
class Mail:
    """A mail as listed."""

    name: str
    to: str
    subject: str
    at: datetime | None


def _addresses(request: TeamRequest) -> set[str]:
    """Whose mails this person may read."""
    mine = Membership.objects.current().filter(user=request.user, role=Role.ADMIN)
    others = Membership.objects.current().filter(team__in=mine.values("team"))
    addresses = set(others.values_list("user__email", flat=True))
    return {address for address in addresses if address} | {request.user.email or ""}


def _team(request: TeamRequest) -> Team | None:
    """The team whose clock the times are shown by."""
    mine = Membership.objects.current().filter(user=request.user)
    first = mine.select_related("team").order_by("pk").first()
    return first.team if first else None


def _read(path: Path) -> EmailMessage:
    message = email.message_from_bytes(path.read_bytes(), policy=modern)
    assert isinstance(message, EmailMessage)  # noqa: S101 - the modern policy makes these
    return message


def _open(request: TeamRequest, name: str) -> EmailMessage:
    if not settings.DEMO:
        raise Http404
    path = Path(settings.MAIL_FOLDER) / f"{name}.eml"
    if path.parent != Path(settings.MAIL_FOLDER) or not path.is_file():
        raise Http404
    message = _read(path)
    if str(message["To"]) not in _addresses(request):
        raise Http404
    return message


def _listed(path: Path, message: EmailMessage) -> Mail:
    date = message["Date"]
    at = parsedate_to_datetime(str(date)) if date else None
    return Mail(path.stem, str(message["To"]), str(message["Subject"]), at)


@login_required
@require_GET
def outbox(request: TeamRequest) -> HttpResponse:
    """The newest mails."""
    if not settings.DEMO:
        raise Http404
    may = _addresses(request)
    paths = sorted(Path(settings.MAIL_FOLDER).glob("*.eml"), reverse=True)[:MOST]
    mails = [_listed(path, _read(path)) for path in paths]
    context = {"mails": [one for one in mails if one.to in may], "team": _team(request)}
    return render(request, "portal/outbox.html", context)


@login_required
@require_GET
def message(request: TeamRequest, name: str) -> HttpResponse:
    """One mail: its headers, its HTML in a sandbox, its text."""
    found = _open(request, name)
    text = found.get_body(preferencelist=("plain",))
    context = {
        "name": name,
        "headers": [(key, str(value)) for key, value in found.items() if key != "Content-Type"],
        "subject": str(found["Subject"]),
        "text": text.get_content() if text else "",
        "has_html": found.get_body(preferencelist=("html",)) is not None,
    }
    return render(request, "portal/outbox_message.html", context)


@login_required
@require_GET
@csp(ONLY_STYLES)  # type: ignore[arg-type]  # its types know views without arguments only
def message_html(request: TeamRequest, name: str) -> HttpResponse:
    """The HTML part by itself, with a policy that lets it do nothing but show its styles."""
    part = _open(request, name).get_body(preferencelist=("html",))
    if part is None:
        raise Http404
    response = HttpResponse(part.get_content())
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response
