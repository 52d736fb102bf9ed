"""Counts made from the grades, a day at a time; they can always be made again.

Only current grades count: the end of each chain, undone ones left out.
"""

from django.db import models

from ingestion.models import Assistant
from ingestion.models.bounds import finite
from portal.accounts.models import User
from reviews.models.definition import Criterion, DefinitionVersion, Level
from reviews.models.reason import WentWrong
from reviews.models.sample import SampleReason


class DirtyDay(models.Model):
    """A day whose grades changed and whose counts must be made again. Added without looking,
    by many at once; the tick takes away what it has dealt with."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, db_index=False)
    day = models.DateField()
    marked_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["assistant", "day"], name="dirty_day")]

    def __str__(self) -> str:
        return f"{self.day}"


class Rollup(models.Model):
    """Verdicts counted for a conversation's day x kind x reason chosen x version x reviewer x
    place x flagged x gold. `first` tells first reviews from blind second ones and a lead's
    decisions; `flagged` is how the conversation stands now (flag or thumbs down), and `gold` the
    verdict that two blind reviewers share or a lead decided between them, or that they differ and
    wait for a lead."""

    class Place(models.TextChoices):
        FIRST = "first", "First review"
        SECOND = "second", "Blind second review"
        ADJUDICATION = "adjudication", "A lead's decision"

    class Gold(models.IntegerChoices):
        WAITS = -2, "Two differ, nobody has decided"
        NONE = -1, "Graded once"
        GOOD = 0, "Good"
        NOT_GOOD = 1, "Not good"

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, db_index=False)
    day = models.DateField()
    kind = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=11, choices=SampleReason.choices)
    version = models.ForeignKey(DefinitionVersion, on_delete=models.CASCADE, db_index=False)
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False)
    place = models.CharField(max_length=12, choices=Place.choices)
    flagged = models.BooleanField(default=False)
    gold = models.SmallIntegerField(choices=Gold.choices, default=Gold.NONE)
    good = models.PositiveIntegerField()
    not_good = models.PositiveIntegerField()
    cannot_judge = models.PositiveIntegerField()
    weight = models.FloatField(help_text="Sum of 1 / probability over good and not good.")
    weight_squared = models.FloatField(help_text="Sum of its squares.")
    weight_good = models.FloatField(help_text="Sum of 1 / probability over good.")
    weight_squared_good = models.FloatField(help_text="Sum of its squares over good.")
    formula = models.PositiveSmallIntegerField(help_text="Version of the formula that made it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "assistant",
                    "day",
                    "kind",
                    "reason",
                    "version",
                    "reviewer",
                    "place",
                    "flagged",
                    "gold",
                ],
                name="rollup_once",
            ),
            models.CheckConstraint(
                condition=finite(
                    "weight", "weight_squared", "weight_good", "weight_squared_good", most=1e45
                ),
                name="rollup_weight_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}: {self.good} good, {self.not_good} not"


class FlaggedCount(models.Model):
    """How many conversations of a day and kind are flagged or thumbed down, of all traffic."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, db_index=False)
    day = models.DateField()
    kind = models.CharField(max_length=120, blank=True)
    conversations = models.PositiveIntegerField()
    answers = models.PositiveIntegerField(help_text="Gradeable assistant messages.")
    formula = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assistant", "day", "kind"], name="flagged_count_once")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}: {self.conversations} flagged"


class CriterionRollup(models.Model):
    """Levels counted for a day x kind x reason chosen x reviewer x criterion x what went wrong."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, db_index=False)
    day = models.DateField()
    kind = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=11, choices=SampleReason.choices)
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False)
    place = models.CharField(max_length=12, choices=Rollup.Place.choices)
    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, db_index=False)
    level = models.ForeignKey(Level, on_delete=models.CASCADE, null=True, db_index=False)
    went_wrong = models.CharField(max_length=18, choices=WentWrong.choices, blank=True)
    grades = models.PositiveIntegerField()
    formula = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "assistant",
                    "day",
                    "kind",
                    "reason",
                    "reviewer",
                    "place",
                    "criterion",
                    "level",
                    "went_wrong",
                ],
                name="criterion_rollup_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} criterion {self.criterion_id}: {self.grades}"
