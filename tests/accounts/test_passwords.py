"""A password is what was typed: no form and no command takes a space off its ends."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import portal.urls  # noqa: F401 - imports every form of ours
from portal.accounts import people
from portal.accounts.models import Role, User
from tests.conftest import ROUNDS_OF_THE_PROGRAM
from tests.world import World

ENDS = (" ferry boats", "ferry boats ", "\tferry boats\t", "\u00a0ferry boats\u3000")


@pytest.fixture(autouse=True)
def counts_of_its_own(settings: Any) -> None:
    """Tries are counted in Redis, which other tests use too: count under a name of our own."""
    counted = {**settings.CACHES["default"], "KEY_PREFIX": f"password-{uuid.uuid4().hex}"}
    settings.CACHES = {"default": counted}


def every_form(base: type[forms.BaseForm] = forms.BaseForm) -> Iterator[type[forms.BaseForm]]:
    for one in base.__subclasses__():
        yield one
        yield from every_form(one)


def signed_in(email: str | None, password: str) -> Client | None:
    client = Client()
    form = {"login": email or "", "password": password}
    return client if client.post(reverse("account_login"), form).status_code == 302 else None


def test_every_password_field_keeps_its_spaces() -> None:
    found = {
        (form.__name__, name): field
        for form in every_form()
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field.widget, forms.PasswordInput)
    }
    ours = {("JoinForm", "password"), ("LoginForm", "password"), ("ReauthenticateForm", "password")}
    assert ours <= set(found)
    assert not [name for name, field in found.items() if getattr(field, "strip", True)]


@pytest.mark.parametrize("password", ENDS)
def test_who_joined_with_it_signs_in_with_it_and_only_with_it(world: World, password: str) -> None:
    email = "olaf@acorn.example"
    _, secret = people.invite(
        team=world.team, email=email, role=Role.AGENT, by=world.ada, at=timezone.now()
    )
    form = {"email": email, "name": "Olaf", "password": password}
    assert Client().post(reverse("join", args=[secret]), form).status_code == 302
    assert signed_in(email, password)
    assert not signed_in(email, password.strip())


@pytest.mark.parametrize("password", ENDS[:2])
def test_changed_asked_again_and_set_anew_it_stays_the_same(world: World, password: str) -> None:
    world.rosa.set_password("another long line")
    world.rosa.save()
    client = signed_in(world.rosa.email, "another long line")
    assert client
    change = {"oldpassword": "another long line", "password1": password, "password2": password}
    assert client.post(reverse("account_change_password"), change).status_code == 302
    again = signed_in(world.rosa.email, password)
    assert again
    asked = again.post(reverse("account_reauthenticate"), {"password": password})
    assert asked.status_code == 302
    assert not signed_in(world.rosa.email, password.strip())

    other = f" {password} anew"
    Client().post(reverse("account_reset_password"), {"email": world.rosa.email})
    link = re.search(r"https?://\S+", str(mail.outbox[-1].body))
    assert link
    reset = Client()
    place = reset.get(link[0], follow=True).redirect_chain[-1][0]
    reset.post(place, {"password1": other, "password2": other})
    assert signed_in(world.rosa.email, other)
    assert not signed_in(world.rosa.email, other.strip())


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
@pytest.mark.parametrize("password", ENDS)
def test_the_first_admin_has_it_too(
    monkeypatch: pytest.MonkeyPatch, password: str, end: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(password + end, newline=""))
    call_command("create_team", "Acme", email="ada@a.example", person="Ada", stdout=io.StringIO())
    assert User.objects.get().check_password(password)


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["ferry \x00 boats", "ferry \udcff boats"])
def test_what_no_form_can_send_is_refused(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    with pytest.raises(CommandError, match="no form can send"):
        call_command("create_team", "Acme", email="ada@a.example", person="Ada")
    assert not User.objects.exists()


def test_the_program_itself_hashes_in_many_rounds(settings: Any) -> None:
    """The tests take one, see tests/conftest.py."""
    assert settings.PASSWORD_HASHERS[0].endswith(".PBKDF2PasswordHasher")
    assert ROUNDS_OF_THE_PROGRAM >= 600_000
