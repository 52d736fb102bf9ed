"""Send what waits in an outbox: mails of any sort, one after the other, by the one rule.

A box is a table of deliveries and a way to compose the mail of a row. A row is held by a lock of
our database session while the mail goes out, with no transaction open, and marked afterwards. A
crash between the server's yes and the mark sends it again with the same Message-ID: never none,
and a mail program shows the two as one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import F, QuerySet

from portal.accounts.models import Delivery, MailServer, RefusedAddress
from portal.locks import locked
from portal.mail import rendering
from portal.mail.rule import ASK_AGAIN, Kind, Outcome, next_try, outcome_of, rest_after
from portal.ticks.reasons import is_outage, reason_of

ROUND_SECONDS = 60.0  # then the next tick goes on
MOST_HELD = 50  # rows that others may be sending at this moment
AGAIN_FOR = timedelta(days=14)  # what was given up before that is nobody's news any more
KEEP_TRYING = (0.2, 1.0, 3.0, 5.0, 10.0)  # seconds, to note down what was sent

Row = TypeVar("Row", bound=Delivery)


@dataclass(frozen=True)
class Letter:
    """A mail that is ready. `key` names it for ever; `is_wanted_now`: somebody sits and waits for
    it, so it is tried also where the last one was refused."""

    mail: rendering.Rendered
    to: str
    key: str
    stop_url: str = ""
    is_wanted_now: bool = False


@dataclass(frozen=True)
class Box(Generic[Row]):
    """An outbox. `rows` brings what `compose` needs; `compose` makes the letter, or says when it is
    wanted, or None when it is not wanted any more; `born` is when the row was written."""

    rows: Callable[[], QuerySet[Row]]
    compose: Callable[[Row, datetime], Letter | datetime | None]
    born: Callable[[Row], datetime]


def waiting(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Those that are to be sent."""
    return rows.filter(sent_at__isnull=True, given_up_at__isnull=True)


def server_name() -> str:
    """The mail server of the settings."""
    return f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"


def resting_server(at: datetime) -> MailServer | None:
    """The mail server, while it is left alone."""
    return MailServer.objects.filter(name=server_name(), resting_until__gt=at).first()


def deliver_due(box: Box[Row], *, at: datetime, most: int = 500, until: float | None = None) -> int:
    """Send what is due; returns how many were sent. `until` is on the monotonic clock."""
    sent, until = 0, until or time.monotonic() + ROUND_SECONDS
    for _ in range(most):
        outcome = deliver_one(box, at=at)
        if outcome is None:
            break
        sent += outcome
        if time.monotonic() > until:
            break
    return sent


def deliver_one(
    box: Box[Row], *, at: datetime, only: int | None = None, seconds: float | None = None
) -> bool | None:
    """Send the next due mail, or the row `only`, with a deadline of `seconds`: True sent, False put
    off, given up or no longer wanted, None nothing is due or the mail server is left alone."""
    if resting_server(at) is not None:
        return None
    with _next(box, at, only) as row:
        if row is None:
            return None
        try:
            letter = box.compose(row, at)
        except SoftTimeLimitExceeded:
            raise
        except Exception as error:  # what is wrong with one row is its own trouble
            if is_outage(error):
                raise
            broken = Outcome(Kind.LATER, f"This mail cannot be made: {reason_of(error)}")
            return _failed(box, row, broken, at)
        if isinstance(letter, Letter):
            return _send(box, row, letter, at, seconds)
        if letter is None:
            row.delete()
        else:
            row.due_at = letter
            row.save(update_fields=["due_at"])
        return False


@contextmanager
def _next(box: Box[Row], at: datetime, only: int | None) -> Iterator[Row | None]:
    """The first due row that nobody else is sending, held until we are done with it."""
    due = waiting(box.rows()).filter(due_at__lte=at)
    due = due if only is None else due.filter(pk=only)
    table = due.model._meta.db_table
    # What was perhaps taken already comes last: others try first whether the server is well again.
    ordered = due.order_by(F("unsure_at").asc(nulls_first=True), "due_at", "pk")
    for number in ordered.values_list("pk", flat=True)[:MOST_HELD]:
        with locked(table, number) as is_mine:
            row = due.filter(pk=number).first() if is_mine else None
            if row is not None:
                yield row
                return
    yield None


