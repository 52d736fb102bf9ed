"""While a mail server hangs, everything else goes on: real workers, each with its own queue."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from kombu import Connection

from ingestion.intake import store
from ingestion.models import IntakeBatch
from ingestion.wire import ConversationIn, Message
from portal.accounts.models import MailServer, Role
from portal.celery import app
from portal.ticks.models import TaskRun
from reviews.measure.rollups import make_rollups
from reviews.models import ReportDelivery
from reviews.reports.reports import write_report
from tests.portal.mail.post_office import hang, office
from tests.world import World

STARTS_WITHIN = 60.0
COUNTED_WITHIN = 10.0  # a mail holds its own process for fifteen
BROKER = urlsplit(settings.REDIS_URL)._replace(path="/11").geturl()  # nobody else's messages


@contextmanager
def worker(queue: str, port: int) -> Iterator[None]:
    """A Celery worker of one queue, on the test's database."""
    to = connection.settings_dict
    login = f"{quote(to['USER'])}:{quote(to['PASSWORD'])}@{to['HOST']}:{to['PORT']}"
    told = {
        **os.environ,
        "DEBUG": "True",
        "DATABASE_URL": f"postgres://{login}/{quote(to['NAME'])}",
        "REDIS_URL": BROKER,
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
    }
    pool = ("--pool", "threads") if queue == "outside" else ("--pool", "solo")
    process = subprocess.Popen(
        [
            sys.executable, "-m", "celery", "--app", "portal.celery:app", "worker",
            "--queues", queue, "--hostname", f"{queue}@here", "--concurrency", "2", *pool,
            "--without-gossip", "--without-mingle", "--without-heartbeat",
        ],
        cwd=settings.BASE_DIR, env=told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        process.kill()
        process.wait(timeout=10)


def await_(is_so: Callable[[], object], within: float) -> None:
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < within, "it never came"
        time.sleep(0.05)


def ask(task: str) -> None:
    with Connection(BROKER) as broker:
        app.send_task(task, connection=broker, ignore_result=True, retry=False)


def test_each_task_goes_into_one_queue() -> None:
    with Connection(BROKER) as broker:
        queues = [one(broker.default_channel) for one in app.amqp.queues.values()]
        for one in queues:
            one.declare()
            one.purge()
        ask("ingestion.tasks.digest_intake")
        ask("reviews.tasks.deliver_mails")
        ask("reviews.tasks.deliver_posts")
        assert {one.name: one.purge() for one in queues} == {"plumbline": 1, "outside": 2}


@pytest.mark.django_db(transaction=True)
def test_a_conversation_is_counted_within_seconds_while_eighty_mails_wait() -> None:
    world = World()
    for number in range(38):  # Lena and Ada get them too
        world.person(f"L{number} Lead", Role.LEAD)
    world.grade()
    make_rollups()
    week = (timezone.now() - timedelta(days=14)).date()
    week -= timedelta(days=week.weekday())
    for kind in ("quality", "ownership"):
        write_report(assistant=world.assistant, kind=kind, week=week, at=timezone.now())
    assert ReportDelivery.objects.count() == 80
    waiting = IntakeBatch.objects.filter(counted_at__isnull=True)
    message = [Message(role="user", content="Now?"), Message(role="assistant", content="Yes.")]
    with (
        office(EHLO=hang, HELO=hang) as kept,
        worker("plumbline", kept.port),
        worker("outside", kept.port),
    ):
        ask("ingestion.tasks.digest_intake")
        await_(TaskRun.objects.filter(succeeded_at__isnull=False).exists, STARTS_WITHIN)
        for _ in range(4):
            ask("reviews.tasks.deliver_mails")
        await_(lambda: kept.calls, STARTS_WITHIN)
        store(
            assistant=world.assistant,
            rows=[(0, ConversationIn(id="new", messages=message))],
            rejected=[],
            at=timezone.now(),
        )
        assert waiting.exists()
        ask("ingestion.tasks.digest_intake")
        await_(lambda: not waiting.exists(), COUNTED_WITHIN)
        assert not MailServer.objects.exists(), "it hangs on its first mail still"
        assert kept.calls == 1, "one round at a time"
    assert not ReportDelivery.objects.filter(sent_at__isnull=False).exists()
