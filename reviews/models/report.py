"""Weekly reports as they were written, to whom they went, and who asked not to get them."""

from django.db import models
from django.db.models.functions import Now

from ingestion.models import Assistant
from portal.accounts.models import Delivery, Membership, User


class Report(models.Model):
    """A week's report, frozen: `content` holds every figure and sentence, and is never changed
    (a trigger refuses it). Page and mails print it."""

    class Kind(models.TextChoices):
        QUALITY = "quality", "Quality report"
        OWNERSHIP = "ownership", "Ownership report"

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="reports")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    week = models.DateField(help_text="Its Monday, in the team's time zone.")
    as_of = models.DateTimeField(help_text="What was known then is what it says.")
    formula = models.PositiveSmallIntegerField()
    content = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assistant", "kind", "week"], name="report_once_a_week"
            ),
            models.CheckConstraint(
                condition=models.Q(week__iso_week_day=1), name="report_week_is_a_monday"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} report, week of {self.week}"


class ReportDelivery(Delivery):
    """One person's copy of one report: made once, sent once."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="deliveries")
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["report", "recipient"], name="report_delivery_once_a_person"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(sent_at__isnull=True, given_up_at__isnull=True),
                name="report_delivery_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.report} to {self.recipient}"


class MailPreference(models.Model):
    """What a member wants by mail; no row means everything."""

    membership = models.OneToOneField(
        Membership, on_delete=models.CASCADE, primary_key=True, related_name="mail_preference"
    )
    weekly_stopped_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"mail of {self.membership}"
