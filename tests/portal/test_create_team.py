"""The first team: its admin can sign in; what does not fit is refused with its fix."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from portal.accounts.models import Membership, Role, User
from tests.pages import page_of

GOOD = {"email": "Ada@acme.example", "person": "Ada", "time_zone": "Europe/London"}


def create(monkeypatch: pytest.MonkeyPatch, name: str = "Acme", **options: str) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO("a-long-enough-line\n"))
    out = io.StringIO()
    call_command("create_team", name, stdout=out, **{**GOOD, **options})
    return out.getvalue()


@pytest.mark.django_db
def test_the_first_admin_can_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "ada@acme.example" in create(monkeypatch)
    member = Membership.objects.get()
    assert (member.role, member.team.time_zone) == (Role.ADMIN, "Europe/London")
    client = Client()
    form = {"login": "ada@acme.example", "password": "a-long-enough-line"}
    assert client.post(reverse("account_login"), form).status_code == 302
    assert "Connect your first assistant" in page_of(client.get("/"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"time_zone": "London"}, "Europe/London"),
        ({"email": "nobody"}, "email"),
        ({"name": "!"}, "letters"),
    ],
)
def test_what_does_not_fit_is_refused(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, str], words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        create(monkeypatch, **options)
    assert not User.objects.exists()
