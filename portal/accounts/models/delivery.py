"""What goes out by mail: the columns of every outbox, the server's rest, addresses it refused."""

from django.db import models

from portal.accounts.models.user import User


class Delivery(models.Model):
    """One copy of something to somebody: made once, sent once."""

    due_at = models.DateTimeField(help_text="Not tried before; moved on after a failure.")
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    unsure_at = models.DateTimeField(
        null=True, blank=True, help_text="It went out then, and no answer came: perhaps taken."
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True


class AccountMail(Delivery):
    """A mail that somebody asked for at sign-in. The link in it is made when it goes out, so that
    no row holds what opens an account."""

    class Kind(models.TextChoices):
        PASSWORD_RESET = "password_reset", "Password reset"

    recipient = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "kind"],
                condition=models.Q(sent_at__isnull=True, given_up_at__isnull=True),
                name="account_mail_one_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient}"


class MailServer(models.Model):
    """A mail server that takes no mail; it is left alone until `resting_until`, then asked with
    one mail. No row: all is well."""

    name = models.CharField(max_length=300, unique=True, help_text="Host and port.")
    since = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0)
    resting_until = models.DateTimeField()
    said = models.CharField(max_length=300)

    def __str__(self) -> str:
        return self.name


class RefusedAddress(models.Model):
    """An address of which the mail server said that there is no such mailbox. It gets nothing
    until an admin asks to try again, or for a month."""

    address = models.EmailField(max_length=254, unique=True)
    since = models.DateTimeField()
    tried_at = models.DateTimeField()
    said = models.CharField(max_length=300)
    again_at = models.DateTimeField(null=True, blank=True, help_text="Somebody asked to try again.")

    def __str__(self) -> str:
        return self.address
