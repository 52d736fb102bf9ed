"""Search: by ticket, by id, by the beginnings of words, whatever is typed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from ingestion.wire import Message
from reviews.grading import search
from reviews.grading.search import MOST, find_conversations
from tests.world import World


def found(world: World, text: str) -> list[str]:
    rows = find_conversations(assistant=world.assistant, text=text)
    return [row.external_id for row in rows]


def test_by_id_by_ticket_and_by_the_beginning_of_a_word(world: World) -> None:
    world.conversations(id="chat-1", ticket_ref="T-77")
    chat = [Message(role="user", content="Ridge parka?"), Message(role="assistant", content="Yes.")]
    world.conversations(id="chat-2", messages=chat)
    assert found(world, "chat-1") == ["chat-1"]
    assert found(world, "T-77") == ["chat-1"]
    assert found(world, "ridge par") == ["chat-2"]
    assert found(world, "") == found(world, "nowhere") == []


def test_at_most_so_many_and_none_of_another_team(world: World) -> None:
    world.conversations(MOST + 5)
    world.conversations(3, assistant=world.other_assistant)
    rows = find_conversations(assistant=world.assistant, text="jacket")
    assert len(rows) == MOST
    assert {row.assistant_id for row in rows} == {world.assistant.pk}


@pytest.mark.parametrize(
    "text",
    ["'", "a' | 'b", "!!", "& | ! <->", ":*", "a:*b", "\\", "(((", "\x00", "_", "%", "é̈ ﷺ",
     "x " * 5000, "'; DROP TABLE reviews_flag; --", "\u202e\u200b", "a<->b", "1:1"],
)  # fmt: skip
def test_hostile_words_find_nothing_and_break_nothing(world: World, text: str) -> None:
    world.conversations()
    assert found(world, text) == []


def test_an_exact_hit_is_all_that_is_shown(world: World) -> None:
    world.conversations(id="parka", ticket_ref="T-1")
    said = [Message(role="user", content="parka"), Message(role="assistant", content="T-1?")]
    world.conversations(id="chat-2", messages=said)
    assert found(world, "parka") == ["parka"]
    assert found(world, "T-1") == ["parka"]
    assert set(found(world, "park")) == {"chat-2", "parka"}


def test_rare_words_are_found_behind_the_newest(world: World, monkeypatch: Any) -> None:
    old = [Message(role="user", content="Anorak?"), Message(role="assistant", content="No.")]
    world.conversations(id="old", messages=old, started_at=world.now - timedelta(days=9))
    world.conversations(6)
    monkeypatch.setattr(search, "NEWEST", 3)
    assert found(world, "anorak") == ["old"]
    assert len(found(world, "jacket")) == 6, "in order, however many of them are among the newest"
    assert found(world, "anorak no") == ["old"]


def test_the_newest_come_first_from_the_index_too(world: World, monkeypatch: Any) -> None:
    for days in (3, 1, 2):
        world.conversations(id=f"d{days}", started_at=world.now - timedelta(days=days))
    monkeypatch.setattr(search, "NEWEST", 1)
    assert found(world, "jacket") == ["d1", "d2", "d3"]


def test_an_index_that_takes_too_long_leaves_what_is_known(world: World, monkeypatch: Any) -> None:
    chats = [row.external_id for row in world.conversations(2)]
    slow = search.IN_INDEX.replace("WHERE words", "WHERE pg_sleep(5) IS NOT NULL AND words")
    monkeypatch.setattr(search, "IN_INDEX", slow)
    monkeypatch.setattr(search, "MILLISECONDS", 20)
    assert set(found(world, "jacket")) == set(chats)
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.parametrize(
    ("statement", "index"),
    [(search.AMONG_NEWEST, "search_entry_recent"), (search.IN_INDEX, "search_entry_words")],
)
def test_no_step_reads_everything(world: World, statement: str, index: str) -> None:
    values: dict[str, Any] = {
        "assistant": world.assistant.pk,
        "words": "'jacket':*",
        "most": 20,
        "newest": 1000,
    }
    world.conversations()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert index in plan
    assert "Seq Scan" not in plan
