"""What a reviewer said of an answer. Rows are only added (triggers in migration 0002 refuse
changes): an undo or a second thought is a new row that supersedes the one before."""

from typing import Self

from django.db import models

from ingestion.models import Assistant
from portal.accounts.models import User
from portal.stored import mappings, text
from reviews.models.assignment import Assignment
from reviews.models.definition import Criterion, DefinitionVersion, Level
from reviews.models.reason import WentWrong
from reviews.models.sample import Sample, SampleReason


class Verdict(models.TextChoices):
    """What a grade comes to, by the definition's rule."""

    GOOD = "good", "Good"
    NOT_GOOD = "not_good", "Not good"
    CANNOT_JUDGE = "cannot_judge", "Can't judge"
    WITHDRAWN = "withdrawn", "Undone"


class GradeQuerySet(models.QuerySet["Grade"]):
    """Grades, by what became of them."""

    def newest(self) -> Self:
        """The end of each chain: no other row supersedes it; it may say `withdrawn`."""
        return self.filter(superseded_by__isnull=True)

    def that_count(self) -> Self:
        """What each place says now: the newest, unless it was undone."""
        return self.newest().exclude(verdict=Verdict.WITHDRAWN)


class Grade(models.Model):
    """One filled form, pinned to its definition version.

    The current grade of an assignment is the end of its chain: the one that no other row
    supersedes. A chain that ends in `withdrawn` has no grade.
    """

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="grades")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grades")
    version = models.ForeignKey(DefinitionVersion, on_delete=models.PROTECT, related_name="grades")
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    note = models.TextField(blank=True)
    is_urgent = models.BooleanField(default=False)
    evidence = models.JSONField(
        default=list, help_text="[{where: 'answer' or a passage's number, start, end, text}]"
    )
    seconds = models.PositiveIntegerField(
        null=True, blank=True, help_text="From seeing the item to submitting it."
    )
    graded_at = models.DateTimeField()
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )

    objects = GradeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assignment"],
                condition=models.Q(supersedes__isnull=True),
                name="grade_one_chain_an_assignment",
            ),
            models.CheckConstraint(
                condition=models.Q(verdict__in=Verdict.values), name="grade_verdict_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(verdict="withdrawn") | models.Q(supersedes__isnull=False),
                name="grade_withdrawn_supersedes",
            ),
        ]
        indexes = [models.Index(fields=["reviewer", "-graded_at"], name="grade_by_reviewer")]

    def __str__(self) -> str:
        return f"grade {self.pk}: {self.verdict}"

    @property
    def marked(self) -> list[str]:
        """The words that the reviewer marked as evidence."""
        return [words for one in mappings(self.evidence) if (words := text(one.get("text"), ""))]


class CriterionGrade(models.Model):
    """The level chosen for one criterion; no level means the reviewer could not judge it."""

    grade = models.ForeignKey(Grade, on_delete=models.PROTECT, related_name="levels")
    criterion = models.ForeignKey(
        Criterion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    level = models.ForeignKey(
        Level, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    went_wrong = models.CharField(max_length=18, choices=WentWrong.choices, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["grade", "criterion"], name="criterion_graded_once"),
            models.CheckConstraint(
                condition=models.Q(went_wrong__in=["", *WentWrong.values]),
                name="criterion_grade_went_wrong_known",
            ),
        ]

    def __str__(self) -> str:
        return f"criterion {self.criterion_id}: level {self.level_id}"


class AnswerEntry(models.Model):
    """A grade that counts, with everything people look for it by, in one narrow row: lists find
    their page here and then read only that. Kept by triggers (migration 0010)."""

    grade = models.OneToOneField(
        Grade, on_delete=models.CASCADE, primary_key=True, related_name="entry"
    )
    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, db_index=False)
    sample = models.ForeignKey(Sample, on_delete=models.CASCADE, related_name="entries")
    day = models.DateField()
    kind = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=11, choices=SampleReason.choices)
    channel = models.CharField(max_length=60, blank=True)
    language = models.CharField(max_length=35, blank=True)
    verdict = models.CharField(max_length=12, choices=Verdict.choices)

    class Meta:
        indexes = [
            models.Index(
                fields=["assistant", "-grade"],
                include=["day", "kind", "reason", "channel", "language", "verdict"],
                name="answer_entry_newest",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}: {self.verdict}"
