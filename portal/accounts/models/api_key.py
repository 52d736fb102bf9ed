"""Keys for programs: shown once, stored hashed, scoped, revocable."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from portal.accounts.models.team import Team
from portal.accounts.models.user import User


class Scope(models.TextChoices):
    """What a key may do."""

    INGEST = "ingest", "Send conversations, signals and releases"
    FLAG = "flag", "Flag answers"
    READ = "read", "Read answers, figures and reports"


class ApiKey(models.Model):
    """A secret for programs; only its SHA-256 is kept, so nobody can show it again."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=120)
    scopes = ArrayField(models.CharField(max_length=8, choices=Scope.choices))
    hint = models.CharField(max_length=8, help_text="The last characters, to tell keys apart.")
    digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scopes__contained_by=Scope.values, scopes__len__gte=1),
                name="api_key_scopes_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} (…{self.hint})"
