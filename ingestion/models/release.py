"""A dated change of something that makes answers: model, prompt, retrieval content, ..."""

from django.db import models
from django.db.models.functions import Now

from ingestion.models.assistant import Assistant
from ingestion.models.bounds import moment_within
from portal.accounts.models import User


class Release(models.Model):
    """A change with the time it went live; announced by somebody, or noticed in the traffic."""

    class Kind(models.TextChoices):
        MODEL = "model", "Model"
        PROMPT = "prompt", "Prompt"
        RETRIEVAL = "retrieval", "Retrieval content"
        ESCALATION = "escalation", "Escalation rules"
        DEFINITION = "definition", "Quality definition"
        OTHER = "other", "Something else"

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="releases")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=200)
    went_live_at = models.DateTimeField()
    announced = models.BooleanField(help_text="False: first seen in the traffic, nobody told us.")
    note = models.TextField(blank=True)
    link = models.URLField(max_length=500, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_label = models.CharField(max_length=160, help_text="Who or what told us, as then.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assistant", "kind", "name", "went_live_at"], name="release_once"
            ),
            models.UniqueConstraint(
                fields=["assistant", "kind", "name"],
                condition=models.Q(announced=False),
                name="release_noticed_once",
            ),
            models.CheckConstraint(
                condition=moment_within("went_live_at"), name="release_at_bounds"
            ),
        ]
        indexes = [models.Index(fields=["assistant", "-went_live_at"], name="release_by_time")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"
