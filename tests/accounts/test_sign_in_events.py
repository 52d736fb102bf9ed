"""Sign-ins are written down, who and from where, and shown to the admins of the person's teams."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from structlog.testing import capture_logs

from portal.accounts import sign_ins
from portal.accounts.models import ApiKey, SignInEvent, User
from tests.pages import page_of
from tests.world import PASSWORD, World

Kind = SignInEvent.Kind
FROM = "203.0.113.7"


@pytest.fixture(autouse=True)
def counts_of_its_own(settings: Any) -> None:
    """Tries are counted in Redis, which other tests use too: count under a name of our own."""
    counted = {**settings.CACHES["default"], "KEY_PREFIX": f"events-{uuid.uuid4().hex}"}
    settings.CACHES = {"default": counted}


@pytest.fixture
def rosa(world: World) -> User:
    world.rosa.set_password(PASSWORD)
    world.rosa.save()
    return world.rosa


def try_in(email: str, password: str, client: Client | None = None) -> Client:
    client = client or Client(REMOTE_ADDR=FROM)
    client.post(reverse("account_login"), {"login": email, "password": password})
    return client


def kinds(person: User) -> list[str]:
    return list(person.sign_in_events.order_by("id").values_list("kind", flat=True))


def test_in_out_and_a_wrong_password_are_written_down_with_the_address(rosa: User) -> None:
    try_in("Rosa@acorn.example", "a-wrong-password")
    client = try_in("rosa@acorn.example", PASSWORD)
    client.post(reverse("account_logout"))
    assert kinds(rosa) == [Kind.FAILED, Kind.SIGNED_IN, Kind.SIGNED_OUT]
    assert {event.address for event in rosa.sign_in_events.all()} == {FROM}


def test_who_tries_too_often_is_seen_to_be_locked_out(rosa: User) -> None:
    for _ in range(12):
        try_in("rosa@acorn.example", "a-wrong-password")
    assert Kind.LOCKED_OUT in kinds(rosa)


def test_a_new_password_is_written_down(rosa: User) -> None:
    client = try_in("rosa@acorn.example", PASSWORD)
    new = "another plumb line"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    client.post(reverse("account_change_password"), form)
    assert Kind.PASSWORD_CHANGED in kinds(rosa)


def test_a_key_made_and_revoked_says_from_where(world: World) -> None:
    client = Client(REMOTE_ADDR=FROM)
    client.force_login(world.ada)
    make = reverse("key_make", args=[world.assistant.pk])
    client.post(make, {"name": "ours", "scopes": ["ingest"]})
    key = ApiKey.objects.get()
    client.post(reverse("key_revoke", args=[world.assistant.pk, key.pk]))
    events = world.ada.sign_in_events.exclude(kind=Kind.SIGNED_IN).order_by("id")
    found = list(events.values_list("kind", "address"))
    assert found == [(Kind.KEY_MADE, FROM), (Kind.KEY_REVOKED, FROM)]


def test_an_address_that_nobody_has_is_in_the_log_alone_and_not_by_its_name(world: World) -> None:
    with capture_logs() as lines:
        try_in("nobody@elsewhere.example", "a-wrong-password")
    assert not SignInEvent.objects.exists()
    said = [line for line in lines if line["event"] == "sign_in"]
    assert said == [
        {
            "event": "sign_in", "log_level": "info", "what": "failed", "user_id": None,
            "ip": FROM,
        }
    ]  # fmt: skip


def test_admins_see_their_own_members_only(
    world: World, rosa: User, as_: Callable[[User], Client]
) -> None:
    try_in("rosa@acorn.example", "a-wrong-password")
    sign_ins.note(kind=Kind.FAILED, request=None, person=world.otto, at=world.now)
    page = page_of(as_(world.ada).get(reverse("sign_ins", args=[world.team.pk])))
    assert "Wrong password" in page
    assert rosa.name in page
    assert FROM in page
    assert world.otto.name not in page
    assert as_(world.lena).get(reverse("sign_ins", args=[world.team.pk])).status_code == 403
    assert as_(world.otto).get(reverse("sign_ins", args=[world.team.pk])).status_code == 404


def test_old_ones_go_and_guesses_of_others_do_not_fill_the_table(world: World) -> None:
    old = world.now - sign_ins.KEPT_FOR - timedelta(days=1)
    SignInEvent.objects.create(person=world.rosa, kind=Kind.SIGNED_IN, at=old)
    SignInEvent.objects.bulk_create(
        SignInEvent(person=world.rosa, kind=Kind.FAILED, at=world.now)
        for _ in range(sign_ins.MOST_OF_ONE + 5)
    )
    sign_ins.note(kind=Kind.SIGNED_IN, request=None, person=world.rosa, at=world.now)
    assert world.rosa.sign_in_events.count() == sign_ins.MOST_OF_ONE
    assert not world.rosa.sign_in_events.filter(at=old).exists()
    assert kinds(world.rosa)[-1] == Kind.SIGNED_IN
