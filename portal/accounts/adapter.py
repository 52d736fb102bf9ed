"""How people come in: by invitation only."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from portal.accounts import sign_ins
from portal.accounts.account_mail import ask_for_reset
from portal.accounts.models import SignInEvent


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """allauth without open sign-up; accepting an invitation makes the account."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Somebody who tried too often is told to wait; that they were is written down."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            login = str(credentials.get("email") or credentials.get("username") or "")
            kind = SignInEvent.Kind.LOCKED_OUT
            sign_ins.note(kind=kind, request=request, login=login, at=timezone.now())
            raise

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Its only mail here is the link to a new password; it goes through our outbox."""
        if template_prefix == "account/email/password_reset_key":
            ask_for_reset(person=context["user"], at=timezone.now())
        else:
            super().send_mail(template_prefix, email, context)
