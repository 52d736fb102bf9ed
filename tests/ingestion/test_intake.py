"""Intake: what is new is stored once, good rows are kept, the answer says what became of each."""

from __future__ import annotations

import gzip
import json
from datetime import date

import pytest

from ingestion.models import Conversation, IntakeBatch, Refusal
from tests.ingestion.conftest import Send, row
from tests.world import World

pytestmark = pytest.mark.django_db


def stored() -> list[str]:
    return list(Conversation.objects.order_by("pk").values_list("external_id", flat=True))


def test_one_object_is_stored(send: Send) -> None:
    response = send(row("a"))
    assert response.status_code == 200
    assert response.json() == {"accepted": ["a"], "duplicate": [], "rejected": []}
    assert stored() == ["a"]


def test_an_array_is_stored(send: Send) -> None:
    assert send([row("b"), row("a")]).json()["accepted"] == ["b", "a"]
    assert sorted(stored()) == ["a", "b"]


@pytest.mark.parametrize("ending", ["", "\n", "\r\n\r\n"])
def test_ndjson_is_stored(send: Send, ending: str) -> None:
    body = ("\n".join(json.dumps(row(name)) for name in "abc") + ending).encode()
    assert send(body, content_type="application/x-ndjson").json()["accepted"] == ["a", "b", "c"]


def test_gzip_is_unzipped_also_in_several_members(send: Send) -> None:
    assert send([row("a"), row("b")], zipped=True).json()["accepted"] == ["a", "b"]
    lines = [gzip.compress(json.dumps(row(name)).encode() + b"\n") for name in "cd"]
    response = send(b"".join(lines), headers={"Content-Encoding": "gzip"})
    assert response.json()["accepted"] == ["c", "d"]


def test_an_id_twice_in_one_batch_is_stored_once_and_the_first_wins(send: Send) -> None:
    answer = send([row("a", kind="First"), row("b"), row("a", kind="Second")]).json()
    assert answer == {"accepted": ["a", "b"], "duplicate": ["a"], "rejected": []}
    assert Conversation.objects.get(external_id="a").kind == "First"


def test_sent_twice_is_stored_once_and_changes_nothing(send: Send) -> None:
    send(row("a", kind="First"))
    response = send(row("a", kind="Second"))
    assert response.status_code == 200
    assert response.json() == {"accepted": [], "duplicate": ["a"], "rejected": []}
    assert Conversation.objects.get().kind == "First"
    assert IntakeBatch.objects.count() == 1


def test_good_rows_are_kept_when_others_are_refused(send: Send) -> None:
    response = send([row("a"), {"id": "b"}, row("c"), row("d", tokens_in=-1)])
    assert response.status_code == 200
    answer = response.json()
    assert answer["accepted"] == ["a", "c"]
    assert [(one["index"], one["id"], one["field"]) for one in answer["rejected"]] == [
        (1, "b", "messages"),
        (3, "d", "tokens_in"),
    ]
    assert all(one["reason"] and one["fix"] for one in answer["rejected"])
    assert stored() == ["a", "c"]


def test_good_lines_of_ndjson_are_kept_when_one_is_nested_too_deep(send: Send) -> None:
    deep = b'{"id": "a", "attributes": ' + b"[" * 5000 + b"]" * 5000 + b"}"
    answer = send(deep + b"\n" + json.dumps(row("b")).encode()).json()
    assert answer["accepted"] == ["b"]
    assert [one["index"] for one in answer["rejected"]] == [0]


def test_good_lines_of_ndjson_are_kept_when_one_is_cut_off(send: Send) -> None:
    body = json.dumps(row("a")).encode() + b'\n{"id": "b", "mess\n' + json.dumps(row("c")).encode()
    answer = send(body).json()
    assert answer["accepted"] == ["a", "c"]
    assert [one["index"] for one in answer["rejected"]] == [1]


def test_when_every_row_is_refused_the_status_says_so(send: Send) -> None:
    response = send([{"id": "a"}, {"id": "b"}])
    assert response.status_code == 422
    assert [one["id"] for one in response.json()["rejected"]] == ["a", "b"]
    assert stored() == []
    assert not IntakeBatch.objects.exists()


def test_refusals_are_kept_for_the_set_up_page_without_what_was_sent(send: Send) -> None:
    send([{"id": f"bad-{index}"} for index in range(50)])
    assert Refusal.objects.count() == 20
    assert Refusal.objects.filter(external_id="bad-0", field="messages").exists()


def test_the_same_id_in_another_assistant_is_another_conversation(send: Send, world: World) -> None:
    send(row("a"))
    theirs = world.key(assistant=world.other_assistant)
    assert send(row("a"), key=theirs).json()["accepted"] == ["a"]
    owners = Conversation.objects.order_by("pk").values_list("assistant", flat=True)
    assert list(owners) == [world.assistant.pk, world.other_assistant.pk]


def test_the_day_is_the_teams(send: Send, world: World) -> None:
    world.team.time_zone = "Pacific/Auckland"
    world.team.save()
    send(row("a", started_at="2026-01-31T23:30:00Z"))
    assert Conversation.objects.get().day == date(2026, 2, 1)


def test_what_identifies_people_is_not_stored(send: Send, world: World) -> None:
    world.assistant.redact_patterns = ["ZX-[0-9]+"]
    world.assistant.save()
    messages = [
        {"role": "user", "content": "I am jo@example.com, ZX-99", "name": "jo@example.com"},
        {"role": "assistant", "content": [{"type": "text", "text": "Thanks jo@example.com"}],
         "tool_calls": [{"to": "jo@example.com"}]},
    ]  # fmt: skip
    passages = [
        {
            "text": "From jo@example.com",
            "title": "Mail of jo@example.com",
            "url": "https://acorn.test/?by=jo@example.com",
        }
    ]
    sent = row(
        "a",
        messages=messages,
        passages=passages,
        user_ref="jo",
        attributes={"by": "jo@example.com"},
    )
    assert send(sent).status_code == 200
    kept = Conversation.objects.get()
    everything = json.dumps([kept.messages, kept.passages, kept.attributes])
    assert "example.com" not in everything
    assert kept.messages[0]["content"] == "I am [email], [removed]"
    assert len(kept.user_hash) == 64


def test_one_persons_hash_is_the_same_twice_and_differs_between_assistants(
    send: Send, world: World
) -> None:
    send([row("a", user_ref="jo"), row("b", user_ref="jo"), row("c", user_ref="al")])
    send(row("d", user_ref="jo"), key=world.key(assistant=world.other_assistant))
    hashes = dict(Conversation.objects.values_list("external_id", "user_hash"))
    assert hashes["a"] == hashes["b"]
    assert len(set(hashes.values())) == 3
