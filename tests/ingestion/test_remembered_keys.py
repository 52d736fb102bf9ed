"""Keys are remembered between requests, and what is remembered is never trusted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ingestion.api import auth
from ingestion.models import AssistantKey, Conversation, IntakeBatch, Refusal
from portal.accounts.models import ApiKey, Scope
from tests.ingestion.conftest import Send, error_of, row
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(send: Send) -> Send:
    """`send`, with a key that is remembered."""
    auth._remembered.clear()
    for name in ("warm 1", "warm 2"):
        assert send(row(name)).status_code == 200
    assert len(auth._remembered) == 1
    return send


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The digests that were looked up in the database."""
    seen: list[str] = []
    read = auth.read_caller

    def note(digest: str) -> auth.Caller | None:
        seen.append(digest)
        return read(digest)

    monkeypatch.setattr(auth, "read_caller", note)
    return seen


def test_a_remembered_key_needs_no_look_up(known: Send, reads: list[str]) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert known(row("a")).json()["accepted"] == ["a"]
        assert known(row("a")).json()["duplicate"] == ["a"]
    assert not reads
    assert not queries.captured_queries
    assert list(IntakeBatch.objects.values_list("conversation_ids", flat=True))[2:] == [
        [Conversation.objects.get(external_id="a").pk]
    ]


BODIES: list[object] = [row("a"), b"not json", [], {"id": "a"}, [row("a"), {"id": "b"}]]
IDS = ["good", "no json", "empty", "refused", "half"]


@pytest.mark.parametrize("body", BODIES, ids=IDS)
def test_a_revoked_key_is_told_nothing_at_once(known: Send, body: object) -> None:
    ApiKey.objects.update(revoked_at=timezone.now())
    answer = known(body)
    assert answer.status_code == 401
    assert error_of(answer)["code"] == "no_key"
    assert Conversation.objects.count() == 2
    assert not Refusal.objects.exists()


def _narrow(world: World) -> None:
    ApiKey.objects.update(scopes=[Scope.READ.value])


def _unlink(world: World) -> None:
    AssistantKey.objects.all().delete()


def _delete(world: World) -> None:
    ApiKey.objects.all().delete()


@pytest.mark.parametrize(
    ("change", "status"),
    [(_narrow, 403), (_unlink, 401), (_delete, 401)],
    ids=["narrowed", "unlinked", "deleted"],
)
def test_a_key_that_lost_its_right_stores_nothing(
    known: Send, world: World, change: Callable[[World], None], status: int
) -> None:
    change(world)
    assert known(row("a")).status_code == status
    assert Conversation.objects.count() == 2


def test_a_key_that_speaks_for_another_assistant_now_stores_there(
    known: Send, world: World
) -> None:
    AssistantKey.objects.update(assistant=world.other_assistant)
    known(row("a"))
    assert Conversation.objects.get(external_id="a").assistant == world.other_assistant


def test_new_rules_hold_at_once(known: Send, world: World) -> None:
    world.assistant.redact_patterns = ["jacket"]
    world.assistant.save()
    assert known(row("a")).json()["accepted"] == ["a"]
    assert "jacket" not in str(Conversation.objects.get(external_id="a").messages)
    world.team.time_zone = "Pacific/Auckland"
    world.team.save()
    known(row("b", started_at="2026-01-31T23:30:00Z"))
    assert Conversation.objects.get(external_id="b").day == date(2026, 2, 1)


def test_what_is_sent_again_after_a_change_is_redacted_once(known: Send, world: World) -> None:
    world.assistant.redact_patterns = ["email"]
    world.assistant.save()
    messages = [{"role": "assistant", "content": "Write to jo@example.com"}]
    known(row("a", messages=messages))
    kept = Conversation.objects.get(external_id="a").messages
    assert kept[0]["content"] == "Write to [[removed]]"


def test_the_last_use_is_noted_by_the_minute(known: Send, reads: list[str]) -> None:
    ago = timezone.now() - timedelta(minutes=5)
    ApiKey.objects.update(last_used_at=ago)
    known(row("a"))
    known(row("b"))
    assert len(reads) >= 1
    used = ApiKey.objects.get().last_used_at
    assert used is not None
    assert used > ago + timedelta(minutes=4)


def test_the_memory_is_bounded(known: Send, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "MOST_REMEMBERED", 2)
    for _ in range(3):
        key = world.key()
        for number in range(3):
            known(row(f"{number}"), key=key)
    assert len(auth._remembered) <= 2
