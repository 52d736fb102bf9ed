"""What arrived when: one row a request, the day's counts made from them, and what was refused."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from ingestion.models.assistant import Assistant
from ingestion.models.bounds import MOST_REPRESENTED, day_within


class IntakeBatch(models.Model):
    """The newly stored conversations of one request, written in the same statement as they.

    Two things are done with each batch, each exactly once and each marked in the transaction
    that does it: it is counted into `DayCount` (here), and it is pulled by whoever works on
    conversations next. So a row committed late by a slow request cannot be missed: there is no
    watermark that could run past it.
    """

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, db_index=False)
    received_at = models.DateTimeField(db_default=Now())
    conversation_ids = ArrayField(models.BigIntegerField())
    counted_at = models.DateTimeField(null=True, blank=True)
    pulled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(counted_at__isnull=True),
                name="intake_batch_uncounted",
            ),
            models.Index(
                fields=["assistant", "id"],
                condition=models.Q(pulled_at__isnull=True),
                name="intake_batch_unpulled",
            ),
        ]

    def __str__(self) -> str:
        return f"{len(self.conversation_ids)} at {self.received_at}"


class DayCount(models.Model):
    """The population: how many conversations of a kind were received for a day."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="day_counts")
    day = models.DateField()
    kind = models.CharField(max_length=120, blank=True)
    conversations = models.PositiveIntegerField()
    answers = models.PositiveIntegerField(help_text="Gradeable assistant messages.")
    represented = models.FloatField(
        help_text="Sum of 1 / sample_rate: how many there were before the caller sampled."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assistant", "day", "kind"], name="day_count_once_per_day_and_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(represented__range=(0, MOST_REPRESENTED)) & day_within("day"),
                name="day_count_represented_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}: {self.conversations}"


class Refusal(models.Model):
    """Something that was sent and refused, kept for a while so that the sender can be helped."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, db_index=False)
    at = models.DateTimeField(db_default=Now())
    endpoint = models.CharField(max_length=60)
    external_id = models.CharField(max_length=200, blank=True)
    field = models.CharField(max_length=200)
    reason = models.CharField(max_length=500)
    fix = models.CharField(max_length=500)

    class Meta:
        indexes = [models.Index(fields=["assistant", "-at"], name="refusal_recent")]

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}"
