"""Each delivery goes out once: at the same time, after failures, after a kill."""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.utils.html import strip_tags

from portal.accounts.models import Membership
from portal.mail.rule import BACK_OFF
from reviews.alerts.delivery import deliver_due, render_alert
from reviews.alerts.message import to_send
from reviews.alerts.people import Choice, choose, stop_alerts, stop_token
from reviews.alerts.writing import write_due
from reviews.models import Alert, AlertDelivery, Webhook
from reviews.watch import incidents
from tests.reviews.alarms import alarm, prompt, receiver
from tests.threads import at_once
from tests.world import World

HOUR = timedelta(hours=1)


@pytest.fixture
def written(world: World) -> World:
    """An incident, told to Lena and Ada."""
    alarm(world, release=prompt(world))
    write_due(at=world.now)
    return world


def test_each_mail_goes_out_once_with_its_key_and_a_way_to_stop(written: World) -> None:
    assert deliver_due(at=written.now) == 2
    assert deliver_due(at=written.now + HOUR) == 0
    keys = {one.extra_headers["X-Report-Key"] for one in mail.outbox}
    assert len(keys) == len({one.extra_headers["Message-ID"] for one in mail.outbox}) == 2
    headers = mail.outbox[0].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/stop-alerts/" in headers["List-Unsubscribe"]


def test_both_parts_hold_the_facts_and_nothing_that_mail_programs_drop(written: World) -> None:
    deliver_due(at=written.now)
    sent = mail.outbox[0]
    assert isinstance(sent, EmailMultiAlternatives)
    html, text = str(sent.alternatives[0][0]), str(sent.body)
    message = to_send(Alert.objects.get())
    for fact in message.facts:
        assert fact.value in strip_tags(html)
        assert fact.value in text
    assert len(html.encode()) < 30_000
    assert not any(one in html for one in ("<svg", "<img", "<script", "var("))
    for part in (html, text):
        assert "/stop-alerts/" in part
        assert f"/a/{written.assistant.pk}/alerts/" in part


def test_hostile_names_are_text_in_the_mail(world: World) -> None:
    hostile = "<script>alert(1)</script><b>Returns"
    world.assistant.name = "<i>Support"
    world.assistant.save()
    incidents.open_by_hand(
        assistant=world.assistant, title=hostile, kind=hostile, started=world.now.date(),
        by=world.lena, at=world.now,
    )  # fmt: skip
    write_due(at=world.now)
    message = to_send(Alert.objects.get())
    html = render_alert(
        message, assistant_id=world.assistant.pk, person=world.ada, team=world.team
    ).html
    assert "<script" not in html
    assert "<b>Returns" not in html
    assert "<i>Support" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.django_db(transaction=True)
def test_four_senders_at_once_send_each_once() -> None:
    world = World()
    alarm(world)
    write_due(at=world.now)
    assert sum(at_once(4, lambda _: deliver_due(at=world.now))) == 2
    assert len(mail.outbox) == 2


def test_a_mail_server_that_is_down_is_asked_again_and_given_up_after_two_days(
    written: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr(EmailBackend, "send_messages", down)
    at = written.now
    one = AlertDelivery.objects.order_by("pk")[0]
    for wait in BACK_OFF:
        assert deliver_due(at=at) == 0
        one.refresh_from_db()
        assert (one.due_at, one.given_up_at) == (at + wait, None)
        at += wait
    deliver_due(at=at)
    one.refresh_from_db()
    assert one.given_up_at == at
    assert "gone" in one.last_error
    assert timedelta(hours=40) < at - written.now < timedelta(hours=50)
    monkeypatch.undo()
    assert deliver_due(at=at + 100 * HOUR) == 0


def test_who_left_stopped_or_wants_quiet_meanwhile_is_not_sent_it_now(written: World) -> None:
    stop_alerts(token=stop_token(written.ada, written.team))
    quiet = Choice("any", True, True, written.now.time(), (written.now + HOUR).time())
    choose(member=Membership.objects.get(user=written.lena), choice=quiet)
    assert deliver_due(at=written.now) == 0
    left = AlertDelivery.objects.get()
    assert (left.recipient, left.due_at) == (written.lena, written.now + HOUR)
    Membership.objects.filter(user=written.lena).update(ended_at=written.now)
    assert deliver_due(at=written.now + HOUR) == 0
    assert not AlertDelivery.objects.exists()


WORKER = """
import django, sys
from datetime import datetime
django.setup()
from django.db import connection
from reviews.alerts import delivery
from reviews.models import AlertDelivery
connection.settings_dict["NAME"] = sys.argv[1]
from django.conf import settings
settings.WEBHOOKS_MAY_REACH_LOOPBACK = True
keep = AlertDelivery.save
def slowly(self, *args, **kwargs):
    print("posted", flush=True)  # sent, and not yet marked
    import time; time.sleep(60)
    keep(self, *args, **kwargs)
AlertDelivery.save = slowly
delivery.deliver_one(at=datetime.fromisoformat(sys.argv[2]))
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_after_posting_posts_the_same_id_again(settings: Any) -> None:
    settings.WEBHOOKS_MAY_REACH_LOOPBACK = True
    world = World()
    with receiver() as kept:
        Webhook.objects.create(assistant=world.assistant, url=kept.url, created_at=world.now)
        alarm(world)
        write_due(at=world.now)
        AlertDelivery.objects.exclude(recipient=None).delete()
        worker = subprocess.Popen(
            [
                sys.executable, "-c", WORKER, str(connection.settings_dict["NAME"]),
                world.now.isoformat(),
            ],
            cwd=Path(django_settings.BASE_DIR),
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings"},
            stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        assert worker.stdout is not None
        assert worker.stdout.readline() == "posted\n"
        assert deliver_due(at=world.now) == 0  # the row is held by the worker
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(timeout=10)
        worker.stdout.close()
        until = time.monotonic() + 20
        while deliver_due(at=world.now) == 0:
            assert time.monotonic() < until, "the row of the killed worker never came free"
            time.sleep(0.1)
        assert deliver_due(at=world.now) == 0
    ids = [headers["webhook-id"] for _, headers, _ in kept.got]
    assert len(ids) == 2
    assert len(set(ids)) == 1
