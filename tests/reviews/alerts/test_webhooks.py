"""Webhooks: signed as Standard Webhooks says, harmless as text, bound to their address."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks
from django.conf import settings
from django.utils import timezone

from portal.accounts.models import AuditEntry
from portal.refused import Refused
from reviews.alerts.delivery import deliver_due
from reviews.alerts.outgoing import NotDelivered
from reviews.alerts.webhooks import (
    add_webhook,
    post_test,
    secret_of,
    shown,
    slack_text,
    stop_webhook,
)
from reviews.alerts.writing import write_due
from reviews.models import AlertDelivery, Webhook
from reviews.pages.alerts.choices import preview
from tests.reviews.alarms import Receiver, alarm, receiver
from tests.world import World


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.WEBHOOKS_MAY_REACH_LOOPBACK = True


def hook(world: World, kept: Receiver, form: str = "standard") -> tuple[Webhook, str]:
    return add_webhook(
        assistant=world.assistant, url=kept.url, form=form, by=world.lena, at=world.now
    )


def test_an_alert_is_posted_signed_with_the_facts(world: World) -> None:
    world.now = timezone.now()
    with receiver() as kept:
        _, secret = hook(world, kept)
        incident = alarm(world)
        write_due(at=world.now)
        assert deliver_due(at=world.now) == 3  # Lena, Ada and the webhook
    _, headers, body = kept.got[0]
    event = standardwebhooks.Webhook(secret).verify(body, headers)
    assert event["type"] == "incident.found"
    data = event["data"]
    assert data["incident"] == incident.number
    assert data["facts"][0]["label"] == "When it started"
    assert len(data["facts"]) == 6
    assert data["url"].startswith("http")
    assert data["assistant"]["id"] == world.assistant.pk


def test_a_changed_body_or_another_secret_does_not_verify(world: World) -> None:
    world.now = timezone.now()
    with receiver() as kept:
        webhook, secret = hook(world, kept)
        message = preview(assistant=world.assistant, user=world.lena, kind="incident", at=world.now)
        assert post_test(webhook, message=message, at=world.now) == 200
    _, headers, body = kept.got[0]
    assert json.loads(body)["type"] == "test"
    webhook.nonce = "0" * 32
    for wrong, text in ((secret, body + b" "), (secret_of(webhook), body)):
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(wrong).verify(text, headers)


def test_the_secret_does_not_follow_a_changed_address(world: World) -> None:
    with receiver() as kept:
        webhook, secret = hook(world, kept)
    assert secret_of(webhook) == secret
    webhook.url = "https://evil.example/"
    assert secret_of(webhook) != secret


def test_the_id_is_the_same_at_each_attempt(world: World) -> None:
    with receiver(status=503) as kept:
        hook(world, kept)
        alarm(world)
        write_due(at=world.now)
        deliver_due(at=world.now)
        kept.status = 204
        delivery = AlertDelivery.objects.get(recipient=None)
        assert delivery.last_error == "It answered 503."
        deliver_due(at=delivery.due_at)
    ids = [headers["webhook-id"] for _, headers, _ in kept.got]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    delivery.refresh_from_db()
    assert (delivery.attempts, delivery.last_error) == (2, "")


def test_a_redirect_is_not_followed(world: World) -> None:
    with receiver() as inside, receiver(status=302) as kept:
        kept.location = inside.url
        webhook, _ = hook(world, kept)
        message = preview(assistant=world.assistant, user=world.lena, kind="silence", at=world.now)
        with pytest.raises(NotDelivered, match="302"):
            post_test(webhook, message=message, at=world.now)
        assert inside.got == []


def test_slack_text_mentions_nobody_and_makes_no_links(world: World) -> None:
    world.assistant.name = "<!channel> *x* & <https://evil.example|Support>"
    world.assistant.save()
    with receiver() as kept:
        webhook, _ = hook(world, kept, "slack")
        message = preview(assistant=world.assistant, user=world.lena, kind="incident", at=world.now)
        post_test(webhook, message=message, at=world.now)
    text = json.loads(kept.got[0][2])["text"]
    assert text == slack_text(message)
    assert "<!channel>" not in text
    assert "&lt;!channel&gt;" in text
    assert text.count("<") == 1
    assert "When it started" in text


def test_adding_and_stopping_are_written_down_without_the_address(world: World) -> None:
    with receiver() as kept:
        webhook, _ = hook(world, kept)
        with pytest.raises(Refused, match="already"):
            hook(world, kept)
        stop_webhook(webhook=webhook, by=world.lena, at=world.now)
        stop_webhook(webhook=webhook, by=world.lena, at=world.now)
        hook(world, kept)
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", "subject"))
    assert [one for one, _ in actions] == ["webhook.added", "webhook.stopped", "webhook.added"]
    assert all("hook?" not in subject for _, subject in actions)


def test_an_address_is_shown_without_its_secret_path() -> None:
    url = "https://hooks.slack.example/services/T000/B000/verysecret"
    assert shown(Webhook(url=url)) == "hooks.slack.example/…cret"


def test_what_waits_for_a_stopped_webhook_is_dropped(world: World) -> None:
    with receiver() as kept:
        webhook, _ = hook(world, kept)
        alarm(world)
        write_due(at=world.now)
        stop_webhook(webhook=webhook, by=world.lena, at=world.now)
        deliver_due(at=world.now)
    assert kept.got == []
    assert not AlertDelivery.objects.filter(webhook=webhook).exists()


def test_the_code_of_the_how_to_knows_a_post_of_ours(world: World) -> None:
    guide = (Path(settings.BASE_DIR) / "docs" / "how-to" / "alerts.md").read_text()
    code = next(one for one in guide.split("```python\n") if "is_ours" in one).split("```")[0]
    names: dict[str, Any] = {}
    exec(code, names)
    with receiver() as kept:
        webhook, secret = hook(world, kept)
        message = preview(assistant=world.assistant, user=world.lena, kind="gap", at=world.now)
        post_test(webhook, message=message, at=timezone.now())
    _, headers, body = kept.got[0]
    assert names["is_ours"](secret, body, headers)
    assert not names["is_ours"](secret, body + b" ", headers)
    assert not names["is_ours"](secret, body, headers | {"webhook-timestamp": "1"})
