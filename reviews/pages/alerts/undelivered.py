"""Mails that were given up: for whom, what the mail server said, and trying them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from ingestion.models import Assistant
from portal.accounts.models import MailServer, Membership, RefusedAddress, User
from portal.accounts.outbox import AGAIN_FOR, resting_server, try_again, waiting
from portal.stored import mapping, text
from reviews.alerts import delivery
from reviews.alerts.message import plain
from reviews.models import AlertDelivery, ReportDelivery
from reviews.reports import reports

MOST = 200


@dataclass(frozen=True)
class Undelivered:
    """A person's mails that were given up; `newest` is the last one, `more` counts the others."""

    membership: int
    person: User
    newest: str
    more: int
    at: datetime
    said: str


@dataclass(frozen=True)
class MailState:
    """How mails get through: the server while it takes none, with what waits for it, and what was
    given up."""

    server: MailServer | None
    waiting: int
    undelivered: Sequence[Undelivered]


def _alerts(assistant: Assistant) -> QuerySet[AlertDelivery]:
    return delivery.BOX.rows().filter(alert__assistant=assistant)


def _reports(assistant: Assistant) -> QuerySet[ReportDelivery]:
    return reports.BOX.rows().filter(report__assistant=assistant)


def mail_state(*, assistant: Assistant, at: datetime) -> MailState:
    """For the mails of one assistant."""
    server = resting_server(at)
    wait = 0
    if server is not None:
        wait = sum(waiting(rows).count() for rows in (_alerts(assistant), _reports(assistant)))
    return MailState(server, wait, _undelivered(assistant, at))


def _undelivered(assistant: Assistant, at: datetime) -> list[Undelivered]:
    since = at - AGAIN_FOR
    given_up: list[tuple[datetime, User, str, str]] = []
    for alert in _alerts(assistant).filter(given_up_at__gt=since).order_by("-pk")[:MOST]:
        if alert.given_up_at and alert.recipient:
            subject = plain(text(mapping(alert.alert.content).get("subject"), "An alert"))
            given_up.append((alert.given_up_at, alert.recipient, subject, alert.last_error))
    for mail in _reports(assistant).filter(given_up_at__gt=since).order_by("-pk")[:MOST]:
        if mail.given_up_at:
            name = f"{mail.report.get_kind_display()}, week of {mail.report.week:%-d %b}"
            given_up.append((mail.given_up_at, mail.recipient, name, mail.last_error))
    given_up.sort(key=lambda one: one[0], reverse=True)
    members = _members(assistant)
    found: dict[int, Undelivered] = {}
    for moment, person, what, said in given_up:
        if person.pk in found:
            known = found[person.pk]
            found[person.pk] = Undelivered(
                known.membership, person, known.newest, known.more + 1, known.at, known.said
            )
        elif person.pk in members:
            found[person.pk] = Undelivered(members[person.pk], person, what, 0, moment, said)
    return list(found.values())


def _members(assistant: Assistant) -> dict[int, int]:
    rows = Membership.objects.current().filter(team=assistant.team_id)
    return dict(rows.values_list("user", "pk"))


def send_again(*, assistant: Assistant, person: User, at: datetime) -> int:
    """Let what was given up for this person go out after all, also to an address that was refused;
    returns how many mails."""
    RefusedAddress.objects.filter(address=person.email).update(again_at=at)
    found = (_alerts(assistant), _reports(assistant))
    return sum(try_again(rows.filter(recipient=person), at=at) for rows in found)
