"""Weekly reports: due by the team's clock, written once, sent once to each person."""

from __future__ import annotations

import smtplib
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, transaction
from django.urls import reverse

from portal.accounts.models import Membership
from reviews.measure.rollups import make_rollups
from reviews.models import Report, ReportDelivery
from reviews.reports import reports
from reviews.reports.reports import (
    deliver_due,
    deliver_one,
    due_moment,
    due_weeks,
    stop_token,
    stop_weekly,
    write_due,
    write_report,
)
from tests.pages import page_of
from tests.threads import at_once
from tests.world import World

WEEK = date(2026, 11, 16)
DUE = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # Monday 07:00 in London
DAY = timedelta(days=1)


def graded(world: World) -> World:
    """One grade in the week of WEEK."""
    world.grade()
    make_rollups()
    return world


@pytest.mark.parametrize(
    ("zone", "week", "utc"),
    [
        ("Europe/London", date(2026, 3, 23), "2026-03-30T06:00"),  # clocks went forward on the 29th
        ("Europe/London", date(2026, 10, 19), "2026-10-26T07:00"),  # and back on the 25th
        ("America/New_York", date(2026, 3, 2), "2026-03-09T11:00"),
        ("Asia/Kolkata", date(2026, 11, 16), "2026-11-23T01:30"),
        ("Pacific/Kiritimati", date(2026, 11, 16), "2026-11-22T17:00"),
    ],
)
def test_due_at_seven_by_the_teams_clock(world: World, zone: str, week: date, utc: str) -> None:
    world.team.time_zone = zone
    moment = due_moment(world.team, week).astimezone(UTC)
    assert moment.strftime("%Y-%m-%dT%H:%M") == utc
    assert due_weeks(world.team, moment, week) == [week]
    assert due_weeks(world.team, moment - timedelta(seconds=1), week) == []


def test_nothing_before_it_is_due_and_then_one_of_each(world: World) -> None:
    graded(world)
    assert write_due(at=DUE - timedelta(minutes=1)) == 0
    assert write_due(at=DUE) == 2
    assert write_due(at=DUE + DAY) == 0
    people = {(d.report.kind, d.recipient_id) for d in ReportDelivery.objects.all()}
    assert people == {
        (kind, who.pk) for kind in Report.Kind.values for who in (world.lena, world.ada)
    }


def test_each_mail_goes_out_once_with_its_key(world: World) -> None:
    graded(world)
    write_due(at=DUE)
    assert deliver_due(at=DUE) == 4
    assert deliver_due(at=DUE) == 0
    keys = {one.extra_headers["X-Report-Key"] for one in mail.outbox}
    assert len(keys) == len(mail.outbox) == 4
    assert "List-Unsubscribe" in mail.outbox[0].extra_headers


@pytest.mark.django_db(transaction=True)
def test_two_writers_and_four_senders_at_once() -> None:
    world = graded(World())
    written = at_once(3, lambda _: write_due(at=DUE))
    assert sum(written) == Report.objects.count() == 2
    assert sum(at_once(4, lambda _: deliver_due(at=DUE))) == 4
    assert len({one.extra_headers["Message-ID"] for one in mail.outbox}) == len(mail.outbox) == 4
    assert world.lena


def test_a_sender_that_dies_after_sending_sends_the_same_message_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    graded(world)
    write_due(at=DUE)

    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(ReportDelivery, "save", killed)
        with pytest.raises(Killed), transaction.atomic():
            deliver_one(at=DUE)
    assert not ReportDelivery.objects.filter(sent_at__isnull=False).exists()
    assert deliver_due(at=DUE + timedelta(minutes=1)) == 4
    ids = [one.extra_headers["Message-ID"] for one in mail.outbox]
    assert (len(ids), len(set(ids))) == (5, 4)


def test_a_mail_server_that_is_down_is_asked_again_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    graded(world)
    write_due(at=DUE)

    def down(*_: object) -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", down)
        assert deliver_due(at=DUE) == 0
    one = ReportDelivery.objects.order_by("pk")[0]
    assert (one.attempts, one.due_at, one.sent_at) == (1, DUE + timedelta(minutes=1), None)
    assert "gone" in one.last_error
    assert deliver_due(at=DUE) == 0
    assert deliver_due(at=DUE + timedelta(minutes=1)) == 4


def test_three_weeks_down_are_caught_up(world: World) -> None:
    graded(world)
    assert write_due(at=DUE + 21 * DAY) == 8
    weeks = sorted(set(Report.objects.values_list("week", flat=True)))
    assert weeks == [WEEK + n * 7 * DAY for n in range(4)]
    assert write_due(at=DUE + 21 * DAY) == 0


def test_nothing_graded_is_one_short_mail_and_then_silence_until_grades_return(
    world: World,
) -> None:
    graded(world)
    for number in range(3):
        write_due(at=DUE + number * 7 * DAY)
    sent = ReportDelivery.objects.filter(report__kind="quality")
    weeks = sorted(set(sent.values_list("report__week", flat=True)))
    assert weeks == [WEEK, WEEK + 7 * DAY]
    deliver_due(at=DUE + 21 * DAY)
    short = [one for one in mail.outbox if one.subject == "Support: nothing was graded"]
    assert len(short) == 2
    assert "WHICH QUESTIONS" not in str(short[0].body)
    world.now = DUE + 15 * DAY
    world.grade()
    make_rollups()
    write_due(at=DUE + 21 * DAY)
    assert sent.filter(report__week=WEEK + 21 * DAY).exists()


def test_the_stop_link_works_without_signing_in_and_for_nobody_else(world: World) -> None:
    assert stop_weekly(token="no token", at=DUE) is None
    assert stop_weekly(token=stop_token(world.lena, world.other_team), at=DUE) is None
    stop_weekly(token=stop_token(world.lena, world.team), at=DUE)
    assert reports.recipients(world.assistant, "quality") == [world.ada]


def test_who_left_or_stopped_after_it_was_written_gets_nothing(world: World) -> None:
    graded(world)
    write_due(at=DUE)
    stop_weekly(token=stop_token(world.lena, world.team), at=DUE)
    Membership.objects.filter(user=world.ada).update(ended_at=DUE)
    assert deliver_due(at=DUE) == 0
    assert mail.outbox == []


def test_a_report_is_never_changed(world: World) -> None:
    report = write_report(assistant=world.assistant, kind="quality", week=WEEK, at=DUE)
    assert report is not None
    for change in (
        lambda: Report.objects.update(content={}),
        lambda: Report.objects.filter(pk=report.pk).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_page_and_mail_say_the_same(world: World, as_: object) -> None:
    for number in range(20):
        world.grade(standing="fails" if number % 5 == 0 else "meets")
    make_rollups()
    report = write_report(assistant=world.assistant, kind="quality", week=WEEK, at=DUE)
    assert report is not None
    rendered = reports.render_report(report, world.lena)
    content = reports.content_of(report)
    with time_machine.travel(DUE):
        page = as_(world.lena).get(  # type: ignore[operator]
            reverse("report", args=[world.assistant.pk, "quality", WEEK.isoformat()])
        )
    html = page_of(page)
    for figure in (content.now.words.split(",")[0], content.headline):  # type: ignore[union-attr]
        assert figure in rendered.html
        assert figure.lower() in rendered.text.lower()
        assert figure in html
