"""Sampling: each decision is repeatable, its chance is known, nothing is missed or taken twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from ingestion.models import Conversation, IntakeBatch, Signal
from ingestion.signals import SignalIn, receive_signals
from ingestion.wire import Message
from reviews.grading.flagging import NewFlag, match_waiting_flags, raise_flag, undo_flag
from reviews.models import Assignment, Flag, Priority, Sample, SampleReason, SamplingChance
from reviews.sampling import choosing
from reviews.sampling.chances import decision
from reviews.sampling.choosing import choose_all, choose_samples, policy_of
from reviews.stats.chances import allocate, draw, is_chosen, pick
from tests.threads import at_once
from tests.world import DAY, World


def set_policy(world: World, **fields: Any) -> None:
    policy = policy_of(world.assistant)
    for name, value in {"rate": 1.0, "double_share": 0.0, **fields}.items():
        setattr(policy, name, value)
    policy.save()


def choose(world: World) -> choosing.Chosen:
    return choose_all(assistant=world.assistant, at=world.now)


def flag(world: World, ref: str, **fields: Any) -> Flag:
    raised, _ = raise_flag(
        assistant=world.assistant,
        new=NewFlag(reason="wrong_fact", conversation_ref=ref, **fields),
        by=world.agnes, label="Agnes", at=world.now, when=world.now,
    )  # fmt: skip
    return raised


def thumbs_down(world: World, ref: str) -> None:
    receive_signals(assistant=world.assistant, rows=[SignalIn(ref, "thumbs", -1.0)], at=world.now)


CHAT = [
    Message(role="user", content="One?"),
    Message(role="assistant", content="First."),
    Message(role="user", content="Two?"),
    Message(role="assistant", content="Second."),
]


def test_a_chance_is_a_frequency() -> None:
    chosen = sum(is_chosen("key", "random", f"c{n}", 0.2) for n in range(50_000))
    assert abs(chosen / 50_000 - 0.2) < 0.006  # over three standard errors
    picks = [pick("key", f"c{n}", [1, 3, 5]) for n in range(30_000)]
    assert all(abs(picks.count(one) / 30_000 - 1 / 3) < 0.01 for one in (1, 3, 5))


def test_a_draw_depends_on_key_purpose_and_conversation_alone() -> None:
    assert draw("k", "random", "c1") == draw("k", "random", "c1")
    others = {draw("k", "random", "c2"), draw("k", "double", "c1"), draw("j", "random", "c1")}
    assert draw("k", "random", "c1") not in others
    assert len(others) == 3


def test_a_small_kind_gets_its_share_and_the_target_is_met() -> None:
    volumes = {"Returns": 1500.0, "Delivery": 440.0, "Gifts": 60.0}
    chances = allocate(60, volumes)
    chosen = {kind: chances[kind] * volumes[kind] for kind in volumes}
    assert sum(chosen.values()) == pytest.approx(60)
    assert chosen["Gifts"] > 10
    assert allocate(60, {"Returns": 20.0}) == {"Returns": 1.0}


def test_the_estimate_is_right_on_average() -> None:
    """Many populations, drawn as we draw: the weighted share is the true one."""
    volumes = {"Returns": 900.0, "Gifts": 100.0}
    chances, true = allocate(60, volumes), (900 * 0.9 + 100 * 0.5) / 1000
    estimates = []
    for population in range(300):
        good = weight = 0.0
        for kind, count, share in (("Returns", 900, 0.9), ("Gifts", 100, 0.5)):
            for number in range(count):
                if is_chosen(f"key{population}", "random", f"{kind}{number}", chances[kind]):
                    weight += 1 / chances[kind]
                    good += (number % 10 < share * 10) / chances[kind]
        estimates.append(good / weight)
    assert sum(estimates) / 300 == pytest.approx(true, abs=0.008)


def test_the_stored_chance_is_callers_rate_times_ours_over_the_answers(world: World) -> None:
    set_policy(world, rate=0.999999)
    chat = world.conversations(messages=CHAT, sample_rate=0.25)[0]
    choose(world)
    sample = Sample.objects.get()
    assert sample.probability == pytest.approx(0.25 * 0.999999 / 2)
    assert (sample.reason, sample.stratum, sample.day) == ("random", "Returns", chat.day)
    assert sample.answer_index in (1, 3)


def test_who_checks_finds_each_decision_below_the_chance_in_force(world: World) -> None:
    set_policy(world, rate=0.3)
    chats = world.conversations(60)
    choose(world)
    chance = SamplingChance.objects.get().chance
    drawn = set(Sample.objects.values_list("conversation_id", flat=True))
    policy = policy_of(world.assistant)
    assert {chat.pk for chat in chats if decision(policy, chat) < chance} == drawn


def test_running_again_changes_nothing(world: World) -> None:
    set_policy(world)
    world.conversations(5)
    assert choose(world).random == 5
    assert choose(world) == choosing.Chosen(0, 0, 0, 0)


def test_some_random_ones_go_to_two_people(world: World) -> None:
    set_policy(world, double_share=1.0)
    world.conversations(3)
    choose(world)
    assert Assignment.objects.count() == 6


def test_a_crash_in_the_middle_leaves_everything_due(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_policy(world)
    world.conversations(5)

    class Crash(BaseException):  # as when the process is ended
        pass

    def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as broken:
        broken.setattr(choosing, "_queue", crash)
        with pytest.raises(Crash), transaction.atomic():
            choose(world)
    assert not Sample.objects.exists()
    assert choose(world).random == 5


@pytest.mark.django_db(transaction=True)
def test_several_ticks_at_once_choose_each_conversation_once() -> None:
    world = World()
    set_policy(world)
    world.conversations(40)
    for chat in Conversation.objects.all()[:20]:
        flag(world, chat.external_id)
        thumbs_down(world, chat.external_id)
    done = at_once(4, lambda _: choose(world))
    assert sum(one.random for one in done) == 40
    assert Sample.objects.count() == Assignment.objects.count() == 40
    assert not Flag.objects.filter(sample__isnull=True).exists()


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_commits_late_is_not_missed() -> None:
    world = World()
    set_policy(world)
    early, late = world.conversations(1)[0], world.conversations(1)[0]
    first = IntakeBatch.objects.order_by("pk")[0]
    with transaction.atomic():
        IntakeBatch.objects.select_for_update().get(pk=first.pk)  # a writer that is still at it
        did = at_once(1, lambda _: choose(world))[0]
    assert did.random == 1
    assert Sample.objects.get().conversation == late
    choose(world)
    assert Sample.objects.filter(conversation=early).exists()


def test_flags_thumbs_and_escalations_are_reasons_of_their_own(world: World) -> None:
    set_policy(world, rate=1e-6)
    flagged, down, escalated = world.conversations(3)
    flag(world, flagged.external_id)
    thumbs_down(world, down.external_id)
    receive_signals(
        assistant=world.assistant,
        rows=[SignalIn(escalated.external_id, "escalation")],
        at=world.now,
    )
    choose(world)
    reasons = dict(Sample.objects.values_list("conversation_id", "reason"))
    assert reasons == {flagged.pk: "flagged", down.pk: "thumbs_down", escalated.pk: "escalated"}
    assert all(signal.pulled_at for signal in Signal.objects.all())


def test_a_flag_joins_the_sample_there_is(world: World) -> None:
    set_policy(world)
    chat = world.conversations()[0]
    choose(world)
    raised = flag(world, chat.external_id, is_urgent=True)
    choose(world)
    raised.refresh_from_db()
    assert raised.sample == Sample.objects.get()
    assert Sample.objects.get().reason == "random"
    assert Assignment.objects.get().priority == Priority.URGENT


def test_a_flag_on_another_answer_of_the_same_conversation_adds_it(world: World) -> None:
    set_policy(world)
    chat = world.conversations(messages=CHAT)[0]
    choose(world)
    drawn = Sample.objects.get().answer_index
    flag(world, chat.external_id, answer_index={1: 3, 3: 1}[drawn])
    choose(world)
    assert set(Sample.objects.values_list("reason", flat=True)) == {"random", "flagged"}


def test_an_answer_flagged_before_its_draw_is_one_item_and_random(world: World) -> None:
    set_policy(world)
    chat = world.conversations()[0]
    flagged = world.sample(chat, reason=SampleReason.FLAGGED, probability=1.0)
    world.grade(flagged)
    assert choose(world).pulled == 1
    sample = Sample.objects.get()
    assert (sample.pk, sample.reason, sample.stratum) == (flagged.pk, "random", "Returns")
    assert Assignment.objects.count() == 1


def test_a_flag_after_one_taken_back_is_looked_at(world: World) -> None:
    set_policy(world, rate=1e-6)
    chat = world.conversations()[0]
    first = flag(world, chat.external_id)
    choose(world)
    assert undo_flag(flag=first, at=world.now)
    assert Assignment.objects.get().state == "withdrawn"
    flag(world, chat.external_id)
    choose(world)
    assert Assignment.objects.get().state == "open"


def test_flags_and_signals_that_come_before_their_conversation(world: World) -> None:
    set_policy(world, rate=1e-6)
    for number in range(600):  # more than one chunk of flags that wait for ever
        flag(world, f"never-{number}")
    flag(world, "early-1", answer_index=99)
    thumbs_down(world, "early-2")
    world.conversations(id="early-1")
    world.conversations(id="early-2")
    assert match_waiting_flags(assistant=world.assistant, at=world.now) == 1
    choose(world)
    assert set(Sample.objects.values_list("reason", flat=True)) == {"flagged", "thumbs_down"}


def test_a_day_that_outgrows_its_chance_gets_a_new_one_and_each_is_kept(world: World) -> None:
    set_policy(world, rate=None, target_per_day=4)
    world.conversations(10)
    choose(world)
    world.now += timedelta(minutes=1)
    world.conversations(90, started_at=world.now)
    choose(world)
    chances = list(SamplingChance.objects.order_by("decided_at").values_list("chance", flat=True))
    assert chances == [pytest.approx(0.4), pytest.approx(0.04)]
    stored = set(Sample.objects.values_list("probability", flat=True))
    assert stored <= set(chances)


def test_the_chance_follows_last_weeks_volume(world: World) -> None:
    set_policy(world, rate=None, target_per_day=4)
    world.conversations(80, started_at=world.now - DAY)
    choose_samples(assistant=world.assistant, at=world.now)
    world.conversations(1)
    choose(world)
    today = SamplingChance.objects.get(day=world.now.date())
    assert today.basis == 80.0
    assert today.chance == pytest.approx(0.05)
