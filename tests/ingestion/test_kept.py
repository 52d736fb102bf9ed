"""A piece of everything that must not be stored is put into every field of every endpoint, and
then looked for in every column of every table."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.db import connection

from ingestion.digest import digest_all
from ingestion.models import Conversation, Signal
from reviews.grading.flagging import NewFlag, change_flag, match_waiting_flags, raise_flag
from reviews.grading.importing import GivenGrade, import_grades
from reviews.grading.search import find_conversations
from reviews.models import Flag
from tests.ingestion.conftest import Send
from tests.world import NOW, World

PLANTED = {
    "email": "jo.planted@example.com",
    "phone": "+44 20 7946 0958",
    "card": "4111 1111 1111 1111",
    "iban": "GB82 WEST 1234 5698 7654 32",
    "secret": "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
    "own": "ZX-4711",
}
LEFT_ALONE = {("ingestion_assistant", "redact_patterns")}


def rows_that_hold(text: str) -> list[tuple[str, str]]:
    """Tables and columns in which the text stands."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public'"
        )
        found = []
        for table, column in cursor.fetchall():
            cursor.execute(
                f'SELECT FROM "{table}" WHERE strpos(lower("{column}"::text), lower(%s)) > 0',
                [text],
            )
            if cursor.fetchone() is not None and (table, column) not in LEFT_ALONE:
                found.append((table, column))
    return found


def conversation(planted: str) -> dict[str, Any]:
    """A conversation with it in every text field."""
    return {
        "id": planted,
        "messages": [
            {"role": "user", "content": f"I am {planted} ok", "name": planted},
            {
                "role": "assistant",
                "content": [{"type": "text", "text": f"Hello, {planted} there"}],
                "tool_calls": [
                    {"id": planted, planted: 1, "function": {"arguments": f'{{"a":"{planted}"}}'}}
                ],
            },
            {"role": "tool", "content": planted, "tool_call_id": planted},
        ],
        "passages": [{"text": planted, "title": planted, "url": f"https://x.example/?q={planted}"}],
        "kind": planted,
        "channel": planted,
        "language": planted[:35],
        "model": planted,
        "prompt_version": planted,
        "retrieval_version": planted,
        "user_ref": planted,
        "ticket_ref": planted,
        "attributes": {planted: {"deep": [planted, {planted: planted}]}},
    }


def needles(planted: str) -> list[str]:
    """Itself, and without its gaps."""
    return [planted, planted.replace(" ", "")]


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
def test_nothing_that_was_planted_is_stored_anywhere(
    planted: str, send: Send, world: World
) -> None:
    world.assistant.redact_patterns = [r"ZX-\d{1,9}"]
    world.assistant.save()
    signal = {"conversation_id": planted, "name": "thumbs", "value": -1, "id": planted,
              "comment": planted}  # fmt: skip
    flag = NewFlag("wrong_fact", planted, pasted_text=planted, note=planted, external_id=planted)
    flag_it = partial(raise_flag, assistant=world.assistant, new=flag, by=None, label=planted)
    flag_it(at=NOW, when=NOW)
    assert send(signal, to="signals").status_code == 200  # before its conversation
    first = send(conversation(planted))
    assert first.status_code == 200, first.content
    assert first.json()["accepted"] == [planted]  # the caller's own words
    assert send(conversation(planted)).json()["duplicate"] == [planted]
    send({"kind": "prompt", "name": planted, "note": planted}, to="releases")
    send(conversation(planted) | {"started_at": planted}, to="conversations")
    send(conversation(planted) | {planted: 1}, to="conversations")
    digest_all(at=NOW)
    match_waiting_flags(assistant=world.assistant, at=world.now)
    given = [GivenGrade(planted, planted, "pass", note=planted)]
    assert import_grades(assistant=world.assistant, given=given, at=NOW).stored == 1
    assert import_grades(assistant=world.assistant, given=given, at=NOW).known == 1
    assert rows_that_hold("I am [")  # where it was looked for there is something to be found
    assert [rows_that_hold(one) for one in needles(planted)] == [[], []]
    (signal_row,) = Signal.objects.all()
    assert signal_row.conversation == Conversation.objects.get()  # they found each other
    found = find_conversations(assistant=world.assistant, text=planted).rows
    assert list(found) == [signal_row.conversation]  # and people find them by what they know
    row = Flag.objects.get(conversation=signal_row.conversation)
    change_flag(flag=row, note=planted, by=world.lena, at=NOW)
    assert not flag_it(at=NOW, when=NOW)[1]  # known by its id
    assert rows_that_hold(planted) == []


def test_numbers_that_are_cards_go_and_other_numbers_stay(send: Send, world: World) -> None:
    attributes = {"card": 4111111111111111, "phone": 4155552671, "password": "swordfish",
                  "order": 48213, "paid": 12.5, "ok": True, "real": 4111111111111111.0}  # fmt: skip
    assert send(conversation("plain") | {"attributes": attributes}).status_code == 200
    assert Conversation.objects.get().attributes == {
        "card": "[card number]", "phone": "[phone number]", "password": "[secret]", "order": 48213,
        "paid": 12.5, "ok": True, "real": "[card number]",
    }  # fmt: skip


def test_an_id_that_was_stored_as_it_came_stays_known(send: Send, world: World) -> None:
    send(conversation("plain"))
    Conversation.objects.update(external_id="jo@example.com")  # by an older version
    assert send(conversation("jo@example.com")).json()["duplicate"] == ["jo@example.com"]
    assert Conversation.objects.count() == 1
