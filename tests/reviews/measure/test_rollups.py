"""Rollups: whatever happened, they are what a plain count of the grades and flags gives."""

from __future__ import annotations

import random
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction

from ingestion.models import Conversation, Signal
from ingestion.signals import SignalIn, receive_signals
from portal.accounts.models import User
from reviews.grading.flagging import NewFlag, match_waiting_flags, raise_flag, undo_flag
from reviews.grading.grades import record_grade, undo
from reviews.grading.queue import skip
from reviews.measure.rollups import make_rollups
from reviews.models import (
    Assignment,
    CriterionRollup,
    DirtyDay,
    Flag,
    FlaggedCount,
    Rollup,
    SampleReason,
)
from reviews.sampling.choosing import choose_all, policy_of
from tests.reviews.recount import (
    every_row,
    plain_count,
    plain_flagged,
    stored_count,
    stored_flagged,
)
from tests.threads import at_once
from tests.world import DAY, World


def flag(world: World, ref: str) -> Flag:
    raised, _ = raise_flag(
        assistant=world.assistant, new=NewFlag(reason="wrong_fact", conversation_ref=ref),
        by=world.agnes, label="Agnes", at=world.now, when=world.now,
    )  # fmt: skip
    return raised


def thumb(world: World, ref: str, value: float = -1.0) -> None:
    receive_signals(assistant=world.assistant, rows=[SignalIn(ref, "thumbs", value)], at=world.now)


def tick(world: World) -> None:
    """What the timetable does, in its order."""
    match_waiting_flags(assistant=world.assistant, at=world.now)
    choose_all(assistant=world.assistant, at=world.now)
    make_rollups()


def draws_nothing(world: World) -> None:
    """Only what the test samples is drawn; signals and flags are taken all the same."""
    policy = policy_of(world.assistant)
    policy.rate, policy.double_share = 1e-6, 0.0
    policy.save()


def somebody_grades(world: World, dice: random.Random) -> None:
    places = list(Assignment.objects.filter(state="open"))
    if not places:
        return
    place = dice.choice(places)
    by_lead = place.purpose == "adjudication"
    who = world.lena if by_lead else dice.choice([world.rosa, world.remy, world.lena])
    others = Assignment.objects.filter(sample=place.sample, reviewer=who).exclude(pk=place.pk)
    if others.exists() and not by_lead:
        return
    Assignment.objects.filter(pk=place.pk).update(reviewer=who)
    if dice.random() < 0.2 and not by_lead:
        place.refresh_from_db()
        skip(assignment=place, reviewer=who, reason="needs_expert", at=world.now)
        return
    form = world.form(dice.choice(["meets", "partly", "fails"]))
    record_grade(assignment_id=place.pk, reviewer=who, form=form, at=world.now)


def somebody_thinks_again(world: World, dice: random.Random) -> None:
    done = list(Assignment.objects.filter(state="done"))
    if not done:
        return
    place = dice.choice(done)
    who: User = place.reviewer  # type: ignore[assignment]  # done by someone
    if dice.random() < 0.5:
        undo(assignment_id=place.pk, reviewer=who, at=world.now)
    else:
        form = world.form(dice.choice(["meets", "fails"]))
        record_grade(assignment_id=place.pk, reviewer=who, form=form, at=world.now)


def somebody_complains(world: World, dice: random.Random) -> None:
    known = [one.external_id for one in Conversation.objects.all()]
    ref = dice.choice([*known, f"later{dice.randrange(4)}"])
    what = dice.choice(["flag", "thumb", "thumb up", "take back", "it comes"])
    if what == "flag":
        flag(world, ref)
    elif what == "take back":
        for one in Flag.objects.filter(withdrawn_at=None)[:1]:
            undo_flag(flag=one, at=world.now)
    elif what == "it comes":
        if ref not in known:
            world.conversations(id=ref, kind="K1", started_at=world.now - dice.randrange(3) * DAY)
    else:
        thumb(world, ref, -1.0 if what == "thumb" else 1.0)


def anything_happens(world: World, dice: random.Random) -> None:
    """Somebody grades, grades again, takes back, flags, in any order."""
    world.now += DAY / 24
    steps = [somebody_grades, somebody_grades, somebody_thinks_again, somebody_complains]
    dice.choice(steps)(world, dice)


@pytest.mark.parametrize("seed", range(8))
def test_after_anything_they_are_what_a_plain_count_gives(world: World, seed: int) -> None:
    dice = random.Random(seed)
    draws_nothing(world)
    for number in range(9):
        chat = world.conversations(kind=f"K{number % 2}", started_at=world.now - number % 3 * DAY)
        reason = dice.choice(["random", "random", "boost", "flagged"])
        world.sample(
            chat[0], places=2, probability=dice.choice([0.1, 0.3, 1.0]),
            reason=reason,  # type: ignore[arg-type]
        )  # fmt: skip
    for _ in range(70):
        anything_happens(world, dice)
        if dice.random() < 0.2:
            tick(world)
    tick(world)
    assert stored_count() == plain_count()
    assert stored_flagged() == plain_flagged()
    assert not DirtyDay.objects.exists()
    before = every_row()
    call_command("rebuild_rollups", stdout=StringIO())
    assert every_row() == before


