"""Keys: none, revoked, of the wrong scope, of another assistant; the last use is kept."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from ingestion.models import Conversation, Signal
from portal.accounts.models import ApiKey, Scope
from tests.ingestion.conftest import Send, error_of, row
from tests.world import World

pytestmark = pytest.mark.django_db
ENDPOINTS = ["conversations", "signals", "releases", "flags"]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer nonsense", "Basic am86am8=", "Bearer \xff"]
)
def test_without_a_key_that_works_nothing_is_read(
    world: World, endpoint: str, header: str | None
) -> None:
    headers = {} if header is None else {"Authorization": header}
    response = Client().post(
        f"/api/v1/{endpoint}", "not json", content_type="application/json", headers=headers
    )
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert error_of(response)["code"] == "no_key"


def test_a_session_is_no_key(world: World) -> None:
    client = Client()
    client.force_login(world.ada)
    answer = client.post("/api/v1/conversations", row(), content_type="application/json")
    assert answer.status_code == 401


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_revoked_key_opens_nothing(send: Send, key: str, endpoint: str) -> None:
    ApiKey.objects.update(revoked_at=timezone.now())
    assert send(row(), to=endpoint).status_code == 401
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_key_needs_the_scope(send: Send, world: World, endpoint: str) -> None:
    needed = Scope.FLAG if endpoint == "flags" else Scope.INGEST
    others = [scope for scope in Scope if scope != needed]
    response = send(row(), to=endpoint, key=world.key(*others))
    assert response.status_code == 403
    error = error_of(response)
    assert error["code"] == "wrong_scope"
    assert needed.value in error["reason"]
    assert not Conversation.objects.exists()


def test_a_key_speaks_for_its_own_assistant_only(send: Send, world: World) -> None:
    ours = world.conversations()[0]
    theirs = world.key(assistant=world.other_assistant)
    signal = {"conversation_id": ours.external_id, "name": "thumbs", "value": -1}
    assert send(signal, to="signals", key=theirs).json()["waiting"] == 1
    assert Signal.objects.get().conversation is None
    send(row("mine"), key=theirs)
    assert Conversation.objects.get(external_id="mine").assistant == world.other_assistant


def test_the_last_use_is_kept(send: Send, key: str) -> None:
    assert ApiKey.objects.get().last_used_at is None
    before = timezone.now()
    send(row())
    used = ApiKey.objects.get().last_used_at
    assert used is not None
    assert before <= used <= timezone.now()


def test_a_refused_key_was_not_used(send: Send, world: World) -> None:
    send(row(), key=world.key(Scope.READ))
    assert not ApiKey.objects.filter(last_used_at__isnull=False).exists()
