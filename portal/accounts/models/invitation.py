"""An invitation to a team by link: it expires and works once."""

from django.db import models

from portal.accounts.models.team import Role, Team
from portal.accounts.models.user import User


class Invitation(models.Model):
    """A place in a team that waits for its person; only the hash of the link is kept."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254, blank=True, help_text="Empty: whoever has the link.")
    role = models.CharField(max_length=8, choices=Role.choices)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["team", "-created_at"], name="invitation_by_team")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True) ^ models.Q(accepted_by__isnull=False),
                name="invitation_accepted_by_someone",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="invitation_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email or 'link'} as {self.role}"
