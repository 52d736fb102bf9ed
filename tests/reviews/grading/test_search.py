"""Search: by ticket, by id, by the beginnings of words, whatever is typed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from ingestion.alike import spaced, sql_spaced
from ingestion.models import Assistant, SearchEntry
from ingestion.search_entries import remake_entries
from ingestion.wire import Message
from reviews.grading import search
from reviews.grading.search import MOST, find_conversations
from tests.world import World


def found(world: World, text: str) -> list[str]:
    rows = find_conversations(assistant=world.assistant, text=text).rows
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
    rows = find_conversations(assistant=world.assistant, text="jacket").rows
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


@pytest.mark.parametrize(
    "typed",
    ["ZD-4821", "zd-4821", "#ZD-4821", "4821", "#4821", "  ZD-4821 ", "ZD 4821", "ZD4821",
     "zd_4821", "ZD\u20114821", "ZD–4821", "ＺＤ－４８２１", "[ZD-4821]", "Ticket 4821",
     "https://help.example/agent/tickets/4821", "https://help.example/agent/tickets/4821?view=1",
     "https://help.example/#/browse/ZD-4821", "https://help.example/case?id=4821&open=yes",
     "https://app.help.example/a/inbox/x7/conversation/4821"],
)  # fmt: skip
@pytest.mark.parametrize("kept", ["ZD-4821", "zd 4821"])
def test_a_ticket_is_found_as_people_write_it(world: World, typed: str, kept: str) -> None:
    if typed.startswith("Ticket"):
        kept = "4821"  # the word is the typist's own
    world.conversations(id="it", ticket_ref=kept)
    world.conversations(id="other", ticket_ref="ZD-14821")
    found = find_conversations(assistant=world.assistant, text=typed)
    assert [row.external_id for row in found.rows] == ["it"]
    assert found.certain == 1


@pytest.mark.parametrize(
    "typed", ["14 days", "return 7", "https://[x", "https://x.example/a?b", "7-1-"]
)
def test_a_sentence_with_a_number_is_no_ticket(world: World, typed: str) -> None:
    world.conversations(id="it", ticket_ref="7")
    assert find_conversations(assistant=world.assistant, text=typed).certain == 0


def test_a_secret_ticket_is_found_as_it_is_typed(world: World) -> None:
    Assistant.objects.filter(pk=world.assistant.pk).update(redact_patterns=["CASE-[0-9]+"])
    world.assistant.refresh_from_db()
    world.conversations(id="it", ticket_ref="CASE-4821")
    assert SearchEntry.objects.get().ticket_ref.startswith("hidden-")
    for typed in ("CASE-4821", "#CASE-4821", "case-4821", "CASE 4821"):
        assert found(world, typed) == ["it"], typed


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("这件外套可以退货吗？", "退货"), ("這件外套可以退貨嗎", "外套"),
        ("返品は14日以内です", "以内"), ("ジャケットを返品したい", "ジャケット"),
        ("반품하고 싶어요", "반품"), ("Crème brûlée", "creme brulee"),
        ("Creme brulee", "Crème Brûlée"), ("Größe über 40", "gro"), ("Größe", "GRÖ"),
        ("Ñandú naïve", "nandu"), ("ﬁne print", "fine"), ("Cre\u0301me", "crème"),
    ],
)  # fmt: skip
def test_words_of_any_script_are_found_inside(world: World, said: str, typed: str) -> None:
    talk = [Message(role="user", content=said), Message(role="assistant", content="OK.")]
    world.conversations(id="it", messages=talk)
    world.conversations(id="other")
    assert found(world, typed) == ["it"]


def test_signs_of_a_word_in_another_order_are_another_word(world: World) -> None:
    talk = [Message(role="user", content="货退"), Message(role="assistant", content="OK.")]
    world.conversations(messages=talk)
    assert found(world, "退货") == []


@pytest.mark.parametrize(
    "text",
    ["Crème brûlée", "返品 café", "ﬁne", "Ǆ", "e\u0301\u0323", "が\u3099", "각", "", "a\u00a0b"],
)
def test_python_and_the_database_cut_words_alike(db: None, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql_spaced('%s::text')}", [text])
        assert cursor.fetchone()[0].split() == spaced(text).split()


def test_an_entry_of_an_earlier_way_is_made_again(world: World) -> None:
    chats = world.conversations(3, messages=[Message(role="assistant", content="返品できます")])
    SearchEntry.objects.update(formula=0, words="", answer_words=[])
    assert found(world, "返品") == []
    assert remake_entries(at=world.now) == 3
    assert len(found(world, "返品")) == len(chats)
    assert remake_entries(at=world.now) == 0
