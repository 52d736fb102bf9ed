"""Signing in: only people who were invited, only so many tries, and nothing told to a stranger."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from tests.pages import page_of
from tests.world import NOW, PASSWORD, World

SignIn = Callable[[User], Client]
WRONG = "not-the-password"


@pytest.fixture(autouse=True)
def counts_of_its_own(settings: Any) -> None:
    """Tries are counted in Redis, which other tests use too: count under a name of our own."""
    counted = {**settings.CACHES["default"], "KEY_PREFIX": f"sign-in-{uuid.uuid4().hex}"}
    settings.CACHES = {"default": counted}


@pytest.fixture
def rosa(world: World) -> User:
    world.rosa.set_password(PASSWORD)
    world.rosa.save()
    return world.rosa


def try_in(email: str, password: str, where: str = "203.0.113.1", client: Any = None) -> Any:
    form = {"login": email, "password": password}
    return (client or Client()).post(reverse("account_login"), form, REMOTE_ADDR=where)


def is_in(client: Client) -> bool:
    return client.get(reverse("profile")).status_code == 200


@pytest.mark.parametrize(
    "email", ["rosa@acorn.example", "Rosa@Acorn.EXAMPLE", " rosa@acorn.example"]
)
def test_in_with_address_and_password(rosa: User, email: str) -> None:
    client = Client()
    assert try_in(email, PASSWORD, client=client)["Location"] == reverse("home")
    assert is_in(client)
    client.post(reverse("account_logout"))
    assert not is_in(client)


def test_looking_at_the_way_out_does_not_take_it(rosa: User, as_: SignIn) -> None:
    client = as_(rosa)
    client.get(reverse("account_logout"))
    assert is_in(client)


def test_a_stranger_is_sent_to_sign_in_and_then_on_to_where_they_went(rosa: User) -> None:
    client, wanted = Client(), reverse("mail_settings")
    sent = client.get(wanted)["Location"]
    assert sent == f"{reverse('account_login')}?next={wanted}"
    form = {"login": rosa.email, "password": PASSWORD, "next": wanted}
    assert client.post(reverse("account_login"), form)["Location"] == wanted


def test_nobody_is_sent_on_to_another_site(rosa: User) -> None:
    form = {"login": rosa.email, "password": PASSWORD, "next": "https://elsewhere.example/"}
    answer = Client().post(reverse("account_login"), form)
    assert "elsewhere" not in answer.headers.get("Location", "")


def test_a_wrong_password_and_an_unknown_address_are_told_the_same(rosa: User) -> None:
    told = set()
    for email in (rosa.email or "", "nobody@acorn.example"):
        page = page_of(try_in(email, WRONG))
        assert 'role="alert"' in page
        told.add(re.sub(r'(value|content|data-token)="[^"]*"', "", page))
    assert len(told) == 1


def test_after_five_wrong_tries_even_the_right_password_waits_five_minutes(rosa: User) -> None:
    """Wherever the tries come from: the address is guarded, not the computer."""
    with time_machine.travel(NOW, tick=False) as clock:
        for number in range(5):
            assert try_in("rosa@acorn.example", WRONG, f"203.0.113.{number}").status_code == 200
        client = Client()
        refused = try_in("ROSA@acorn.example", PASSWORD, "203.0.113.9", client)
        assert "Too many" in page_of(refused)
        assert not is_in(client)
        clock.shift(timedelta(minutes=5, seconds=1))
        assert try_in("rosa@acorn.example", PASSWORD, client=client).status_code == 302
        assert is_in(client)


def test_somebody_elses_tries_lock_nobody_else_out(rosa: User, world: World) -> None:
    for number in range(7):
        try_in("lena@acorn.example", WRONG, f"203.0.113.{number}")
    assert try_in("rosa@acorn.example", PASSWORD, "203.0.113.9").status_code == 302


def test_one_computer_cannot_try_one_address_after_the_other(rosa: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        for number in range(10):
            try_in(f"guess{number}@acorn.example", WRONG)
        assert "Too many" in page_of(try_in("rosa@acorn.example", PASSWORD))
        assert try_in("rosa@acorn.example", PASSWORD, "203.0.113.9").status_code == 302
        clock.shift(timedelta(seconds=61))
        assert try_in("rosa@acorn.example", PASSWORD).status_code == 302


def test_a_flood_from_one_computer_is_answered_with_429(rosa: User) -> None:
    with time_machine.travel(NOW, tick=False):
        answers = [try_in("", "") for _ in range(31)]
    assert [one.status_code for one in answers[:30]] == [200] * 30
    assert answers[30].status_code == 429
    assert "Too many tries in a short time" in page_of(answers[30])


def test_sign_in_works_while_the_counter_is_silent(rosa: User, settings: Any) -> None:
    counted = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": counted}
    client = Client()
    assert try_in("rosa@acorn.example", PASSWORD, client=client).status_code == 302
    assert is_in(client)


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_signs_up_by_themselves(world: World, method: str) -> None:
    before = User.objects.count()
    form = {"email": "new@elsewhere.example", "password1": PASSWORD}
    answer = getattr(Client(), method)(reverse("account_signup"), form)
    assert answer.status_code == 200
    assert "invit" in page_of(answer).lower()
    assert User.objects.count() == before


@pytest.mark.parametrize("is_external", [False, True], ids=["switched-off", "external"])
def test_who_may_not_sign_in_cannot(rosa: User, is_external: bool) -> None:
    rosa.is_active, rosa.is_external = False, is_external
    rosa.email = None if is_external else rosa.email
    rosa.save()
    client = Client()
    try_in("rosa@acorn.example", PASSWORD, client=client)
    assert not is_in(client)


def test_who_is_switched_off_is_out_at_once(rosa: User, as_: SignIn) -> None:
    client = as_(rosa)
    assert is_in(client)
    User.objects.filter(pk=rosa.pk).update(is_active=False)
    assert not is_in(client)


def test_a_forgotten_password_is_set_by_a_link_that_works_once(rosa: User) -> None:
    client = Client()
    client.post(reverse("account_reset_password"), {"email": "Rosa@acorn.example"})
    (sent,) = mail.outbox
    assert sent.to == ["rosa@acorn.example"]
    found = re.search(r"https?://[^/\s]+(/\S+)", str(sent.body))
    assert found
    form_page = client.get(found[1])["Location"]
    new = "another-plumb-line"
    assert client.post(form_page, {"password1": new, "password2": new}).status_code == 302
    assert try_in("rosa@acorn.example", PASSWORD).status_code == 200
    assert try_in("rosa@acorn.example", new).status_code == 302
    assert Client().get(found[1]).status_code == 200, "the link leads to no form any more"


def test_asking_for_a_password_does_not_tell_who_has_an_account(rosa: User) -> None:
    answers = [
        Client().post(reverse("account_reset_password"), {"email": email})
        for email in ("rosa@acorn.example", "nobody@elsewhere.example")
    ]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert {one.to[0] for one in mail.outbox} <= {"rosa@acorn.example"}, "no mail to strangers"


def test_a_password_is_asked_for_five_times_a_minute_at_most(rosa: User) -> None:
    for number in range(8):
        Client().post(
            reverse("account_reset_password"),
            {"email": "rosa@acorn.example"},
            REMOTE_ADDR=f"203.0.113.{number}",
        )
    assert len(mail.outbox) == 5


@pytest.mark.django_db
def test_the_page_offers_a_new_password_once() -> None:
    page = page_of(Client().get(reverse("account_login")))
    assert page.count(f'href="{reverse("account_reset_password")}"') == 1
