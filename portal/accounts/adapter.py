"""How people come in: by invitation only."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """allauth without open sign-up; accepting an invitation makes the account."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
