"""The team's own addresses that are told of alerts: made, stopped, signed, posted to.

Standard Webhooks (https://www.standardwebhooks.com): headers `webhook-id`, `webhook-timestamp`,
`webhook-signature`; the id is the same at each attempt, so that a receiver can drop a second copy.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime
from secrets import token_hex
from urllib.parse import urlsplit

import msgspec
import standardwebhooks
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from ingestion.models import Assistant
from portal.accounts import audit
from portal.accounts.models import User
from portal.refused import Refused
from reviews.alerts import outgoing
from reviews.alerts.message import AlertMessage
from reviews.models import Webhook

MOST_WEBHOOKS = 10
SECRET_SALT = "plumbline webhook secret"  # noqa: S105 - a salt, not a secret


def secret_of(webhook: Webhook) -> str:
    """The signing secret. It is not stored: it follows from the portal's key, the row's nonce and
    the address, so it can never be used for an address that was put in later."""
    value = f"{webhook.nonce}:{webhook.url}"
    digest = salted_hmac(SECRET_SALT, value, algorithm="sha256").digest()
    return f"whsec_{base64.b64encode(digest).decode()}"


def shown(webhook: Webhook) -> str:
    """The address without what may be a secret in it: host and the last letters."""
    parts = urlsplit(webhook.url)
    rest = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return f"{parts.hostname or '?'}{rest if len(rest) <= 8 else '/…' + rest[-4:]}"


def add_webhook(
    *, assistant: Assistant, url: str, form: str, by: User, at: datetime
) -> tuple[Webhook, str]:
    """A new webhook and its secret, which is shown once. Raises Refused."""
    outgoing.resolve(url)
    if len(current_webhooks(assistant)) >= MOST_WEBHOOKS:
        raise Refused("url", f"There are {MOST_WEBHOOKS} already. Stop one first.")
    try:
        with transaction.atomic():
            webhook = Webhook.objects.create(
                assistant=assistant, url=url, form=form, created_at=at, created_by=by
            )
            _audit(webhook, "webhook.added", by, at)
    except IntegrityError as error:
        raise Refused("url", "This address is told already.") from error
    return webhook, secret_of(webhook)


def stop_webhook(*, webhook: Webhook, by: User, at: datetime) -> None:
    """Tell this address nothing more."""
    with transaction.atomic():
        row = Webhook.objects.select_for_update(of=("self",)).get(pk=webhook.pk)
        if row.stopped_at is None:
            row.stopped_at = at
            row.save(update_fields=["stopped_at"])
            _audit(webhook, "webhook.stopped", by, at)


def resume_webhook(*, webhook: Webhook, by: User, at: datetime) -> None:
    """Tell an address again that was stopped because it was gone. Raises Refused."""
    if len(current_webhooks(webhook.assistant)) >= MOST_WEBHOOKS:
        raise Refused("url", f"There are {MOST_WEBHOOKS} already. Stop one first.")
    gone = Webhook.objects.filter(pk=webhook.pk, is_gone=True)
    changed = {"stopped_at": None, "is_gone": False, "resting_until": None, "failures": 0}
    try:
        with transaction.atomic():
            if gone.update(**changed):
                _audit(webhook, "webhook.started", by, at)
    except IntegrityError as error:
        raise Refused("url", "This address was added anew, and is told already.") from error


def forget_webhook(*, webhook: Webhook) -> None:
    """List an address no more that was stopped because it was gone."""
    Webhook.objects.filter(pk=webhook.pk).update(is_gone=False)


def stop_gone(*, webhook: Webhook, at: datetime) -> None:
    """The receiver said 410 Gone: tell it nothing more, and say so on the page."""
    with transaction.atomic():
        running = Webhook.objects.running().filter(pk=webhook.pk)
        if running.update(stopped_at=at, is_gone=True):
            _audit(webhook, "webhook.gone", None, at)


def gone_webhooks(assistant: Assistant) -> list[Webhook]:
    """Those that answered 410, until somebody says what becomes of them."""
    rows = Webhook.objects.stopped().filter(assistant=assistant, is_gone=True)
    return list(rows.select_related("created_by").order_by("pk"))


def current_webhooks(assistant: Assistant) -> list[Webhook]:
    """Those that are told."""
    rows = Webhook.objects.running().filter(assistant=assistant)
    return list(rows.select_related("created_by").order_by("pk"))


def _audit(webhook: Webhook, action: str, by: User | None, at: datetime) -> None:
    audit.record(
        team=webhook.assistant.team, actor=by, action=action, subject=shown(webhook), at=at
    )


def payload(webhook: Webhook, message: AlertMessage, key: str) -> bytes:
    """The body: a Standard Webhooks event, or text as Slack and its likes take it."""
    if webhook.form == Webhook.Form.SLACK:
        return msgspec.json.encode({"text": slack_text(message)})
    data = {
        "key": key,
        "assistant": {"id": webhook.assistant_id, "name": message.assistant, "team": message.team},
        "incident": message.incident,
        "part": message.part or None,
        "reading": message.reading or None,
        "reading_words": message.reading_words or None,
        "subject": message.subject,
        "headline": message.headline,
        "detail": message.detail,
        "facts": [
            {"label": one.label, "value": one.value, "more": one.more, "missing": one.is_gap}
            for one in message.facts
        ],
        "url": settings.SITE_URL + message.path,
        "as_of": message.as_of,
    }
    event = {"type": message.type, "timestamp": message.as_of.astimezone(UTC), "data": data}
    return msgspec.json.encode(event)


def slack_text(message: AlertMessage) -> str:
    """The message in a few lines; nothing in it can mention people or make links of its own."""
    lines = [f"*{_slack(message.subject)}*", _slack(f"{message.headline} {message.detail}")]
    for fact in message.facts:
        more = f" ({fact.more})" if fact.more else ""
        lines.append(_slack(f"• {fact.label}: {fact.value}{more}"))
    lines.append(f"<{settings.SITE_URL}{message.path}|{_slack(message.button)}>")
    return "\n".join(lines)


def _slack(text: str) -> str:
    """Escaped as Slack asks, and without a star that would end bold print."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("*", "∗")


def post(webhook: Webhook, *, message: AlertMessage, key: str, id: str, at: datetime) -> int:  # noqa: A002
    """Sign and post; returns the status of the answer, 200 to 299.

    Raises Refused or NotDelivered. `id` must be the same for the same delivery.
    """
    target = outgoing.resolve(webhook.url)
    body = payload(webhook, message, key)
    moment = at.astimezone(UTC)
    signature = standardwebhooks.Webhook(secret_of(webhook)).sign(id, moment, body.decode())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Plumbline",
        "webhook-id": id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signature,
    }
    return outgoing.post(target, body=body, headers=headers)


def post_test(webhook: Webhook, *, message: AlertMessage, at: datetime) -> int:
    """Send a message now, once, to see whether it arrives. Raises as `post`."""
    return post(
        webhook,
        message=replace(message, type="test"),
        key="test",
        id=f"msg_test_{token_hex(8)}",
        at=at,
    )
