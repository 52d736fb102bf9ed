"""Who changed what, when: one row for each change a person or a key makes."""

from django.db import models

from portal.accounts.models.team import Team
from portal.accounts.models.user import User


class AuditEntry(models.Model):
    """One change. Rows are only added; the database refuses to change or delete them."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="audit_entries")
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    actor_label = models.CharField(max_length=160, help_text="The name as it was then.")
    action = models.CharField(max_length=60, help_text="For example 'member.role_changed'.")
    subject = models.CharField(max_length=200, help_text="What was changed, in words.")
    details = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["team", "-at", "-id"], name="audit_by_team")]

    def __str__(self) -> str:
        return f"{self.actor_label}: {self.action} {self.subject}"
