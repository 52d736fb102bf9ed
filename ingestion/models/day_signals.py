"""Cheap signals on all traffic, summed by day and kind when conversations are counted."""

from django.db import models

from ingestion.models.assistant import Assistant
from ingestion.models.bounds import finite


class DaySignals(models.Model):
    """Sums over the conversations of a kind on a day; each mean has a count of its own, because
    not every caller sends scores, latency, tokens or cost. Lengths and refusals are of the last
    answer."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, db_index=False)
    day = models.DateField()
    kind = models.CharField(max_length=120, blank=True)
    conversations = models.PositiveIntegerField()
    did_not_answer = models.PositiveIntegerField(help_text="A refusal or an empty phrase.")
    log_length = models.FloatField(help_text="Sum of the log of an answer's words.")
    scored = models.PositiveIntegerField()
    top_score = models.FloatField(help_text="Sum of the best passage's score.")
    timed = models.PositiveIntegerField()
    log_latency = models.FloatField(help_text="Sum of the log of milliseconds.")
    counted_tokens = models.PositiveIntegerField()
    tokens = models.FloatField(help_text="Sum of tokens out.")
    priced = models.PositiveIntegerField()
    cost = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assistant", "day", "kind"], name="day_signals_once"),
            models.CheckConstraint(
                condition=finite("log_length", "top_score", "log_latency", "tokens", "cost"),
                name="day_signals_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}"
