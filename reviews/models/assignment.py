"""The queue: one row for each grade that is wanted, held by one person at a time."""

from typing import Self

from django.db import models

from ingestion.models import Assistant
from portal.accounts.models import User
from reviews.models.sample import Sample


class Priority(models.IntegerChoices):
    """Which places in the queue come first: the lower, the sooner."""

    ADJUDICATION = 10, "A lead decides"
    URGENT = 20, "Flagged as urgent"
    FLAGGED = 50, "Flagged"
    KIND_FIRST = 60, "Of a kind that was put first"
    NORMAL = 100, "In its turn"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Places in the queue, by what became of them."""

    def open(self) -> Self:
        """Those that wait for a grade, held by somebody or not."""
        return self.filter(state=Assignment.State.OPEN)


class Assignment(models.Model):
    """A place for one reviewer's grade on one sample, held under a lease while they work.

    Open and not held: `state` open and no lease in the future. `not_for` is the person who has
    the other place of a double review. Claiming is one UPDATE over a partial index of open rows.
    """

    class State(models.TextChoices):
        OPEN = "open", "Waiting"
        DONE = "done", "Graded"
        WITHDRAWN = "withdrawn", "No longer wanted"

    class Purpose(models.TextChoices):
        REVIEW = "review", "Review"
        ADJUDICATION = "adjudication", "A lead decides"

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, db_index=False)
    sample = models.ForeignKey(Sample, on_delete=models.CASCADE, related_name="assignments")
    slot = models.PositiveSmallIntegerField(help_text="1 first, 2 and up blind further reviews.")
    purpose = models.CharField(max_length=12, choices=Purpose.choices, default=Purpose.REVIEW)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    priority = models.SmallIntegerField(default=Priority.NORMAL, help_text="Lower comes first.")
    reviewer = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="assignments"
    )
    not_for = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    draft = models.JSONField(
        null=True, blank=True, help_text="The half filled form, and whose it is."
    )
    created_at = models.DateTimeField()

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sample", "slot"], name="assignment_slot_once"),
            models.UniqueConstraint(
                fields=["sample", "reviewer"],
                condition=models.Q(reviewer__isnull=False, purpose="review"),
                name="assignment_one_place_a_person",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="done")
                | models.Q(reviewer__isnull=False, done_at__isnull=False),
                name="assignment_done_by_someone",
            ),
        ]
        indexes = [
            models.Index(
                fields=["assistant", "purpose", "priority", "id"],
                include=["lease_until", "not_for", "reviewer"],
                condition=models.Q(state="open"),
                name="assignment_open",
            ),
            models.Index(
                fields=["reviewer", "lease_until"],
                condition=models.Q(state="open", reviewer__isnull=False),
                name="assignment_held",
            ),
            models.Index(
                fields=["assistant", "reviewer", "-done_at"],
                condition=models.Q(state="done"),
                name="assignment_done_by_reviewer",
            ),
            models.Index(
                fields=["assistant", "sample"],
                condition=models.Q(slot=2, purpose="review"),
                name="assignment_second",
            ),
        ]

    def __str__(self) -> str:
        return f"assignment {self.pk} ({self.state})"


class Skip(models.Model):
    """A reviewer could not grade a sample and said why; two skips send it to a lead."""

    class Reason(models.TextChoices):
        NEEDS_EXPERT = "needs_expert", "Needs an expert"
        OTHER_LANGUAGE = "other_language", "Another language"
        PRIVATE_DATA = "private_data", "Private data"

    sample = models.ForeignKey(Sample, on_delete=models.CASCADE, related_name="skips")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=14, choices=Reason.choices)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sample", "reviewer"], name="skip_once_a_person")
        ]

    def __str__(self) -> str:
        return f"skip of sample {self.sample_id}: {self.reason}"
