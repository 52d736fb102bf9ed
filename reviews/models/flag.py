"""A team member (or their help desk) says: this answer was bad, and why."""

from typing import Self

from django.db import models
from django.db.models.functions import Now

from ingestion.models import Assistant, Conversation
from ingestion.models.bounds import moment_within
from portal.accounts.models import User
from reviews.models.reason import FLAG_REASONS, WentWrong
from reviews.models.sample import Sample


class FlagQuerySet(models.QuerySet["Flag"]):
    """Flags, by what became of them."""

    def that_stand(self) -> Self:
        """Those that nobody took back."""
        return self.filter(withdrawn_at__isnull=True)


class Flag(models.Model):
    """One flag. It may come before its conversation is known; then it waits for it.

    What became of it is not stored: it follows from the grades of `sample`. Only that there is one
    is, so that the open ones can be counted on every page.
    """

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, db_index=False)
    external_id = models.CharField(
        max_length=200, blank=True, default="", help_text="The caller's id: sent twice, kept once."
    )
    conversation_ref = models.CharField(max_length=200, blank=True, default="")
    conversation = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, null=True, blank=True, related_name="flags"
    )
    answer_index = models.PositiveSmallIntegerField(null=True, blank=True)
    pasted_text = models.TextField(blank=True, default="")
    pasted_words = models.BigIntegerField(
        null=True, blank=True, help_text="A number for the pasted words, as of answers' in search."
    )
    reason = models.CharField(
        max_length=18, choices=[(reason.value, reason.label) for reason in FLAG_REASONS]
    )
    note = models.TextField(blank=True, default="")
    is_urgent = models.BooleanField(default=False)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="flags")
    by_label = models.CharField(
        max_length=160, help_text="The person's or the key's name, as then."
    )
    at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    sample = models.ForeignKey(
        Sample, on_delete=models.PROTECT, null=True, blank=True, related_name="flags"
    )
    is_graded = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Somebody has graded its answer. Kept by triggers (migration 0010).",
    )

    objects = FlagQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assistant", "external_id"],
                condition=~models.Q(external_id=""),
                name="flag_once",
            ),
            models.CheckConstraint(
                condition=models.Q(reason__in=[reason.value for reason in FLAG_REASONS]),
                name="flag_reason_known",
            ),
            models.CheckConstraint(
                condition=models.Q(conversation__isnull=False)
                | ~models.Q(conversation_ref="")
                | ~models.Q(pasted_text=""),
                name="flag_is_about_something",
            ),
            models.CheckConstraint(condition=moment_within("at"), name="flag_at_bounds"),
        ]
        indexes = [
            models.Index(fields=["assistant", "-at", "-id"], name="flag_by_time"),
            models.Index(fields=["assistant", "by", "-at"], name="flag_by_person"),
            models.Index(
                fields=["assistant", "id"],
                condition=models.Q(
                    sample__isnull=True, withdrawn_at__isnull=True, conversation__isnull=False
                ),
                name="flag_waiting_for_sample",
            ),
            models.Index(
                fields=["assistant", "conversation_ref"],
                condition=models.Q(conversation__isnull=True) & ~models.Q(conversation_ref=""),
                name="flag_unmatched",
            ),
            models.Index(
                fields=["assistant", "pasted_words"],
                condition=models.Q(
                    conversation__isnull=True, withdrawn_at__isnull=True, pasted_words__isnull=False
                ),
                name="flag_unmatched_words",
            ),
            models.Index(
                fields=["assistant", "id"],
                condition=models.Q(is_graded=False, withdrawn_at__isnull=True),
                name="flag_open",
            ),
        ]

    def __str__(self) -> str:
        return f"flag {self.pk}: {WentWrong(self.reason).label}"
