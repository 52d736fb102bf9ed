"""Signals: kept once, tied to their conversation whichever came first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ingestion.digest import digest_all
from ingestion.models import Signal
from ingestion.signals import SignalIn, SignalReceipt, is_negative, receive_signals, value_fits
from tests.ingestion.conftest import Send, row
from tests.world import World

pytestmark = pytest.mark.django_db


def receive(world: World, *rows: SignalIn) -> SignalReceipt:
    return receive_signals(assistant=world.assistant, rows=list(rows), at=world.now)


def thumbs(ref: str = "c1", value: float = -1, **fields: Any) -> SignalIn:
    return SignalIn(conversation_id=ref, name="thumbs", value=value, **fields)


@pytest.mark.parametrize(
    ("name", "value", "fits", "negative"),
    [
        ("thumbs", -1, True, True),
        ("thumbs", 1, True, False),
        ("thumbs", 0, False, False),
        ("rating", 1, True, True),
        ("rating", 2, True, True),
        ("rating", 3, True, False),
        ("rating", 5, True, False),
        ("rating", 6, False, False),
        ("escalation", 1, True, True),
        ("escalation", 2, False, True),
    ],
)
def test_which_values_fit_and_which_are_bad_news(
    name: Any, value: float, fits: bool, negative: bool
) -> None:
    signal = SignalIn(conversation_id="a", name=name, value=value)
    assert value_fits(signal) is fits
    assert is_negative(signal) is negative


def test_a_signal_is_tied_to_its_conversation(world: World) -> None:
    conversation = world.conversations()[0]
    assert receive(world, thumbs(conversation.external_id)) == SignalReceipt(1, 0, 0)
    assert Signal.objects.get().conversation == conversation


def test_a_signal_that_comes_early_waits_and_is_tied_later(world: World) -> None:
    assert receive(world, thumbs("later")) == SignalReceipt(1, 0, 1)
    [conversation] = world.conversations(id="later")
    assert Signal.objects.get().conversation == conversation


def test_a_conversation_of_another_assistant_is_not_its_own(world: World) -> None:
    receive(world, thumbs("same"))
    world.conversations(id="same", assistant=world.other_assistant)
    assert Signal.objects.get().conversation is None


@pytest.mark.parametrize("signal_id", ["s1", ""])
def test_sent_twice_is_kept_once_also_a_minute_later(world: World, signal_id: str) -> None:
    world.conversations(id="c1")
    receive(world, thumbs(id=signal_id))
    later = world.now + timedelta(minutes=1)
    again = receive_signals(assistant=world.assistant, rows=[thumbs(id=signal_id)], at=later)
    assert again == SignalReceipt(0, 1, 0)
    assert Signal.objects.count() == 1


def test_sent_again_a_signal_that_was_left_behind_finds_its_conversation(world: World) -> None:
    receive(world, thumbs("c1"))
    [conversation] = world.conversations(id="c1")
    Signal.objects.update(conversation=None)  # as when the two had crossed
    assert receive(world, thumbs("c1")) == SignalReceipt(0, 1, 0)
    assert Signal.objects.get().conversation == conversation


def test_of_two_with_one_id_in_a_batch_the_first_wins(world: World) -> None:
    receipt = receive(world, thumbs(id="s", value=1), thumbs(id="s", value=-1))
    assert (receipt.accepted, receipt.duplicate) == (1, 1)
    assert Signal.objects.get().value == 1


def test_a_comment_is_redacted_with_the_teams_patterns_too(world: World) -> None:
    world.assistant.redact_patterns = ["ZX-[0-9]+"]
    receive(world, thumbs(comment="I am jo@example.com, ZX-9"))
    assert Signal.objects.get().comment == "I am [email], [removed]"


def test_the_api_takes_one_or_many_all_or_none(send: Send, world: World) -> None:
    send(row("c1"))
    digest_all(at=world.now)
    one = {"conversation_id": "c1", "name": "rating", "value": 2}
    assert send(one, to="signals").json() == {"accepted": 1, "duplicate": 0, "waiting": 0}
    bad = {"conversation_id": "c1", "name": "rating", "value": 9}
    other = {"conversation_id": "c1", "name": "escalation"}
    refused = send([other, bad], to="signals")
    assert refused.status_code == 422
    assert refused.json()["error"]["field"] == "[1].value"
    assert Signal.objects.count() == 1
