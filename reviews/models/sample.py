"""Which answers were chosen for review, with what chance and why."""

import secrets

from django.db import models

from ingestion.models import Assistant, Conversation
from ingestion.models.bounds import finite
from ingestion.wire import LEAST_RATE

MOST_A_DAY = 100_000
# One answer a day of a billion; then of a thousand answers of a conversation that the caller sent
# with the least rate. The square of its weight, 1e40, is a number like any other.
LEAST_CHANCE, LEAST_PROBABILITY = 1e-9, 1e-20


def new_sampling_key() -> str:
    """A fresh secret for the keyed hash that decides; 64 hex digits."""
    return secrets.token_hex(32)


class SampleReason(models.TextChoices):
    """Why a conversation was chosen. Only those of `DRAWN` speak for all answers."""

    RANDOM = "random", "Random sample"
    BOOST = "boost", "Random, more after a change"
    FLAGGED = "flagged", "Flagged"
    THUMBS_DOWN = "thumbs_down", "Thumbs down"
    ESCALATED = "escalated", "Escalated"
    IMPORTED = "imported", "Imported with its grades"


# Drawn at random with a known chance: more of them after a release or when signals moved.
DRAWN = (SampleReason.RANDOM, SampleReason.BOOST)


class SamplingPolicy(models.Model):
    """How an assistant's conversations are chosen; the key makes each decision repeatable."""

    assistant = models.OneToOneField(
        Assistant, on_delete=models.CASCADE, primary_key=True, related_name="sampling_policy"
    )
    key = models.CharField(max_length=64, default=new_sampling_key)
    target_per_day = models.PositiveIntegerField(default=40, help_text="Random answers a day.")
    rate = models.FloatField(null=True, blank=True, help_text="A fixed share instead of a target.")
    signals_per_day = models.PositiveIntegerField(
        default=10, help_text="At most so many a day because of thumbs down or escalation."
    )
    double_share = models.FloatField(
        default=1 / 6, help_text="Share of random samples that two people grade, blind."
    )
    allow_meets_all = models.BooleanField(default=False, help_text="The A key on the review page.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rate__isnull=True) | models.Q(rate__gte=LEAST_RATE, rate__lte=1),
                name="sampling_rate_in_0_1",
            ),
            models.CheckConstraint(
                condition=models.Q(double_share__gte=0, double_share__lte=1),
                name="sampling_double_share_0_to_1",
            ),
            models.CheckConstraint(
                condition=models.Q(target_per_day__gte=1), name="sampling_target_at_least_1"
            ),
            models.CheckConstraint(
                condition=models.Q(target_per_day__lte=MOST_A_DAY, signals_per_day__lte=MOST_A_DAY),
                name="sampling_a_day_at_most",
            ),
        ]

    def __str__(self) -> str:
        return f"sampling of {self.assistant_id}"


class SamplingChance(models.Model):
    """The chance in force for a stratum on a day, and what it was worked out from.

    It is fixed when first used; a day that turns out twice as busy gets a new row. Each sample
    keeps the chance it was chosen with, so figures stay unbiased."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    reason = models.CharField(max_length=11, choices=SampleReason.choices)
    stratum = models.CharField(max_length=120, blank=True, help_text="The kind of question.")
    chance = models.FloatField()
    basis = models.FloatField(help_text="Conversations a day it was worked out from.")
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assistant", "day", "reason", "stratum", "decided_at"],
                name="sampling_chance_once",
            ),
            models.CheckConstraint(
                condition=models.Q(chance__gte=LEAST_CHANCE, chance__lte=1),
                name="sampling_chance_in_0_1",
            ),
            models.CheckConstraint(condition=finite("basis"), name="sampling_chance_basis_bounds"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.stratum}: {self.chance:.3f}"


class Sample(models.Model):
    """One answer chosen for review. A conversation is drawn at random at most once; another of its
    answers can be added because it was flagged."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, db_index=False)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, related_name="samples", db_index=False
    )
    answer_index = models.PositiveSmallIntegerField(
        help_text="Position in `messages` of the answer to grade."
    )
    reason = models.CharField(max_length=11, choices=SampleReason.choices)
    probability = models.FloatField(
        help_text="Of this answer being chosen: the caller's rate x our chance x 1 / answers."
    )
    stratum = models.CharField(max_length=120, blank=True)
    day = models.DateField(help_text="The conversation's day.")
    kind = models.CharField(max_length=120, blank=True)
    chosen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "answer_index"], name="sample_once_an_answer"
            ),
            models.UniqueConstraint(
                fields=["conversation"],
                condition=models.Q(reason__in=DRAWN),
                name="sample_drawn_once",
            ),
            models.CheckConstraint(
                condition=models.Q(probability__gte=LEAST_PROBABILITY, probability__lte=1),
                name="sample_probability_in_0_1",
            ),
            models.CheckConstraint(
                condition=models.Q(reason__in=SampleReason.values), name="sample_reason_known"
            ),
        ]
        indexes = [models.Index(fields=["assistant", "day", "id"], name="sample_by_day")]

    def __str__(self) -> str:
        return f"sample {self.pk} ({self.reason})"
