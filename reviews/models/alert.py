"""Who is told of what, where and when; and each message, made once and delivered once."""

import secrets
from typing import Self

from django.db import models

from ingestion.models import Assistant
from portal.accounts.models import Delivery, Membership, User
from reviews.models.incident import Incident


def new_nonce() -> str:
    """Fresh randomness from which a webhook's signing secret is derived."""
    return secrets.token_hex(16)


class AlertPreference(models.Model):
    """What a member wants to be told of by mail; no row means the defaults of their role."""

    class Incidents(models.TextChoices):
        ANY = "any", "Every incident"
        MINE = "mine", "Incidents in my parts"
        NONE = "none", "No incidents"

    membership = models.OneToOneField(
        Membership, on_delete=models.CASCADE, primary_key=True, related_name="alert_preference"
    )
    incidents = models.CharField(max_length=4, choices=Incidents.choices)
    gaps = models.BooleanField(help_text="A part lost its owner.")
    silence = models.BooleanField(help_text="Nothing is arriving.")
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="alert_quiet_hours_whole",
            )
        ]

    def __str__(self) -> str:
        return f"alerts of {self.membership}"


class WebhookQuerySet(models.QuerySet["Webhook"]):
    """Webhooks, by whether anything is posted to them."""

    def running(self) -> Self:
        """Those that nobody stopped."""
        return self.filter(stopped_at__isnull=True)

    def stopped(self) -> Self:
        """Those that somebody stopped, or that are gone."""
        return self.filter(stopped_at__isnull=False)


class Webhook(models.Model):
    """An address of the team's own that is told of alerts, signed (Standard Webhooks).

    The secret is not stored: it follows from `nonce` and the portal's own key, and is a new one
    whenever the address changes.
    """

    class Form(models.TextChoices):
        STANDARD = "standard", "Standard Webhooks"
        SLACK = "slack", "Slack style text"

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="webhooks")
    url = models.URLField(max_length=500)
    form = models.CharField(max_length=8, choices=Form.choices, default=Form.STANDARD)
    nonce = models.CharField(max_length=32, default=new_nonce)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    stopped_at = models.DateTimeField(null=True, blank=True)
    is_gone = models.BooleanField(
        default=False, help_text="It answered 410 Gone, and was stopped because of that."
    )
    resting_until = models.DateTimeField(
        null=True, blank=True, help_text="Nothing is posted before: it was silent, or asked for it."
    )
    failures = models.PositiveIntegerField(default=0, help_text="How often in a row it was silent.")

    objects = WebhookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assistant", "url"],
                condition=models.Q(stopped_at__isnull=True),
                name="webhook_once",
            )
        ]

    def __str__(self) -> str:
        return f"webhook {self.pk}"


class Alert(models.Model):
    """One thing worth telling: an incident changed its state, a part lost its owner, nothing
    arrives, a webhook is gone. `key` says what it is about, so that it is told once."""

    class Kind(models.TextChoices):
        INCIDENT = "incident", "Incident"
        GAP = "gap", "A part without an owner"
        SILENCE = "silence", "Nothing arriving"
        WEBHOOK = "webhook", "A webhook that is gone"

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    incident = models.ForeignKey(
        Incident, on_delete=models.CASCADE, null=True, blank=True, related_name="alerts"
    )
    key = models.CharField(max_length=120)
    at = models.DateTimeField()
    content = models.JSONField(help_text="The message as it is sent, frozen.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assistant", "key"], name="alert_once"),
            models.CheckConstraint(
                condition=~models.Q(kind="incident") | models.Q(incident__isnull=False),
                name="alert_incident_is_named",
            ),
        ]
        indexes = [models.Index(fields=["assistant", "-at"], name="alert_newest")]

    def __str__(self) -> str:
        return self.key


class AlertDelivery(Delivery):
    """One copy of an alert, to one person or to one webhook: made once, sent once."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="deliveries")
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "recipient", "webhook"],
                name="alert_delivery_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(recipient__isnull=False, webhook__isnull=True)
                | models.Q(recipient__isnull=True, webhook__isnull=False),
                name="alert_delivery_to_one",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(sent_at__isnull=True, given_up_at__isnull=True),
                name="alert_delivery_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.alert} to {self.recipient or self.webhook}"
