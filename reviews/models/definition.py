"""What counts as a good answer, written down: versions, criteria, levels, and their history.

A published version is frozen by triggers (migration 0002): the database refuses to change or
delete it, its criteria and its levels.
"""

from typing import Self

from django.db import models

from ingestion.models import Assistant
from portal.accounts.models import User


class DefinitionVersionQuerySet(models.QuerySet["DefinitionVersion"]):
    """Versions, by whether they count."""

    def published(self) -> Self:
        """Those by which answers were graded: all but the draft."""
        return self.filter(status=DefinitionVersion.Status.PUBLISHED)


class DefinitionVersion(models.Model):
    """One version of an assistant's quality definition: a text, criteria and the verdict's rule.

    The rule: an answer is good when no critical criterion fails, at most `max_failed` of the
    others fail, and at most `max_partly` criteria are only partly met.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"

    class Change(models.TextChoices):
        FIRST = "first", "First version"
        WORDING = "wording", "Wording only"
        MEANING = "meaning", "Changes what counts as good"

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="definitions")
    number = models.PositiveIntegerField(help_text="1, 2, ...; a draft has the number it will get.")
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.DRAFT)
    title = models.CharField(max_length=120)
    text = models.TextField(help_text="Markdown.")
    max_failed = models.PositiveSmallIntegerField(default=0)
    max_partly = models.PositiveSmallIntegerField(default=1)
    change = models.CharField(max_length=7, choices=Change.choices, blank=True, default="")
    based_on = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)

    objects = DefinitionVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assistant", "number"], name="definition_number_once"),
            models.UniqueConstraint(
                fields=["assistant"],
                condition=models.Q(status="draft"),
                name="definition_one_draft",
            ),
            models.CheckConstraint(
                condition=models.Q(status="draft", published_at__isnull=True, change="")
                | models.Q(
                    status="published",
                    published_at__isnull=False,
                    change__in=["first", "wording", "meaning"],
                ),
                name="definition_published_is_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, definition {self.number}"


class Criterion(models.Model):
    """One question asked of each answer, with 2 to 5 levels."""

    version = models.ForeignKey(
        DefinitionVersion, on_delete=models.CASCADE, related_name="criteria"
    )
    position = models.PositiveSmallIntegerField()
    key = models.SlugField(max_length=40, help_text="The same in every version, so trends join.")
    name = models.CharField(max_length=60)
    question = models.CharField(max_length=200)
    is_critical = models.BooleanField(default=False)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "position"],
                name="criterion_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(fields=["version", "key"], name="criterion_key_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Level(models.Model):
    """One answer to a criterion's question; `value` 1 is the worst. `standing` feeds the rule."""

    class Standing(models.TextChoices):
        FAILS = "fails", "Fails"
        PARTLY = "partly", "Partly"
        MEETS = "meets", "Meets"

    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, related_name="levels")
    value = models.PositiveSmallIntegerField()
    standing = models.CharField(max_length=6, choices=Standing.choices)
    name = models.CharField(max_length=40)
    anchor = models.CharField(max_length=400)
    example = models.TextField(blank=True)

    class Meta:
        ordering = ["value"]
        constraints = [
            models.UniqueConstraint(
                fields=["criterion", "value"],
                name="level_value_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=models.Q(value__gte=1, value__lte=5), name="level_value_1_to_5"
            ),
            models.CheckConstraint(
                condition=models.Q(standing__in=["fails", "partly", "meets"]),
                name="level_standing_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DefinitionEvent(models.Model):
    """Something that happened to a version: who, when, why. Rows are only added."""

    class What(models.TextChoices):
        DRAFTED = "drafted", "Drafted"
        EDITED = "edited", "Edited"
        PUBLISHED = "published", "Published"
        DISCARDED = "discarded", "Draft thrown away"

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    what = models.CharField(max_length=9, choices=What.choices)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    why = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["assistant", "-at"], name="definition_event_by_time")]

    def __str__(self) -> str:
        return f"definition {self.number} {self.what}"
