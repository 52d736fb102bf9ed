"""What end users let us know without being asked to grade: thumbs, ratings, escalations."""

from django.db import models
from django.db.models.functions import Now

from ingestion.models.assistant import Assistant
from ingestion.models.bounds import moment_within
from ingestion.models.conversation import Conversation


class Signal(models.Model):
    """One signal about one conversation; it may arrive before its conversation does."""

    class Name(models.TextChoices):
        THUMBS = "thumbs", "Thumbs"
        RATING = "rating", "Rating"
        ESCALATION = "escalation", "Escalation"

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, db_index=False)
    external_id = models.CharField(
        max_length=200, help_text="The caller's id, or a hash of the signal: sent twice, kept once."
    )
    conversation_ref = models.CharField(max_length=200, help_text="The conversation's external id.")
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, null=True, related_name="signals"
    )
    name = models.CharField(max_length=10, choices=Name.choices)
    value = models.FloatField(help_text="Thumbs -1 or 1, rating 1 to 5, escalation 1.")
    is_negative = models.BooleanField(help_text="Thumbs down, rating 1 or 2, any escalation.")
    comment = models.TextField(blank=True)
    at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now())
    pulled_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was considered for review."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assistant", "external_id"], name="signal_once"),
            models.CheckConstraint(
                condition=models.Q(name="thumbs", value__in=[-1, 1])
                | models.Q(name="rating", value__gte=1, value__lte=5)
                | models.Q(name="escalation", value=1),
                name="signal_value_fits_name",
            ),
            models.CheckConstraint(condition=moment_within("at"), name="signal_at_bounds"),
        ]
        indexes = [
            models.Index(fields=["assistant", "at"], name="signal_by_time"),
            models.Index(
                fields=["assistant", "conversation_ref"],
                condition=models.Q(conversation__isnull=True),
                name="signal_unmatched",
            ),
            models.Index(
                fields=["assistant", "id"],
                condition=models.Q(pulled_at__isnull=True, is_negative=True),
                name="signal_unpulled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.value:g} on {self.conversation_ref}"
