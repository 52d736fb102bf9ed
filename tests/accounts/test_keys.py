"""API keys: shown once, kept as a hash, for what they were made for, useless once revoked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from portal.accounts.access import note_key_use
from portal.accounts.keys import make_key, revoke_key
from portal.accounts.models import ApiKey, AuditEntry, Scope, User
from tests.pages import page_of
from tests.world import NOW, World

SignIn = Callable[[User], Client]
MINUTE = timedelta(minutes=1)
CONVERSATION = {
    "id": "k1",
    "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}],
}
CALLS: dict[str, tuple[str, str, Any]] = {
    "ingest": ("post", "/api/v1/conversations", CONVERSATION),
    "flag": ("post", "/api/v1/flags", {"conversation_id": "k1", "reason": "wrong_fact"}),
    "read": ("get", "/api/v1/incidents", None),
}


def call(secret: str, scope: str) -> int:
    method, address, body = CALLS[scope]
    headers = {"Authorization": f"Bearer {secret}"}
    client = Client()
    if method == "get":
        return client.get(address, headers=headers).status_code
    return client.post(address, body, content_type="application/json", headers=headers).status_code


def made(world: World, client: Client, **fields: Any) -> str:
    """The secret of a key that is made on the set-up page."""
    form = {"name": "Till", "scopes": ["ingest"], **fields}
    page = page_of(client.post(reverse("key_make", args=[world.assistant.pk]), form))
    found = re.search(r'<code id="secret">([^<]+)</code>', page)
    assert found, page
    return found[1]


def set_up(world: World, client: Client) -> str:
    page: str = page_of(client.get(reverse("setup", args=[world.assistant.pk])))
    return page


def test_a_key_is_shown_once_and_only_its_hash_is_kept(world: World, as_: SignIn) -> None:
    ada = as_(world.ada)
    secret = made(world, ada)
    assert re.fullmatch(r"plk_[\w-]{40}", secret)
    again = set_up(world, ada)
    assert secret not in again
    assert f"…{secret[-4:]}" in again
    (kept,) = ApiKey.objects.values()
    assert secret not in str(kept)
    assert kept["digest"] == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(list(AuditEntry.objects.values()))


def test_no_two_keys_are_alike(world: World) -> None:
    secrets = {world.key() for _ in range(20)}
    assert len(secrets) == 20


@pytest.mark.parametrize("scope", list(Scope), ids=lambda scope: scope.value)
def test_a_key_may_what_it_was_made_for_and_nothing_else(
    world: World, as_: SignIn, scope: Scope
) -> None:
    secret = made(world, as_(world.ada), scopes=[scope.value])
    answers = {name: call(secret, name) for name in CALLS}
    assert answers.pop(scope.value) in (200, 201)
    assert set(answers.values()) == {403}


def test_a_key_of_two_scopes_may_both(world: World, as_: SignIn) -> None:
    secret = made(world, as_(world.ada), scopes=["ingest", "read"])
    assert {name: call(secret, name) for name in CALLS} == {"ingest": 200, "flag": 403, "read": 200}


@pytest.mark.parametrize(
    "fields",
    [{"scopes": []}, {"scopes": ["ingest", "everything"]}, {"name": ""}, {"name": "n" * 121}],
    ids=["no-scope", "unknown-scope", "no-name", "long-name"],
)
def test_a_key_that_does_not_fit_is_not_made(
    world: World, as_: SignIn, fields: dict[str, Any]
) -> None:
    form = {"name": "Till", "scopes": ["ingest"], **fields}
    answer = as_(world.ada).post(reverse("key_make", args=[world.assistant.pk]), form)
    assert answer.status_code == 302
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("scopes", [[], ["everything"]], ids=["none", "unknown"])
def test_the_database_refuses_scopes_there_are_not(world: World, scopes: list[str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.create(team=world.team, name="x", scopes=scopes, hint="x", digest="x")


def test_a_revoked_key_opens_nothing_from_the_next_request_on(world: World, as_: SignIn) -> None:
    ada = as_(world.ada)
    secret = made(world, ada, scopes=["ingest", "flag", "read"])
    assert [call(secret, name) for name in CALLS] == [200, 201, 200]
    key = ApiKey.objects.get()
    revoke = reverse("key_revoke", args=[world.assistant.pk, key.pk])
    assert ada.post(revoke).status_code == 302
    assert [call(secret, name) for name in CALLS] == [401, 401, 401]
    page = set_up(world, ada)
    assert "revoked" in page
    assert revoke not in page, "there is nothing left to revoke"


def test_a_key_is_revoked_once(world: World, as_: SignIn) -> None:
    key, _ = make_key(team=world.team, name="Till", scopes=[Scope.READ], by=world.ada, at=NOW)
    revoke_key(key=key, by=world.ada, at=NOW)
    revoke_key(key=key, by=world.lena, at=NOW + MINUTE)
    key.refresh_from_db()
    assert key.revoked_at == NOW
    actions = AuditEntry.objects.order_by("pk").values_list("actor_label", "action")
    assert list(actions) == [("Ada Admin", "key.made"), ("Ada Admin", "key.revoked")]


def test_the_last_use_is_shown_by_the_minute(world: World, as_: SignIn) -> None:
    ada = as_(world.ada)
    secret = made(world, ada)
    assert "<td>never</td>" in set_up(world, ada)
    with time_machine.travel(NOW, tick=False):
        call(secret, "ingest")
    page = set_up(world, ada)
    assert "<td>never</td>" not in page
    assert "18 Nov 12:00" in page


@pytest.mark.parametrize(
    ("later", "kept"),
    [(timedelta(seconds=59), NOW), (timedelta(seconds=61), NOW + timedelta(seconds=61))],
    ids=["same-minute", "next-minute"],
)
def test_a_busy_key_is_not_written_at_each_request(
    world: World, later: timedelta, kept: datetime
) -> None:
    key, _ = make_key(team=world.team, name="Till", scopes=[Scope.READ], by=None, at=NOW)
    note_key_use(key, NOW)
    note_key_use(ApiKey.objects.get(), NOW + later)
    assert ApiKey.objects.get().last_used_at == kept


@pytest.mark.parametrize("role", ["agnes", "rosa", "lena"])
def test_only_admins_make_and_revoke(world: World, as_: SignIn, role: str) -> None:
    key, _ = make_key(team=world.team, name="Till", scopes=[Scope.READ], by=None, at=NOW)
    client = as_(getattr(world, role))
    for address in (
        reverse("key_make", args=[world.assistant.pk]),
        reverse("key_revoke", args=[world.assistant.pk, key.pk]),
    ):
        assert client.post(address, {"name": "x", "scopes": ["read"]}).status_code == 403
    assert ApiKey.objects.get().revoked_at is None


def test_a_key_of_another_team_or_assistant_is_not_there(world: World, as_: SignIn) -> None:
    world.key(assistant=world.other_assistant)
    theirs = ApiKey.objects.get()
    ada, otto = as_(world.ada), as_(world.otto)
    for client, assistant in ((ada, world.assistant), (ada, world.other_assistant)):
        revoke = reverse("key_revoke", args=[assistant.pk, theirs.pk])
        assert client.post(revoke).status_code == 404
    assert ApiKey.objects.get().revoked_at is None
    assert otto.post(
        reverse("key_revoke", args=[world.other_assistant.pk, theirs.pk])
    ).status_code == 302  # fmt: skip
    assert ApiKey.objects.get().revoked_at is not None


def test_making_and_revoking_are_written_down(world: World, as_: SignIn) -> None:
    ada = as_(world.ada)
    secret = made(world, ada, scopes=["flag", "read"])
    ada.post(reverse("key_revoke", args=[world.assistant.pk, ApiKey.objects.get().pk]))
    rows = AuditEntry.objects.order_by("pk").values_list("actor", "action", "subject", "details")
    name = f"Till (…{secret[-4:]})"
    assert list(rows) == [
        (world.ada.pk, "key.made", name, {"scopes": ["flag", "read"]}),
        (world.ada.pk, "key.revoked", name, {}),
    ]


def test_a_new_assistant_comes_with_a_key_that_may_only_send(world: World, as_: SignIn) -> None:
    address = reverse("new_assistant", args=[world.team.pk])
    page = page_of(as_(world.ada).post(address, {"name": "Sales"}))
    key = ApiKey.objects.get()
    assert key.scopes == ["ingest"]
    assert page.count("plk_") >= 2, "the key, and the snippets that hold it"
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["assistant.made", "key.made"]
