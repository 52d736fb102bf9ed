"""Who signed in, who tried, from where: one row an event, for the admins of a person's teams."""

from django.db import models

from portal.accounts.models.user import User


class SignInEvent(models.Model):
    """One event about somebody we know. Tries with an address that nobody has are in the log alone:
    whose they were is not known, so no team may see them."""

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in", "Signed in"
        SIGNED_OUT = "signed_out", "Signed out"
        FAILED = "failed", "Wrong password"
        LOCKED_OUT = "locked_out", "Too many tries, had to wait"
        FACTOR_USED = "factor_used", "Second factor used"
        FACTOR_FAILED = "factor_failed", "Wrong second factor"
        FACTOR_ADDED = "factor_added", "Second factor added"
        FACTOR_REMOVED = "factor_removed", "Second factor removed"
        PASSWORD_CHANGED = "password_changed", "Password changed"
        KEY_MADE = "key_made", "Made a key"
        KEY_REVOKED = "key_revoked", "Revoked a key"
        PASSWORD_RESET = "password_reset", "Password set by a link"

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_in_events")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    address = models.GenericIPAddressField(null=True, help_text="From where, as the proxy says.")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=[
                        "signed_in", "signed_out", "failed", "locked_out", "factor_used",
                        "factor_failed", "factor_added", "factor_removed", "password_changed",
                        "password_reset", "key_made", "key_revoked",
                    ]
                ),
                name="sign_in_event_known",
            )
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["person", "-id"], name="sign_in_by_person"),
            models.Index(fields=["person", "at"], name="sign_in_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_kind_display()}"
