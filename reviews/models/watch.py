"""What the watch found: how it stands, and which signals left their usual range."""

from django.db import models

from ingestion.models import Assistant
from ingestion.models.bounds import finite


class Assessment(models.Model):
    """How good the answers are and whether they changed, as known at a moment.

    `content` holds every figure that pages, mails and the API print (reviews.watch.findings).
    Rows are only added, when something changed; the newest one holds.
    """

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, db_index=False)
    as_of = models.DateTimeField()
    day = models.DateField(help_text="Of as_of, in the team's time zone.")
    method = models.PositiveSmallIntegerField(help_text="Version of the method.")
    reading = models.CharField(max_length=20)
    evidence = models.FloatField(help_text="Of a change for the worse; an alarm from `line` on.")
    line = models.FloatField()
    content = models.JSONField()
    waiting_days = models.PositiveIntegerField(
        db_default=0, help_text="Days with news that were not counted yet: look again soon."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assistant", "as_of"], name="assessment_once"),
            models.CheckConstraint(
                condition=models.Q(evidence__gte=0, line__gt=0)
                & finite("evidence", "line", most=1e300),
                name="assessment_evidence",
            ),
        ]
        indexes = [models.Index(fields=["assistant", "-as_of"], name="assessment_newest")]

    def __str__(self) -> str:
        return f"{self.reading} as of {self.as_of}"


class DriftAlarm(models.Model):
    """A cheap signal on all traffic left its usual range. It never says that quality fell: more
    answers are looked at, and the days around it are likelier to be the start of something."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, db_index=False)
    day = models.DateField()
    signal = models.CharField(max_length=30)
    rose = models.BooleanField()
    usual = models.FloatField(help_text="In the signal's own unit.")
    now = models.FloatField()
    method = models.PositiveSmallIntegerField()
    found_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assistant", "day", "signal"], name="drift_alarm_once"),
            models.CheckConstraint(condition=finite("usual", "now"), name="drift_alarm_bounds"),
        ]

    def __str__(self) -> str:
        return f"{self.signal} {'rose' if self.rose else 'fell'} on {self.day}"
