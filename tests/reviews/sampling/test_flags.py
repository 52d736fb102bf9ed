"""Flags are chosen in sets; what comes of it is what came of it one by one."""

from __future__ import annotations

import random
import time
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from ingestion.wire import Message
from portal.ticks.aside import Aside
from reviews.grading.flagging import NewFlag, raise_flag, undo_flag
from reviews.models import Assignment, Flag, Priority, Sample, SampleReason, SamplingPolicy
from reviews.sampling.choosing import TASK, choose_due, policy_of
from reviews.sampling.flags import choose_flagged, flagged_position
from reviews.sampling.rows import queue_samples, sample_of
from tests.world import World

pytestmark = pytest.mark.django_db
CHAT = [
    Message(role="user", content="One?"),
    Message(role="assistant", content="First."),
    Message(role="user", content="Two?"),
    Message(role="assistant", content="Second."),
]


def one_by_one(policy: SamplingPolicy, at: datetime) -> int:
    """The definition: each flag by itself, in the order in which they came."""
    due = list(
        Flag.objects.filter(
            assistant=policy.assistant,
            sample__isnull=True,
            withdrawn_at__isnull=True,
            conversation__isnull=False,
        )
        .select_related("conversation")
        .order_by("id")
    )
    for flag in due:
        chat = flag.conversation
        assert chat is not None
        position = flagged_position(flag, chat)
        sample = Sample.objects.filter(conversation=chat, answer_index=position).first()
        if sample is None:
            sample = sample_of(
                policy, chat, reason=SampleReason.FLAGGED, chance=1.0, answer_index=position, at=at
            )
            queue_samples(policy, [sample], at)
        elif not sample.assignments.exclude(state=Assignment.State.WITHDRAWN).exists():
            sample.assignments.update(state=Assignment.State.OPEN)
        if flag.is_urgent:
            sample.assignments.filter(state="open", priority__gt=Priority.URGENT).update(
                priority=Priority.URGENT
            )
        Flag.objects.filter(pk=flag.pk).update(sample=sample)
    return len(due)


def in_sets(policy: SamplingPolicy, at: datetime) -> int:
    return choose_flagged(policy, Aside(task=TASK, at=at), at)


def outcome() -> tuple[list[Any], list[Any], list[Any]]:
    """Everything that was stored, without the ids that count up."""
    answer = ("conversation__external_id", "answer_index")
    samples = Sample.objects.order_by(*answer).values_list(
        *answer, "reason", "probability", "stratum", "day", "kind", "chosen_at"
    )
    of_sample = tuple(f"sample__{one}" for one in answer)
    places = Assignment.objects.order_by(*of_sample, "slot").values_list(
        *of_sample, "slot", "purpose", "state", "priority", "reviewer"
    )
    flags = Flag.objects.order_by("pk").values_list("pk", *of_sample)
    return list(samples), list(places), list(flags)


def scene(world: World, seed: int) -> None:
    """Conversations of two answers with samples of every sort, and flags of every sort on them."""
    dice = random.Random(seed)
    chats = world.conversations(12, messages=CHAT)
    for chat in chats:
        if dice.random() < 0.5:
            sample = world.sample(chat, places=dice.choice((1, 2)))
            if dice.random() < 0.4:
                sample.assignments.filter(slot=1).update(
                    state=Assignment.State.DONE, reviewer=world.rosa, done_at=world.now
                )
            elif dice.random() < 0.4:
                sample.assignments.update(state=Assignment.State.WITHDRAWN)
    flags = []
    for number in range(40):
        ref = dice.choice(chats).external_id if number % 8 else f"never-{number}"
        new = NewFlag(
            reason="wrong_fact",
            conversation_ref=ref,
            answer_index=dice.choice((None, 1, 3)),
            is_urgent=dice.random() < 0.2,
        )
        flag, _ = raise_flag(
            assistant=world.assistant, new=new, by=world.agnes, label="", at=world.now,
            when=world.now,
        )  # fmt: skip
        flags.append(flag)
    for flag in dice.sample(flags, 6):
        undo_flag(flag=flag, at=world.now)


@pytest.mark.parametrize("seed", range(8))
def test_sets_give_what_one_by_one_gave(world: World, seed: int) -> None:
    policy = policy_of(world.assistant)
    policy.assistant = world.assistant
    scene(world, seed)
    with transaction.atomic():
        number = one_by_one(policy, world.now)
        wanted = outcome()
        transaction.set_rollback(True)
    assert in_sets(policy, world.now) == number > 0
    assert outcome() == wanted
    assert in_sets(policy, world.now) == 0


def test_the_statements_do_not_grow_with_the_flags(world: World) -> None:
    policy = policy_of(world.assistant)
    policy.assistant = world.assistant

    def asked(count: int) -> int:
        for chat in world.conversations(count):
            new = NewFlag(reason="wrong_fact", conversation_ref=chat.external_id, is_urgent=True)
            raise_flag(
                assistant=world.assistant, new=new, by=world.agnes, label="", at=world.now,
                when=world.now,
            )  # fmt: skip
        with CaptureQueriesContext(connection) as caught:
            assert in_sets(policy, world.now) == count
        return len(caught)

    assert asked(30) == asked(3)


def test_a_tick_leaves_the_rest_when_its_time_is_up(world: World) -> None:
    """A chunk each, for every assistant: nobody's backlog holds up another's."""
    for assistant in (world.assistant, world.other_assistant):
        world.conversations(3, assistant=assistant)
        SamplingPolicy.objects.create(assistant=assistant, rate=1.0)
        chat = world.conversations(assistant=assistant)[0]
        new = NewFlag(reason="wrong_fact", conversation_ref=chat.external_id)
        raise_flag(assistant=assistant, new=new, by=None, label="", at=world.now, when=world.now)
    assert choose_due(at=world.now, most=20, until=time.monotonic()) >= 8
    assert not Flag.objects.filter(sample__isnull=True).exists()
