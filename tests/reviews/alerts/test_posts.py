"""Posts to webhooks: receivers do not wait for each other, and are listened to."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest

from portal.mail.rule import BACK_OFF
from portal.refused import Refused
from reviews.alerts import outgoing
from reviews.alerts.post_rule import LONGEST_WAIT, Failure, after, wait_asked
from reviews.alerts.posts import deliver_due
from reviews.alerts.webhooks import gone_webhooks, resume_webhook
from reviews.alerts.writing import write_due
from reviews.models import Alert, AlertDelivery, Webhook
from reviews.watch.incidents import open_by_hand
from tests.reviews.alarms import receiver
from tests.threads import at_once
from tests.world import World

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
Answer = Callable[[socket.socket], None]


@pytest.fixture(autouse=True)
def _loopback(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WEBHOOKS_MAY_REACH_LOOPBACK = True
    monkeypatch.setattr(outgoing, "TIMEOUT", 0.3)


@dataclass
class Raw:
    """A receiver on the level of sockets: what it does with a post once it is there."""

    url: str = ""
    calls: int = 0


@contextmanager
def raw(answer: Answer) -> Iterator[Raw]:
    kept = Raw()
    server = socket.create_server(("127.0.0.1", 0))
    kept.url = f"http://127.0.0.1:{server.getsockname()[1]}/hook"

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            answer(connection)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                kept.calls += 1
                Thread(target=serve, args=(connection,), daemon=True).start()

    thread = Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


def says(text: str) -> Answer:
    return lambda connection: connection.sendall(text.encode())


def hang(connection: socket.socket) -> None:
    time.sleep(1.5)


def drip(connection: socket.socket) -> None:
    for letter in "HTTP/1.1 200 OK" + " " * 200:
        connection.sendall(letter.encode())
        time.sleep(0.03)


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 503 Busy\r\n")
    while True:
        connection.sendall(b"X-More: " + b"x" * 10_000 + b"\r\n")


def hook(world: World, url: str) -> Webhook:
    return Webhook.objects.create(assistant=world.assistant, url=url, created_at=world.now)


def written(world: World, alerts: int = 1) -> None:
    """So many alerts, written now, for the webhooks alone."""
    for number in range(alerts):
        open_by_hand(
            assistant=world.assistant, title=f"Drop {number}", kind=None,
            started=world.now.date(), by=world.rosa, at=world.now,
        )  # fmt: skip
    write_due(at=world.now)
    AlertDelivery.objects.filter(webhook__isnull=True).delete()


def of(webhook: Webhook) -> AlertDelivery:
    return AlertDelivery.objects.get(webhook=webhook)


@pytest.mark.parametrize("answer", [hang, drip], ids=["hangs", "drips"])
def test_ten_alerts_to_a_silent_receiver_cost_the_others_nothing(
    world: World, answer: Answer
) -> None:
    with raw(answer) as silent, receiver() as kept:
        sick, _ = hook(world, silent.url), hook(world, kept.url)
        written(world, alerts=10)
        begun = time.monotonic()
        assert deliver_due(at=world.now) == 10
        assert time.monotonic() - begun < 2
        assert silent.calls == 1, "the first time-out is enough"
        assert deliver_due(at=world.now + 50 * SECOND) == 0
        assert silent.calls == 1
        deliver_due(at=world.now + MINUTE)
        assert silent.calls == 2
    assert len(kept.got) == 10
    sick.refresh_from_db()
    assert (sick.failures, sick.resting_until) == (2, world.now + 3 * MINUTE)
    tried = AlertDelivery.objects.filter(webhook=sick, attempts__gt=0)
    assert {one.last_error for one in tried} == {"No answer within 0 seconds."}


def test_many_silent_receivers_leave_room_for_the_others(world: World) -> None:
    with raw(hang) as silent, receiver() as kept:
        for number in range(8):
            hook(world, f"{silent.url}/{number}")
        Webhook.objects.update(failures=1)
        hook(world, kept.url)
        written(world)
        begun = time.monotonic()
        assert deliver_due(at=world.now) == 1
        assert time.monotonic() - begun < 4 * 0.3 + 1
    assert silent.calls == 8


def test_a_receiver_that_is_well_again_gets_what_waited_in_order(world: World) -> None:
    with raw(hang) as silent:
        webhook = hook(world, silent.url)
        written(world, alerts=3)
        deliver_due(at=world.now)
    with receiver() as kept:
        Webhook.objects.filter(pk=webhook.pk).update(url=kept.url)
        assert deliver_due(at=world.now + 2 * MINUTE) == 3
    webhook.refresh_from_db()
    assert (webhook.failures, webhook.resting_until) == (0, None)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(says("HTTP/1.1 500 Oh\r\n\r\n"), "It answered 500.", id="500"),
        pytest.param(says("HTTP/1.1 404 No\r\n\r\n"), "It answered 404.", id="404"),
        pytest.param(
            says("HTTP/1.1 302 There\r\nLocation: http://10.0.0.1/\r\n\r\n"), "302", id="redirect"
        ),
        pytest.param(endless, "It answered 503.", id="headers without an end"),
        pytest.param(says("HTTP/1.1 503 Busy\r\nRetry-After"), "503", id="half a header"),
        pytest.param(says("HTTP/1.1 99999 x\r\n\r\n"), "not HTTP", id="no status"),
        pytest.param(lambda one: one.shutdown(socket.SHUT_RDWR), "not HTTP", id="hangs up"),
    ],
)
def test_what_is_not_taken_is_tried_again_and_given_up_in_the_end(
    world: World, answer: Answer, words: str
) -> None:
    with raw(answer) as kept:
        webhook = hook(world, kept.url)
        written(world)
        at = world.now
        for wait in BACK_OFF:
            deliver_due(at=at)
            one = of(webhook)
            assert words in one.last_error
            assert at + wait <= one.due_at <= at + wait + 4 * MINUTE
            at = one.due_at
        deliver_due(at=at)
        assert of(webhook).given_up_at == at
        deliver_due(at=at + DAY)
    assert kept.calls == len(BACK_OFF) + 1


def test_a_large_answer_is_not_read(world: World) -> None:
    def large(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            connection.sendall(b"x" * 100_000)

    with raw(large) as kept:
        hook(world, kept.url)
        written(world)
        assert deliver_due(at=world.now) == 1


def test_a_handshake_that_never_comes_ends_in_time(world: World) -> None:
    with raw(hang) as kept:
        webhook = hook(world, kept.url.replace("http:", "https:"))
        written(world)
        begun = time.monotonic()
        deliver_due(at=world.now)
        assert time.monotonic() - begun < 1.2
    assert of(webhook).last_error == "No answer within 0 seconds."


def test_nobody_listens(world: World) -> None:
    with raw(hang) as kept:
        pass
    webhook = hook(world, kept.url)
    written(world)
    deliver_due(at=world.now)
    assert of(webhook).last_error == "The connection failed: ConnectionRefusedError."
    webhook.refresh_from_db()
    assert webhook.failures == 1


@pytest.mark.parametrize("status", [429, 503])
def test_it_is_waited_as_asked(world: World, status: int) -> None:
    text = f"HTTP/1.1 {status} Later\r\nContent-Type: text/plain\r\nretry-after: 900\r\n\r\n"
    with raw(says(text)) as kept:
        webhook = hook(world, kept.url)
        written(world, alerts=2)
        deliver_due(at=world.now)
        assert kept.calls == 1, "the other alert waits too"
        deliver_due(at=world.now + 899 * SECOND)
        assert kept.calls == 1
        deliver_due(at=world.now + 900 * SECOND)
        assert kept.calls == 2
    first = AlertDelivery.objects.filter(webhook=webhook).order_by("pk")[0]
    assert first.last_error == f"It answered {status}."


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("120", 120 * SECOND),
        (" 7 ", 7 * SECOND),
        ("86401", LONGEST_WAIT),
        ("9" * 5000, LONGEST_WAIT),
        ("Mon, 23 Nov 2026 07:05:00 GMT", 5 * MINUTE),
        ("Mon, 23 Nov 2026 09:05:00 +0200", 5 * MINUTE),
        ("Mon, 23 Nov 2026 07:05:00", 5 * MINUTE),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT),
        ("Mon, 23 Nov 2026 06:00:00 GMT", None),
        ("Mon, 01 Jan 0001 00:00:00 +1400", None),
        *(
            (one, None)
            for one in ("", "0", "-1", "1.5", "1e9", "soon", "٣", "²", "nan", "\x00", "1,2")
        ),
    ],
)
def test_how_long_is_asked(asked: str, wait: timedelta | None) -> None:
    assert wait_asked(asked, NOW) == wait


def test_whoever_asks_for_a_second_for_ever_is_given_up() -> None:
    at, tries = NOW, 0
    while True:
        tries += 1
        then = after(Failure("", 429, SECOND), attempts=tries, silences=0, born=NOW, at=at)
        if then.due_at is None:
            break
        at = then.due_at
    assert tries == len(BACK_OFF) + 1
    assert at - NOW < 3 * DAY


def test_whoever_asks_for_a_day_each_time_is_given_up_after_two() -> None:
    wait = wait_asked("99999999", NOW)
    assert (
        after(Failure("", 503, wait), attempts=1, silences=0, born=NOW, at=NOW).due_at == NOW + DAY
    )
    late = NOW + 2 * DAY
    assert after(Failure("", 503, wait), attempts=3, silences=0, born=NOW, at=late).due_at is None


def test_gone_stops_the_webhook_and_the_leads_hear_of_it(world: World) -> None:
    with receiver(status=410) as gone, receiver() as kept:
        webhook = hook(world, gone.url)
        hook(world, kept.url)
        written(world, alerts=8)
        deliver_due(at=world.now)
        assert len(gone.got) == 1
        webhook.refresh_from_db()
        assert (webhook.stopped_at, webhook.is_gone) == (world.now, True)
        states = AlertDelivery.objects.filter(webhook=webhook)
        assert {one.given_up_at for one in states} == {world.now}
        assert write_due(at=world.now + MINUTE) == 1
        assert write_due(at=world.now + MINUTE) == 0
        told = Alert.objects.get(kind=Alert.Kind.WEBHOOK)
        people = AlertDelivery.objects.filter(alert=told, webhook__isnull=True)
        assert {one.recipient for one in people} == {world.lena, world.ada}
        assert "hook" not in str(told.content["facts"])
        deliver_due(at=world.now + DAY)
        assert len(gone.got) == 1

        assert gone_webhooks(world.assistant) == [webhook]
        resume_webhook(webhook=webhook, by=world.lena, at=world.now)
        gone.status = 200
        written(world)
        deliver_due(at=world.now)
        assert len(gone.got) == 2
    assert gone_webhooks(world.assistant) == []


def test_gone_and_added_anew_is_not_started_twice(world: World) -> None:
    webhook = hook(world, "https://hooks.invalid/a")
    Webhook.objects.update(stopped_at=world.now, is_gone=True)
    hook(world, webhook.url)
    with pytest.raises(Refused, match="told already"):
        resume_webhook(webhook=webhook, by=world.lena, at=world.now)


def test_a_content_that_nobody_can_read_holds_up_no_other(world: World) -> None:
    with receiver() as kept:
        webhook = hook(world, kept.url)
        written(world, alerts=3)
        first = Alert.objects.earliest("pk")
        Alert.objects.filter(pk=first.pk).update(content={"type": 7})
        assert deliver_due(at=world.now) == 2
    assert len(kept.got) == 2
    failed = AlertDelivery.objects.get(alert=first, webhook=webhook)
    assert failed.last_error.startswith("This post cannot be made: ")
    webhook.refresh_from_db()
    assert webhook.failures == 0


@pytest.mark.django_db(transaction=True)
def test_four_rounds_at_once_post_each_once() -> None:
    world = World()
    with receiver() as one, receiver() as other:
        hook(world, one.url)
        hook(world, other.url)
        written(world, alerts=5)
        assert sum(at_once(4, lambda _: deliver_due(at=world.now))) == 10
    for kept in (one, other):
        ids = [headers["webhook-id"] for _, headers, _ in kept.got]
        assert len(ids) == len(set(ids)) == 5