def _send(box: Box[Row], row: Row, letter: Letter, at: datetime, seconds: float | None) -> bool:
    refused = RefusedAddress.objects.filter(address=letter.to).first()
    is_known = refused is not None and refused.tried_at > at - ASK_AGAIN
    if refused is not None and is_known and not letter.is_wanted_now:
        row.given_up_at, row.last_error = at, f"Not tried. {refused.said}"[:300]
        note(row)
        return False
    begun = time.monotonic()
    try:
        rendering.send(
            mail=letter.mail,
            to=letter.to,
            key=letter.key,
            at=at,
            stop_url=letter.stop_url,
            seconds=seconds,
        )
    except (OSError, ValueError) as error:  # smtplib's are OSErrors; ValueError: not an address
        outcome = _explained(error)
        # A rest is counted from the moment at which the server had had its time.
        now = at + timedelta(seconds=round(time.monotonic() - begun))
        if outcome.kind is Kind.NOBODY:
            _refuse(letter.to, outcome.words, now)
        return _failed(box, row, outcome, now)
    row.attempts += 1
    row.sent_at, row.last_error = at, ""
    note(row)
    if refused is not None:
        refused.delete()
    MailServer.objects.filter(name=server_name()).delete()
    return True


def _explained(error: Exception) -> Outcome:
    if isinstance(error, OSError):
        return outcome_of(error)
    return Outcome(Kind.LATER, f"This mail cannot be sent ({type(error).__name__}).")


def _failed(box: Box[Row], row: Row, outcome: Outcome, at: datetime) -> bool:
    rest = timedelta(0)
    if outcome.kind in (Kind.SERVER, Kind.UNSURE):
        rest = _rest(outcome.words, at)
    if outcome.kind is not Kind.SERVER:
        row.attempts += 1
    due = next_try(
        outcome,
        attempts=row.attempts,
        was_unsure=row.unsure_at is not None,
        born=box.born(row),
        at=at,
        rest=rest,
    )
    if outcome.kind is Kind.UNSURE:
        row.unsure_at = row.unsure_at or at
    row.last_error = outcome.words[:300]
    row.due_at, row.given_up_at = due or row.due_at, None if due else at
    note(row)
    return False


def note(row: Delivery) -> None:
    """Mark a row, also when the database goes away for a moment: what was sent and not marked goes
    out twice."""
    for wait in KEEP_TRYING:
        try:
            row.save()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block:
                raise
            connection.close()
            time.sleep(wait)
        else:
            return
    row.save()


def _rest(words: str, at: datetime) -> timedelta:
    """Leave the server alone for a while; longer each time in a row."""
    first = {"since": at, "resting_until": at, "said": words[:300]}
    server, _ = MailServer.objects.get_or_create(name=server_name(), defaults=first)
    MailServer.objects.filter(pk=server.pk).update(failures=F("failures") + 1, said=words[:300])
    server.refresh_from_db()
    rest = rest_after(server.failures)
    MailServer.objects.filter(pk=server.pk).update(resting_until=at + rest)
    return rest


def _refuse(address: str, words: str, at: datetime) -> None:
    told = {"tried_at": at, "said": words[:300], "again_at": None}
    RefusedAddress.objects.update_or_create(
        address=address, defaults=told, create_defaults={**told, "since": at}
    )


def try_again(rows: QuerySet[Row], *, at: datetime) -> int:
    """Let what was given up lately go out after all; returns how many."""
    recent = rows.filter(sent_at__isnull=True, given_up_at__gt=at - AGAIN_FOR).values("pk")
    changed = {"given_up_at": None, "unsure_at": None, "attempts": 0, "due_at": at}
    return rows.model._default_manager.filter(pk__in=recent).update(**changed)


def asked_again() -> list[RefusedAddress]:
    """The addresses that somebody asked to try again."""
    return list(RefusedAddress.objects.filter(again_at__isnull=False).order_by("pk"))
