"""The page of alerts: own choices for everybody, webhooks and what was sent for leads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import AuditEntry, MailServer, Membership, RefusedAddress, User
from portal.accounts.outbox import server_name
from reviews.alerts.people import choice_of, stop_token
from reviews.alerts.webhooks import secret_of
from reviews.alerts.writing import write_due
from reviews.models import AlertDelivery, AlertPreference, ReportDelivery, Webhook
from reviews.outbox import deliver_mails
from reviews.reports.reports import write_report
from reviews.watch.incidents import open_by_hand
from tests.pages import page_of
from tests.reviews.alarms import alarm, prompt, receiver
from tests.world import World

As = Callable[[User], Client]
CHOICE = {"incidents": "mine", "gaps": "on", "quiet_from": "22:00", "quiet_until": "07:00"}


def page(world: World, name: str = "alerts", *more: int) -> str:
    return reverse(name, args=[world.assistant.pk, *more])


def chosen(world: World, user: User) -> Any:
    return choice_of(Membership.objects.get(user=user, team=world.team))


def test_rosa_chooses_for_herself_alone(world: World, as_: As) -> None:
    answer = as_(world.rosa).post(page(world), CHOICE)
    assert answer.status_code == 302
    mine = chosen(world, world.rosa)
    assert (mine.incidents, mine.gaps, mine.silence) == ("mine", True, False)
    assert (mine.quiet_from, mine.quiet_until) == (time(22), time(7))
    assert AlertPreference.objects.count() == 1
    html = page_of(as_(world.rosa).get(page(world)))
    assert 'value="22:00"' in html
    assert "Webhooks" not in html


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param({"incidents": "sometimes"}, "Select a valid choice", id="no such choice"),
        pytest.param({"quiet_until": ""}, "Give both ends", id="half quiet hours"),
        pytest.param({"quiet_until": "22:00"}, "Choose an end", id="no hours at all"),
        pytest.param({"quiet_from": "25:99"}, "Enter a valid time", id="no time"),
    ],
)
def test_a_choice_that_does_not_fit_is_refused(
    world: World, as_: As, change: dict[str, str], says: str
) -> None:
    answer = as_(world.rosa).post(page(world), CHOICE | change)
    assert answer.status_code == 422
    assert says in page_of(answer)
    assert not AlertPreference.objects.exists()


def test_lena_adds_a_webhook_and_sees_its_secret_once(world: World, as_: As, settings: Any) -> None:
    settings.WEBHOOKS_MAY_REACH_LOOPBACK = True
    client = as_(world.lena)
    with receiver() as kept:
        answer = client.post(page(world, "webhook_add"), {"url": kept.url, "form": "standard"})
        webhook = Webhook.objects.get()
        assert secret_of(webhook) in page_of(answer)
        assert secret_of(webhook) not in page_of(client.get(page(world)))
        client.post(page(world, "webhook_test", webhook.pk))
    assert len(kept.got) == 1
    assert "it answered 200" in page_of(client.get(page(world)))
    client.post(page(world, "webhook_stop", webhook.pk))
    webhook.refresh_from_db()
    assert webhook.stopped_at is not None
    assert client.post(page(world, "webhook_test", webhook.pk)).status_code == 404


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://169.254.169.254/latest/", "private network"),
        ("http://1.1.1.1/", "begins with https"),
        ("javascript:alert(1)", "valid URL"),
        ("", "required"),
    ],
)
def test_an_address_that_may_not_be_told_is_refused(
    world: World, as_: As, url: str, says: str
) -> None:
    answer = as_(world.lena).post(page(world, "webhook_add"), {"url": url, "form": "standard"})
    assert answer.status_code == 422
    assert says in page_of(answer)
    assert not Webhook.objects.exists()


def test_roles_and_teams(world: World, as_: As) -> None:
    theirs = Webhook.objects.create(
        assistant=world.other_assistant, url="https://hooks.invalid/", created_at=world.now
    )
    for name, more in (("webhook_add", ()), ("webhook_test", (1,)), ("webhook_stop", (1,))):
        assert as_(world.rosa).post(page(world, name, *more)).status_code == 403
    assert as_(world.otto).get(page(world)).status_code == 404
    assert as_(world.otto).post(page(world), CHOICE).status_code == 404
    assert as_(world.lena).post(page(world, "webhook_stop", theirs.pk)).status_code == 404
    theirs.refresh_from_db()
    assert theirs.stopped_at is None


@pytest.mark.parametrize("about", ["incident", "gap", "silence", "no such thing"])
@pytest.mark.parametrize("is_busy", [False, True], ids=["new", "busy"])
def test_the_preview_is_the_mail_in_a_sandbox(
    world: World, as_: As, about: str, is_busy: bool
) -> None:
    if is_busy:
        alarm(world, release=prompt(world))
    answer = as_(world.rosa).get(page(world, "alert_preview"), {"about": about})
    assert answer.status_code == 200
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert as_(world.rosa).get(page(world), {"about": about}).status_code == 200


def test_hostile_titles_are_text(world: World, as_: As) -> None:
    open_by_hand(
        assistant=world.assistant, title="<script>alert(1)</script>", kind="<b>x",
        started=world.now.date(), by=world.ada, at=timezone.now(),
    )  # fmt: skip
    write_due(at=timezone.now())
    for url in (page(world), page(world, "alert_preview")):
        html = page_of(as_(world.lena).get(url))
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert" in html


def test_an_error_is_shown_to_leads(world: World, as_: As) -> None:
    alarm(world)
    write_due(at=world.now)
    AlertDelivery.objects.filter(recipient=world.ada).update(
        given_up_at=world.now, attempts=8, last_error="SMTPServerDisconnected: gone"
    )
    html = page_of(as_(world.lena).get(page(world)))
    assert "given up" in html
    assert "SMTPServerDisconnected: gone" in html


def test_the_queries_do_not_grow(world: World, as_: As, django_assert_max_num_queries: Any) -> None:
    client = as_(world.lena)
    for number in range(3):
        at = world.now + number * timedelta(hours=1)
        Webhook.objects.create(
            assistant=world.assistant, url=f"https://hooks.invalid/{number}", created_at=at
        )
        alarm(world, kind=f"Kind {number}", release=prompt(world, str(number)), at=at)
        write_due(at=at)
    client.get(page(world))
    with django_assert_max_num_queries(33):
        client.get(page(world))


def test_the_stop_link_asks_first_and_needs_no_sign_in(world: World) -> None:
    url = reverse("stop_alerts", args=[stop_token(world.lena, world.team)])
    assert "Stop them" in page_of(Client().get(url))
    assert chosen(world, world.lena).incidents == "any"
    assert Client(enforce_csrf_checks=True).post(url).status_code == 200
    assert chosen(world, world.lena).incidents == "none"


def given_up(world: World, person: User) -> None:
    """A report and an alert to a person were given up."""
    alarm(world)
    write_due(at=world.now)
    write_report(
        assistant=world.assistant, kind="quality", week=date(2026, 11, 9), at=timezone.now()
    )
    told = {"given_up_at": timezone.now(), "attempts": 8, "last_error": "It says no (554)."}
    AlertDelivery.objects.filter(recipient=person).update(**told)
    ReportDelivery.objects.filter(recipient=person).update(**told)


def test_mails_that_were_given_up_are_shown_to_leads_and_tried_again(world: World, as_: As) -> None:
    given_up(world, world.ada)
    RefusedAddress.objects.create(
        address=world.ada.email or "", since=world.now, tried_at=world.now, said="It says no (550)."
    )
    client = as_(world.lena)
    html = page_of(client.get(page(world)))
    assert "Mails given up" in html
    assert "It says no (554)." in html
    assert "and 1 more" in html
    member = Membership.objects.get(user=world.ada)
    assert as_(world.rosa).post(page(world, "mails_again", member.pk)).status_code == 403
    client.post(page(world, "mails_again", member.pk))
    assert "2 mails to Ada Admin" in page_of(client.get(page(world)))
    assert "Mails given up" not in page_of(client.get(page(world)))
    assert deliver_mails(at=timezone.now()) == 4  # Lena's two as well
    assert not RefusedAddress.objects.exists()


def test_what_belongs_to_another_assistant_is_neither_shown_nor_sent(world: World, as_: As) -> None:
    given_up(world, world.ada)
    AlertDelivery.objects.update(given_up_at=None)
    stranger = Membership.objects.get(user=world.otto)
    assert as_(world.lena).post(page(world, "mails_again", stranger.pk)).status_code == 404
    theirs = reverse("alerts", args=[world.other_assistant.pk])
    assert "Mails given up" not in page_of(as_(world.otto).get(theirs, follow=True))


def test_a_server_that_is_left_alone_is_said(world: World, as_: As) -> None:
    now = timezone.now()
    MailServer.objects.create(
        name=server_name(), since=now, resting_until=now + timedelta(minutes=4),
        said="The mail server did not answer in time.",
    )  # fmt: skip
    html = page_of(as_(world.lena).get(page(world)))
    assert "No mail gets through since" in html
    assert "The mail server did not answer in time." in html
    assert "No mail gets through" not in page_of(as_(world.rosa).get(page(world)))


def test_a_webhook_that_is_gone_is_started_again_or_removed(world: World, as_: As) -> None:
    gone = {"stopped_at": world.now, "is_gone": True, "created_at": world.now}
    one, other = (
        Webhook.objects.create(assistant=world.assistant, url=f"https://h.invalid/{n}", **gone)
        for n in (1, 2)
    )
    client = as_(world.lena)
    html = page_of(client.get(page(world)))
    assert html.count("It answered 410") == 2
    assert as_(world.rosa).post(page(world, "webhook_start", one.pk)).status_code == 403
    for _ in range(2):
        client.post(page(world, "webhook_start", one.pk))
    client.post(page(world, "webhook_forget", other.pk))
    one.refresh_from_db()
    assert one.stopped_at is None
    html = page_of(client.get(page(world)))
    assert "It answered 410" not in html
    assert "h.invalid/1" in html
    assert "h.invalid/2" not in html
    assert AuditEntry.objects.filter(action="webhook.started").count() == 1
