"""What looking back and fire drills came to: worked out beside the pages, which only read it."""

from django.db import models

from ingestion.models import Assistant


class KeptLookBack(models.Model):
    """What the last `weeks` weeks came to, as known at a moment; of each period only the newest."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, db_index=False)
    weeks = models.PositiveSmallIntegerField()
    day = models.DateField(help_text="The last complete day then, where the weeks end.")
    as_of = models.DateTimeField()
    content = models.JSONField(null=True, help_text="None while there is nothing to look back on.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assistant", "weeks"], name="look_back_once"),
        ]

    def __str__(self) -> str:
        return f"{self.weeks} weeks to {self.day}"


class HeldDrill(models.Model):
    """A drop that a lead planted, on paper only, and what came of it: nothing until it is held."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, db_index=False)
    first = models.DateField()
    last = models.DateField()
    points = models.PositiveSmallIntegerField()
    all_kinds = models.BooleanField()
    kind = models.CharField(max_length=120, blank=True)
    day = models.DateField(help_text="From when on it is worse.")
    asked_at = models.DateTimeField()
    as_of = models.DateTimeField(null=True, help_text="Of the rows it was held on.")
    content = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assistant", "last", "points", "all_kinds", "kind", "day"],
                name="held_drill_once",
            ),
        ]
        indexes = [models.Index(fields=["asked_at"], name="held_drill_asked")]

    def __str__(self) -> str:
        return f"{self.points} points from {self.day}"
