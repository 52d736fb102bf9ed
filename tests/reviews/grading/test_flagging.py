"""Flags: what a person says, and what the grades make of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ingestion.wire import Message
from portal.refused import Refused
from reviews.grading.flagging import (
    NewFlag,
    match_waiting_flags,
    open_flag_count,
    outcomes,
    raise_flag,
    undo_flag,
)
from reviews.grading.grades import record_grade
from reviews.models import Assignment, DirtyDay, Flag
from reviews.sampling.choosing import choose_all, policy_of
from tests.world import World


def flag(world: World, ref: str = "", **fields: object) -> Flag:
    new = NewFlag(**{"reason": "wrong_fact", "conversation_ref": ref, **fields})  # type: ignore[arg-type]
    raised, _ = raise_flag(
        assistant=world.assistant, new=new, by=world.agnes, label="Agnes", at=world.now,
        when=world.now,
    )  # fmt: skip
    return raised


def outcome(raised: Flag) -> str:
    raised.refresh_from_db()
    return outcomes([raised])[raised.pk].words


def queued(world: World) -> Flag:
    """A flag whose answer is in the queue."""
    policy = policy_of(world.assistant)
    policy.rate, policy.double_share = 1e-6, 0.0
    policy.save()
    raised = flag(world, world.conversations()[0].external_id)
    choose_all(assistant=world.assistant, at=world.now)
    raised.refresh_from_db()
    return raised


@pytest.mark.parametrize(
    ("standing", "words"), [("fails", "Confirmed wrong"), ("meets", "Answer was right")]
)
def test_the_grade_says_what_came_of_it(world: World, standing: str, words: str) -> None:
    raised = queued(world)
    assert outcome(raised) == "In review"
    assert open_flag_count(world.assistant, 10) == 1
    world.grade(raised.sample, standing=standing)
    assert outcome(raised) == words
    assert open_flag_count(world.assistant, 10) == 0


def test_a_leads_decision_outweighs_the_reviews(world: World) -> None:
    raised = queued(world)
    assert raised.sample is not None
    Assignment.objects.create(
        assistant=world.assistant, sample=raised.sample, slot=3, purpose="adjudication",
        reviewer=world.lena, created_at=world.now,
    )  # fmt: skip
    lead = Assignment.objects.get(slot=3)
    record_grade(assignment_id=lead.pk, reviewer=world.lena, form=world.form("meets"), at=world.now)
    world.now += world.now.resolution
    world.grade(raised.sample, standing="fails")
    assert outcome(raised) == "Answer was right"


def test_taking_back_removes_the_place_unless_somebody_else_flagged_it(world: World) -> None:
    first = queued(world)
    second = flag(world, first.conversation_ref)
    choose_all(assistant=world.assistant, at=world.now)
    assert undo_flag(flag=first, at=world.now)
    assert not undo_flag(flag=first, at=world.now)
    assert Assignment.objects.get().state == "open"
    assert undo_flag(flag=second, at=world.now)
    assert Assignment.objects.get().state == "withdrawn"
    assert outcome(first) == "Taken back"


def test_a_flag_that_came_first_waits_and_a_pasted_one_is_kept(world: World) -> None:
    early, pasted = flag(world, "later"), flag(world, pasted_text="“Always refundable.”")
    assert outcome(early) == outcome(pasted) == "Waiting for the conversation"
    world.conversations(id="later")
    assert match_waiting_flags(assistant=world.assistant, at=world.now) == 1
    assert outcome(early) == "In review"
    assert outcome(pasted) == "Waiting for the conversation"


@pytest.mark.parametrize("first", ["the flag", "the answer"])
@pytest.mark.parametrize(
    "pasted",
    ["Yes, within 14 days for store credit.", "  **yes**, within\n14 days for  store credit ",
     "“Yes — within 14 days for store credit.”"],
)  # fmt: skip
def test_a_pasted_answer_is_matched_by_its_words(world: World, first: str, pasted: str) -> None:
    world.conversations(messages=[Message(role="assistant", content="No.")])
    chat = world.conversations(id="it")[0] if first == "the answer" else None
    raised = flag(world, pasted_text=pasted)
    if first == "the flag":
        assert outcome(raised) == "Waiting for the conversation"
        chat = world.conversations(id="it")[0]
        assert match_waiting_flags(assistant=world.assistant, at=world.now) == 1
    assert outcome(raised) == "In review"
    assert (raised.conversation, raised.answer_index) == (chat, 1)
    assert chat is not None
    assert DirtyDay.objects.filter(assistant=world.assistant, day=chat.day).exists()


def test_of_the_same_answers_the_nearest_in_time_is_meant(world: World) -> None:
    for days in (-3, -1, 5):
        world.conversations(id=f"d{days}", started_at=world.now + timedelta(days=days))
    raised = flag(world, pasted_text="Yes, within 14 days for store credit.")
    assert raised.conversation is not None
    assert raised.conversation.external_id == "d-1"


@pytest.mark.parametrize("pasted", ["Yes, within 15 days for store credit.", "!!", "  ?  ", "🙂"])
def test_other_words_match_nothing(world: World, pasted: str) -> None:
    world.conversations(messages=[Message(role="assistant", content="…!")])
    world.conversations()
    world.conversations(assistant=world.other_assistant)
    raised = flag(world, pasted_text=pasted)
    assert outcome(raised) == "Waiting for the conversation"
    assert match_waiting_flags(assistant=world.assistant, at=world.now) == 0


def test_the_words_of_another_teams_answer_match_nothing(world: World) -> None:
    world.conversations(assistant=world.other_assistant)
    assert flag(world, pasted_text="Yes, within 14 days for store credit.").conversation is None


def test_another_teams_conversation_is_not_found(world: World) -> None:
    theirs = world.conversations(assistant=world.other_assistant)[0]
    assert flag(world, theirs.external_id).conversation is None
    assert match_waiting_flags(assistant=world.assistant, at=world.now) == 0


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"reason": "bad"}, "reason"),
        ({}, "conversation_id"),
        ({"pasted_text": " "}, "conversation_id"),
        ({"conversation_ref": " \t"}, "conversation_id"),
    ],
)
def test_a_flag_about_nothing_is_refused(
    world: World, fields: dict[str, object], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        flag(world, **fields)  # type: ignore[arg-type]
    assert refused.value.field == field
    assert not Flag.objects.exists()


def test_only_an_answer_can_be_flagged_and_sent_twice_is_kept_once(world: World) -> None:
    ref = world.conversations()[0].external_id
    with pytest.raises(Refused, match="the answers are 1"):
        flag(world, ref, answer_index=0)
    assert flag(world, ref, external_id="e1").pk == flag(world, ref, external_id="e1").pk
