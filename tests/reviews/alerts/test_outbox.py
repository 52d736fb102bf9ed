"""All mails wait in outboxes with one rule: whom a failure is about, and when to try again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts import account_mail
from portal.accounts.models import AccountMail, MailServer, RefusedAddress
from portal.accounts.outbox import server_name
from portal.mail.rule import BACK_OFF
from reviews.alerts.writing import write_due as write_alerts
from reviews.measure.rollups import make_rollups
from reviews.models import AlertDelivery, Report, ReportDelivery
from reviews.outbox import deliver_mails
from reviews.reports.reports import write_due
from tests.portal.mail.post_office import hang, office, reset
from tests.reviews.alarms import alarm
from tests.world import World

DUE = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # Monday 07:00 in London
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def due(world: World, settings: Any) -> World:
    """Two reports, to Lena and Ada each, and a mail server yet to be named."""
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "portal.mail.smtp.Backend", "127.0.0.1"
    settings.EMAIL_TIMEOUT = 1.0  # for a busy machine
    world.grade()
    make_rollups()
    write_due(at=DUE)
    return world


def to(person: Any) -> list[ReportDelivery]:
    return list(ReportDelivery.objects.filter(recipient=person).order_by("pk"))


def test_a_dead_mailbox_is_asked_once_and_harms_nobody(due: World, settings: Any) -> None:
    with office() as kept:
        settings.EMAIL_PORT = kept.port
        kept.by_address[due.ada.email or ""] = b"550 5.1.1 No such user\r\n"
        assert deliver_mails(at=DUE) == 2
        for week in range(4):
            write_due(at=DUE + week * 7 * DAY)
            deliver_mails(at=DUE + week * 7 * DAY + MINUTE)
        assert kept.asked.count(due.ada.email or "") == 1
    assert all(one.sent_at for one in to(due.lena))
    first, second = to(due.ada)[:2]
    assert "no such mailbox (550 5.1.1)" in first.last_error
    assert first.given_up_at == second.given_up_at == DUE
    assert second.last_error.startswith("Not tried. ")
    mark = RefusedAddress.objects.get()
    assert (mark.address, mark.since, mark.tried_at) == (due.ada.email, DUE, DUE)


def test_after_a_month_one_mail_asks_whether_the_mailbox_is_there_again(
    due: World, settings: Any
) -> None:
    with office() as kept:
        settings.EMAIL_PORT = kept.port
        kept.by_address[due.ada.email or ""] = b"550 No\r\n"
        deliver_mails(at=DUE)
        ReportDelivery.objects.filter(recipient=due.ada).update(given_up_at=None)
        deliver_mails(at=DUE + 31 * DAY)
        assert kept.asked.count(due.ada.email or "") == 2
        assert RefusedAddress.objects.get().since == DUE
        kept.by_address.clear()
        ReportDelivery.objects.filter(recipient=due.ada).update(given_up_at=None)
        assert deliver_mails(at=DUE + 62 * DAY) == 2
    assert not RefusedAddress.objects.exists()


def test_what_an_admin_asks_to_try_again_goes_out(due: World, settings: Any) -> None:
    with office() as kept:
        settings.EMAIL_PORT = kept.port
        kept.by_address[due.ada.email or ""] = b"550 No\r\n"
        deliver_mails(at=DUE)
        kept.by_address.clear()
        RefusedAddress.objects.update(again_at=DUE + DAY)
        assert deliver_mails(at=DUE + DAY) == 2
    assert not RefusedAddress.objects.exists()
    assert len({message for _, message in kept.taken}) == len(kept.taken) == 4


def test_a_mail_that_is_not_taken_is_given_up_and_the_next_one_is_tried(
    due: World, settings: Any
) -> None:
    with office(dot=b"554 5.7.1 Spam\r\n") as kept:
        settings.EMAIL_PORT = kept.port
        assert deliver_mails(at=DUE) == 0
    assert len(kept.asked) == 4
    assert {one.given_up_at for one in ReportDelivery.objects.all()} == {DUE}
    assert not RefusedAddress.objects.exists()


@pytest.mark.parametrize("said", [b"451 Later\r\n", b"452 4.2.2 Full\r\n", b"421 4.7.0 Slow\r\n"])
def test_not_now_is_tried_for_two_days_and_the_others_get_theirs(
    due: World, settings: Any, said: bytes
) -> None:
    ReportDelivery.objects.exclude(report__kind="quality").delete()
    with office() as kept:
        settings.EMAIL_PORT = kept.port
        kept.by_address[due.ada.email or ""] = said
        assert deliver_mails(at=DUE) == 1
        at, (one,) = DUE, to(due.ada)
        for wait in BACK_OFF:
            one.refresh_from_db()
            assert (one.due_at, one.given_up_at) == (at + wait, None)
            at += wait
            deliver_mails(at=at)
        one.refresh_from_db()
        assert one.given_up_at == at
        assert timedelta(hours=40) < at - DUE < timedelta(hours=49)
        deliver_mails(at=at + DAY)
    assert kept.asked.count(due.ada.email or "") == len(BACK_OFF) + 1


def test_a_server_that_hangs_is_left_alone_and_asked_with_one_mail(
    due: World, settings: Any
) -> None:
    with office(EHLO=hang, HELO=hang) as kept:
        settings.EMAIL_PORT = kept.port
        assert deliver_mails(at=DUE) == 0
        assert kept.calls == 1, "the first time-out is enough"
        deliver_mails(at=DUE + timedelta(seconds=50))
        assert kept.calls == 1
        deliver_mails(at=DUE + 2 * MINUTE)
        assert kept.calls == 2
        server = MailServer.objects.get()
        assert server.failures == 2
        assert DUE < server.since < DUE + MINUTE, "when it had had its time"
        assert server.resting_until >= DUE + 4 * MINUTE
        kept.answers.clear()
        assert deliver_mails(at=DUE + 3 * MINUTE) == 0
        assert deliver_mails(at=DUE + 10 * MINUTE) == 4
    assert not MailServer.objects.exists()
    assert {one.attempts for one in ReportDelivery.objects.all()} == {1}, "it is nobody's fault"


def test_a_server_nobody_can_log_in_to_keeps_the_mails_for_a_week(
    due: World, settings: Any
) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "us", "wrong"
    with office(EHLO=b"250-here\r\n250 AUTH PLAIN\r\n", AUTH=b"535 Wrong\r\n") as kept:
        settings.EMAIL_PORT = kept.port
        for hour in range(0, 6 * 24, 6):
            deliver_mails(at=DUE + timedelta(hours=hour))
        assert not ReportDelivery.objects.filter(given_up_at__isnull=False).exists()
        for hour in range(7 * 24, 7 * 24 + 6):
            deliver_mails(at=DUE + timedelta(hours=hour))
    assert ReportDelivery.objects.filter(given_up_at__isnull=False).count() == 4
    assert "535" in MailServer.objects.get().said


@pytest.mark.parametrize("how", [hang, reset], ids=["hangs", "dies"])
def test_no_answer_to_a_mail_is_one_more_copy_at_most_under_the_same_id(
    due: World, settings: Any, how: Any
) -> None:
    settings.EMAIL_TIMEOUT = 0.4
    with office(dot=how) as kept:
        settings.EMAIL_PORT = kept.port
        for minute in range(0, 6 * 60, 5):
            deliver_mails(at=DUE + minute * MINUTE)
    ids = [message for _, message in kept.taken]
    assert len(set(ids)) == 4
    assert len(ids) == 8
    assert ids[:4] == list(dict.fromkeys(ids)), "others come first"
    for one in ReportDelivery.objects.all():
        assert one.given_up_at is not None
        assert one.last_error == "The mail server did not say whether it took the mail."


def test_a_report_that_nobody_can_read_holds_up_no_other(due: World, settings: Any) -> None:
    broken = Report.objects.get(kind="quality")
    newer = Report.objects.create(
        assistant=due.assistant, kind="quality", week=broken.week - 7 * DAY, as_of=DUE,
        formula=1, content={"graded": 1},
    )  # fmt: skip
    ReportDelivery.objects.create(report=newer, recipient=due.lena, due_at=DUE - DAY)
    with office() as kept:
        settings.EMAIL_PORT = kept.port
        assert deliver_mails(at=DUE) == 4
    failed = ReportDelivery.objects.get(report=newer)
    assert failed.last_error.startswith("This mail cannot be made: ")
    assert failed.due_at == DUE + MINUTE


def test_a_password_is_asked_for_while_the_mail_server_hangs(
    world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "portal.mail.smtp.Backend", "127.0.0.1"
    monkeypatch.setattr(account_mail, "AT_ONCE_SECONDS", 0.3)
    url = reverse("account_reset_password")
    with office(connect=hang) as kept:
        settings.EMAIL_PORT = kept.port
        for person in (world.rosa, world.lena):
            answer = Client().post(url, {"email": person.email})
            assert answer.status_code == 302
        assert kept.calls == 1, "the second one does not even try"
        kept.answers.clear()
        row = AccountMail.objects.get(recipient=world.rosa)
        assert deliver_mails(at=row.due_at + 5 * MINUTE) == 2
        assert sorted(address for address, _ in kept.taken) == sorted(
            [world.rosa.email or "", world.lena.email or ""]
        )


def test_a_link_that_was_asked_for_tries_a_mailbox_that_was_refused(world: World) -> None:
    RefusedAddress.objects.create(
        address=world.rosa.email or "", since=DUE, tried_at=DUE, said="No such mailbox (550)."
    )
    account_mail.ask_for_reset(person=world.rosa, at=DUE + MINUTE)
    assert AccountMail.objects.get().sent_at == DUE + MINUTE
    assert not RefusedAddress.objects.exists()


def test_a_link_that_nobody_waits_for_any_more_is_not_sent(world: World) -> None:
    MailServer.objects.create(
        name=server_name(), since=DUE, resting_until=DUE + MINUTE, said="The server hangs."
    )
    account_mail.ask_for_reset(person=world.rosa, at=DUE)
    account_mail.ask_for_reset(person=world.rosa, at=DUE)
    assert AccountMail.objects.count() == 1
    assert deliver_mails(at=DUE + 2 * timedelta(hours=1)) == 0
    assert not AccountMail.objects.exists()


def test_alerts_and_reports_share_the_rest_of_the_server(due: World, settings: Any) -> None:
    due.now = DUE
    alarm(due)
    write_alerts(at=DUE)
    assert AlertDelivery.objects.count() == 2
    with office(connect=hang) as kept:
        settings.EMAIL_PORT = kept.port
        deliver_mails(at=DUE)
        assert kept.calls == 1
        kept.answers.clear()
        assert deliver_mails(at=DUE + 5 * MINUTE) == 6