def test_a_day_whose_grades_were_taken_back_goes_to_zero_rows(world: World) -> None:
    grade = world.grade()
    make_rollups()
    assert Rollup.objects.exists()
    undo(assignment_id=grade.assignment_id, reviewer=world.rosa, at=world.now)
    make_rollups()
    assert not Rollup.objects.exists()
    assert not CriterionRollup.objects.exists()


def test_weights_are_one_over_the_chance(world: World) -> None:
    world.grade(world.sample(probability=0.25))
    world.grade(world.sample(probability=0.5), standing="fails")
    make_rollups()
    row = Rollup.objects.get()
    assert (row.weight, row.weight_squared, row.weight_good) == (6.0, 20.0, 4.0)


@pytest.mark.parametrize(
    ("reviews", "decision", "gold"),
    [
        (["meets"], None, -1),
        (["meets", "meets"], None, 0),
        (["fails", "fails"], None, 1),
        (["meets", "fails"], None, -2),
        (["meets", "fails"], "meets", 0),
        (["meets", "fails"], "fails", 1),
        (["meets", "meets", "fails"], None, 0),
    ],
    ids=["one", "both good", "both bad", "undecided", "decided good", "decided bad", "a third"],
)
def test_gold_is_what_two_blind_reviews_come_to(
    world: World, reviews: list[str], decision: str | None, gold: int
) -> None:
    sample = world.sample(places=max(2, len(reviews)))
    people = [world.rosa, world.remy, world.lena]
    for person, standing in zip(people, reviews, strict=False):
        world.grade(sample, by=person, standing=standing)
    if decision is not None:
        decide(world, decision)
    make_rollups()
    assert set(Rollup.objects.values_list("gold", flat=True)) == {gold}
    places = Rollup.objects.values_list("place", flat=True)
    assert "adjudication" in places if decision else "adjudication" not in places


def decide(world: World, standing: str) -> None:
    place = Assignment.objects.get(purpose="adjudication")
    Assignment.objects.filter(pk=place.pk).update(reviewer=world.lena)
    record_grade(
        assignment_id=place.pk, reviewer=world.lena, form=world.form(standing), at=world.now
    )


@pytest.mark.parametrize(("reason", "gold"), [("flagged", 0), ("escalated", -1)])
def test_two_reviews_are_gold_where_chance_chose_them(
    world: World, reason: SampleReason, gold: int
) -> None:
    sample = world.sample(places=2, reason=reason)
    world.grade(sample, by=world.rosa)
    world.grade(sample, by=world.remy)
    make_rollups()
    assert set(Rollup.objects.values_list("gold", flat=True)) == {gold}


def test_a_lead_who_decides_what_nobody_graded_gives_the_first_grade(world: World) -> None:
    sample = world.sample()
    for person in (world.rosa, world.remy):
        Assignment.objects.update(reviewer=person)
        place = Assignment.objects.get(sample=sample)
        assert skip(assignment=place, reviewer=person, reason="needs_expert", at=world.now)
    decide(world, "fails")
    make_rollups()
    row = Rollup.objects.get()
    assert (row.place, row.gold, row.not_good, row.reviewer) == ("first", -1, 1, world.lena)


def test_a_flag_moves_a_graded_answer_and_taking_it_back_moves_it_again(world: World) -> None:
    draws_nothing(world)
    sample = world.sample()
    world.grade(sample)
    tick(world)
    assert not Rollup.objects.get().flagged
    raised = flag(world, sample.conversation.external_id)
    tick(world)
    assert Rollup.objects.get().flagged
    assert FlaggedCount.objects.get().answers == 1
    undo_flag(flag=raised, at=world.now)
    tick(world)
    assert not Rollup.objects.get().flagged
    assert not FlaggedCount.objects.exists()


@pytest.mark.parametrize("say", [flag, thumb], ids=["flag", "thumb"])
def test_what_was_said_before_the_conversation_came_counts_on_its_day(
    world: World, say: Callable[[World, str], object]
) -> None:
    draws_nothing(world)
    say(world, "later")
    tick(world)
    assert not FlaggedCount.objects.exists()
    late = world.conversations(id="later", started_at=world.now - 3 * DAY)[0]
    tick(world)
    row = FlaggedCount.objects.get()
    assert (row.day, row.kind, row.conversations, row.answers) == (late.day, "Returns", 1, 1)


def test_flagged_twice_and_thumbed_down_is_one_and_other_signals_are_none(world: World) -> None:
    draws_nothing(world)
    one, other = world.conversations(2)
    for _ in range(2):
        flag(world, one.external_id)
    thumb(world, one.external_id)
    thumb(world, other.external_id, 1.0)
    rows = [SignalIn(other.external_id, "rating", 1.0), SignalIn(other.external_id, "escalation")]
    receive_signals(assistant=world.assistant, rows=rows, at=world.now)
    assert Signal.objects.count() == 4
    tick(world)
    assert FlaggedCount.objects.get().conversations == 1


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_count_each_day_once() -> None:
    world = World()
    for number in range(6):
        chat = world.conversations(started_at=world.now - number * DAY)[0]
        world.grade(world.sample(chat))
    at_once(3, lambda _: make_rollups())
    assert stored_count() == plain_count()
    assert not DirtyDay.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_grade_that_commits_during_a_count_leaves_its_day_dirty() -> None:
    world = World()
    world.grade()
    with transaction.atomic():
        world.grade()
        at_once(1, lambda _: make_rollups())
    assert DirtyDay.objects.count() == 1
    make_rollups()
    assert stored_count() == plain_count()
