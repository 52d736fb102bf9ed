"""A person, known by their email address; external reviewers are people who cannot sign in."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower


class UserManager(BaseUserManager["User"]):
    """Makes people; addresses are kept in lower case so that one person is one row."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """Someone who uses Plumbline, or an external reviewer whose grades were imported."""

    class Theme(models.TextChoices):
        SYSTEM = "system", "As my computer"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    email = models.EmailField(max_length=254, null=True, blank=True, unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    is_external = models.BooleanField(default=False)
    date_joined = models.DateTimeField(auto_now_add=True)
    theme = models.CharField(max_length=6, choices=Theme.choices, default=Theme.SYSTEM)
    single_keys = models.BooleanField(
        default=True, help_text="Off: single keys become Alt+Shift+key."
    )

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique"),
            models.CheckConstraint(
                condition=models.Q(is_external=True) ^ models.Q(email__isnull=False),
                name="user_has_email_unless_external",
            ),
            models.CheckConstraint(
                condition=models.Q(is_external=False) | models.Q(is_active=False),
                name="user_external_cannot_sign_in",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or "?"
