"""Search: by ticket, by id, by the beginnings of words, whatever is typed."""

from __future__ import annotations

import pytest

from ingestion.wire import Message
from reviews.search import MOST, find_conversations
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
