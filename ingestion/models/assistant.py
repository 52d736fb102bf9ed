"""The AI product that is watched, and the keys that speak for it."""

from django.db import models

from portal.accounts.models import ApiKey, Team


class Assistant(models.Model):
    """An AI assistant in production whose answers a team watches."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="assistants")
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60)
    created_at = models.DateTimeField(auto_now_add=True)
    redact_patterns = models.JSONField(
        default=list, blank=True, help_text="The team's own regular expressions to blank out."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "slug"], name="assistant_slug_unique_in_team")
        ]

    def __str__(self) -> str:
        return self.name


class AssistantKey(models.Model):
    """Which assistant a key speaks for. (Accounts know nothing of assistants; we know keys.)"""

    api_key = models.OneToOneField(
        ApiKey, on_delete=models.CASCADE, primary_key=True, related_name="assistant_key"
    )
    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="keys")

    def __str__(self) -> str:
        return f"{self.api_key} for {self.assistant}"
