"""Post each alert to the team's webhooks, once; receivers do not wait for each other.

A receiver gets its posts one after the other, under a lock of ours, and several receivers get
theirs at once. One that is silent is left alone for a while, longer each time, so it costs a lane
TIMEOUT seconds now and then and the others nothing.
"""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Min, Q, QuerySet

from portal.accounts.outbox import note, waiting
from portal.locks import locked
from portal.refused import Refused
from portal.ticks.reasons import reason_of
from reviews.alerts import webhooks
from reviews.alerts.message import to_send
from reviews.alerts.outgoing import NotDelivered
from reviews.alerts.post_rule import NEVER_SENT, Failure, after, wait_asked
from reviews.models import AlertDelivery, Webhook

LANES = 8
LANES_FOR_SILENT = 4  # receivers that did not answer last time leave room for the others
ROUND_SECONDS = 60.0  # then the next tick goes on


def post_key(delivery: AlertDelivery) -> str:
    """Names one post for ever; it is its webhook-id."""
    return f"msg_{delivery.alert_id}_{delivery.pk}"


def deliver_one(*, at: datetime) -> bool | None:
    """Post the next one that is due: True sent, False put off, given up or no longer wanted, None
    nothing due."""
    for number in _receivers(at)[:LANES]:
        with locked("webhook", number) as is_mine:
            delivery = _next(number, at) if is_mine else None
            if delivery is not None:
                return _finish(delivery, _post(delivery, at), at)
    return None


@dataclass
class _Round:
    """Posts in the air, each with the lock of its receiver."""

    at: datetime
    pool: ThreadPoolExecutor
    air: dict[Future[Failure | None], tuple[AlertDelivery, ExitStack]] = field(default_factory=dict)
    busy: set[int] = field(default_factory=set)  # receivers in the air, or with somebody else
    sent: int = 0

    def start(self) -> None:
        """Fill the lanes."""
        for number in _receivers(self.at):
            if len(self.air) >= LANES:
                return
            if number not in self.busy:
                self._start(number)

    def _start(self, number: int) -> None:
        self.busy.add(number)  # when it is somebody else's, for all of this round
        with ExitStack() as stack:
            if not stack.enter_context(locked("webhook", number)):
                return
            delivery = _next(number, self.at)
            if delivery is None:
                return
            if self._is_silent(delivery) and self._silent_in_the_air() >= LANES_FOR_SILENT:
                self.busy.discard(number)
                return
            future = self.pool.submit(_post, delivery, self.at)
            self.air[future] = (delivery, stack.pop_all())

    def _is_silent(self, delivery: AlertDelivery) -> bool:
        return delivery.webhook is not None and delivery.webhook.failures > 0

    def _silent_in_the_air(self) -> int:
        return sum(self._is_silent(delivery) for delivery, _ in self.air.values())

    def land(self) -> None:
        """Note down the first that have ended."""
        done, _ = wait(self.air, return_when=FIRST_COMPLETED)
        for future in done:
            delivery, stack = self.air.pop(future)
            with stack:
                self.sent += _finish(delivery, future.result(), self.at)
            self.busy.discard(delivery.webhook_id or 0)


def deliver_due(*, at: datetime) -> int:
    """Post what is due, for ROUND_SECONDS at most; returns how many were taken."""
    until = time.monotonic() + ROUND_SECONDS
    with ThreadPoolExecutor(LANES) as pool:
        turn = _Round(at, pool)
        turn.start()
        while turn.air:
            turn.land()
            if time.monotonic() < until:
                turn.start()
    return turn.sent


def _due(at: datetime) -> QuerySet[AlertDelivery]:
    posts = waiting(AlertDelivery.objects.filter(webhook__isnull=False, due_at__lte=at))
    return posts.filter(
        Q(webhook__resting_until__isnull=True)
        | Q(webhook__resting_until__lte=at)
        | Q(webhook__stopped_at__isnull=False)
    )


def _receivers(at: datetime) -> list[int]:
    """The receivers for which something is due; those that answered last time come first."""
    found = (
        _due(at)
        .values("webhook")
        .annotate(first=Min("due_at"))
        .order_by("webhook__failures", "first", "webhook")
    )
    return list(found.values_list("webhook", flat=True))


def _next(number: int, at: datetime) -> AlertDelivery | None:
    """The oldest post that is due to a receiver; what waits for one that was stopped is dropped."""
    rows = _due(at).filter(webhook=number)
    rows.filter(webhook__stopped_at__isnull=False).delete()
    return rows.select_related("alert__assistant__team", "webhook").order_by("due_at", "pk").first()


def _post(delivery: AlertDelivery, at: datetime) -> Failure | None:
    """Post it, in any thread; returns what went wrong. Touches no table."""
    alert, webhook = delivery.alert, delivery.webhook
    assert webhook is not None  # noqa: S101 - they were asked for
    try:
        message = to_send(alert)
        webhooks.post(webhook, message=message, key=alert.key, id=post_key(delivery), at=at)
    except NotDelivered as error:
        return Failure(str(error), error.status, wait_asked(error.retry_after, at))
    except Refused as error:
        return Failure(str(error))
    except Exception as error:  # noqa: BLE001 - a content nobody can read is its own trouble only
        return Failure(f"This post cannot be made: {reason_of(error)}", status=NEVER_SENT)
    return None


def _finish(delivery: AlertDelivery, failure: Failure | None, at: datetime) -> bool:
    """Note down what became of it."""
    webhook = delivery.webhook
    assert webhook is not None  # noqa: S101 - they were asked for
    delivery.attempts += 1
    if failure is None:
        delivery.sent_at, delivery.last_error = at, ""
        note(delivery)
        _receiver_answers(webhook)
        return True
    silences = webhook.failures + 1 if failure.status is None else 0
    then = after(
        failure,
        attempts=delivery.attempts,
        silences=silences,
        born=delivery.alert.at,
        at=at,
    )
    delivery.last_error = failure.words[:300]
    delivery.due_at = then.due_at or delivery.due_at
    delivery.given_up_at = None if then.due_at else at
    note(delivery)
    Webhook.objects.filter(pk=webhook.pk).update(
        failures=silences, resting_until=then.resting_until
    )
    if then.is_gone:
        _gone(webhook, at)
    return False


def _receiver_answers(webhook: Webhook) -> None:
    if webhook.failures or webhook.resting_until:
        Webhook.objects.filter(pk=webhook.pk).update(failures=0, resting_until=None)


def _gone(webhook: Webhook, at: datetime) -> None:
    """410: what waits for it is given up too, and the leads hear of it (reviews.alerts.writing)."""
    webhooks.stop_gone(webhook=webhook, at=at)
    waiting(AlertDelivery.objects.filter(webhook=webhook)).update(
        given_up_at=at, last_error="Not tried: the address is gone."
    )
