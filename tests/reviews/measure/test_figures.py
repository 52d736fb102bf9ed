"""Figures: the tables the mathematics get hold what a plain recount of the grades gives."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from pytest_django import DjangoAssertNumQueries

from ingestion.intake import store
from ingestion.models import Conversation
from ingestion.wire import ConversationIn, Message
from reviews.grading.flagging import NewFlag, raise_flag
from reviews.measure.figures import Figures, load
from reviews.measure.rollups import make_rollups
from reviews.models import DefinitionVersion, Grade, Sample, SampleReason
from tests.reviews.recount import gold_of, is_flagged, plain_flagged
from tests.world import DAY, World

NAMES = ("day", "kind", "drawn", "flagged", "reviewer", "version", "failed", "gold")
Counted = dict[tuple[Any, ...], list[float]]


def figures(world: World, days: int = 10, **options: Any) -> Figures:
    """Of the days up to today."""
    make_rollups()
    today = world.now.date()
    return load(world.assistant, today - timedelta(days=days), today, **options)


def flag(world: World, conversation: Conversation) -> None:
    raise_flag(
        assistant=world.assistant,
        new=NewFlag(reason="wrong_fact", conversation_ref=conversation.external_id),
        by=world.agnes, label="Agnes", at=world.now, when=world.now,
    )  # fmt: skip


def standing(sample: Sample) -> list[Grade]:
    """A sample's current grades, the first one first."""
    grades = Grade.objects.filter(assignment__sample=sample, superseded_by=None)
    return list(grades.order_by("assignment__done_at", "assignment_id"))


def plain_answers() -> Counted:
    """First grades that speak for all answers or for the flagged ones."""
    counts: Counted = defaultdict(lambda: [0.0, 0.0, 0.0])
    for sample in Sample.objects.filter(reason__in=["random", "boost", "flagged", "thumbs_down"]):
        grades = standing(sample)
        if not grades or grades[0].verdict not in ("good", "not_good"):
            continue
        drawn = sample.reason in ("random", "boost")
        row = counts[
            sample.day.toordinal(), sample.kind, drawn, is_flagged(sample.conversation),
            grades[0].reviewer_id, grades[0].version.number, grades[0].verdict == "not_good",
            gold_of(sample, grades),
        ]  # fmt: skip
        row[0] += 1
        if drawn:
            row[1] += 1 / sample.probability
            row[2] += 1 / sample.probability**2
    return counts


def loaded_answers(table: Figures) -> Counted:
    counts: Counted = defaultdict(lambda: [0.0, 0.0, 0.0])
    answers = table.answers
    for row in range(len(answers)):
        key = {name: getattr(answers, name)[row].item() for name in NAMES}
        key["kind"] = table.kinds[key["kind"]]
        cell = counts[tuple(key.values())]
        for place, name in enumerate(("n", "weight", "weight_squared")):
            cell[place] += getattr(answers, name)[row].item()
    return counts


def plain_gold() -> dict[tuple[Any, ...], int]:
    counts: dict[tuple[Any, ...], int] = defaultdict(int)
    for sample in Sample.objects.all():
        grades = standing(sample)
        gold = gold_of(sample, grades)
        for grade in grades if gold >= 0 else []:
            if grade.assignment.purpose == "review":
                failed = grade.verdict == "not_good"
                counts[sample.day.toordinal(), grade.reviewer_id, gold == 1, failed] += 1
    return counts


def loaded_gold(table: Figures) -> dict[tuple[Any, ...], int]:
    counts: dict[tuple[Any, ...], int] = defaultdict(int)
    gold = table.gold.decided()
    for row in zip(gold.day, gold.reviewer, gold.not_good, gold.failed, gold.n, strict=True):
        counts[tuple(one.item() for one in row[:4])] += row[4].item()
    return counts


def busy(world: World, seed: int) -> None:
    """Samples of every reason, alone and in pairs, graded by different people."""
    dice = random.Random(seed)
    for number in range(60):
        chat = world.conversations(
            kind=("", "Returns", "Gifts")[number % 3], started_at=world.now - number % 5 * DAY
        )[0]
        drawn = number % 10 < 6
        sample = world.sample(
            chat,
            reason=SampleReason(dice.choice(["random", "boost"] if drawn else SampleReason.values)),
            probability=dice.choice([0.1, 0.3, 1.0]),
            places=1 + (number % 4 == 0),
        )
        people = dice.sample([world.rosa, world.remy, world.lena], k=2)
        for person in people[: 1 + (number % 4 == 0)]:
            mark = dice.choice(["meets", "meets", "fails"])
            world.grade(sample, by=person, standing=mark)
        if dice.random() < 0.35:
            flag(world, chat)


@pytest.mark.parametrize("seed", range(3))
def test_they_hold_what_a_plain_recount_gives(world: World, seed: int) -> None:
    busy(world, seed)
    table = figures(world)
    answers, expected = loaded_answers(table), plain_answers()
    assert answers.keys() == expected.keys()
    assert all(answers[key] == pytest.approx(expected[key]) for key in expected)
    assert len({key[2:4] for key in expected}) == 4, "drawn or not, flagged or not"
    assert loaded_gold(table) == plain_gold()
    assert len(table.gold) > 3
    flagged = {key: answers for key, (_, answers) in plain_flagged().items()}
    traffic = table.traffic
    for day, kind, all_, bad in zip(
        traffic.day, traffic.kind, traffic.answers, traffic.flagged, strict=True
    ):
        name = table.kinds[kind]
        cell = [one for one in Conversation.objects.filter(kind=name) if one.day.toordinal() == day]
        assert all_ == sum(one.answers for one in cell)
        assert bad == flagged.get((cell[0].day, name), 0)
    assert traffic.flagged.sum() == sum(flagged.values())
    assert table.kinds == ["", "Gifts", "Returns"]
    people = sorted(Grade.objects.values_list("reviewer_id", flat=True).distinct())
    assert list(table.reviewers) == people
    assert list(table.versions) == [world.definition.number]


def test_a_drawn_answer_that_is_flagged_later_keeps_its_weight(world: World) -> None:
    sample = world.sample(probability=0.25)
    world.grade(sample, standing="fails")
    before = figures(world).answers
    flag(world, sample.conversation)
    after = figures(world).answers
    assert before.flagged.tolist() == [False]
    assert after.flagged.tolist() == [True]
    for table in (before, after):
        row = (table.drawn, table.failed, table.n, table.weight, table.weight_squared)
        assert [one.tolist() for one in row] == [[True], [True], [1], [4.0], [16.0]]


def test_a_flagged_answer_that_was_not_drawn_weighs_nothing(world: World) -> None:
    sample = world.sample(reason=SampleReason.FLAGGED, probability=1.0)
    flag(world, sample.conversation)
    world.grade(sample)
    table = figures(world).answers
    assert [table.drawn.tolist(), table.flagged.tolist()] == [[False], [True]]
    assert [table.n.sum(), table.weight.sum(), table.weight_squared.sum()] == [1, 0, 0]


@pytest.mark.parametrize("reason", [SampleReason.ESCALATED, SampleReason.IMPORTED])
def test_escalated_and_imported_ones_stay_out(world: World, reason: SampleReason) -> None:
    world.grade(world.sample(reason=reason))
    assert not len(figures(world).answers)


def test_only_the_days_and_the_versions_that_were_asked_for(world: World) -> None:
    for days in (0, 2, 3):
        chat = world.conversations(started_at=world.now - days * DAY, kind=f"K{days}")[0]
        world.grade(world.sample(chat))
    table = figures(world, days=2)
    today = world.now.date()
    assert table.origin == today - timedelta(days=2)
    assert sorted(table.answers.day.tolist()) == [today.toordinal() - 2, today.toordinal()]
    assert (table.kinds, table.traffic.answers.sum()) == (["K0", "K2"], 2)
    assert table.answers.verdict_counts().total == 2
    number = DefinitionVersion.objects.get().number
    assert figures(world, from_version=number).answers.graded == 3
    later = figures(world, from_version=number + 1)
    assert (len(later.answers), len(later.traffic)) == (0, 3)


def test_another_assistants_are_not_in_it(world: World) -> None:
    world.conversations(assistant=world.other_assistant)
    world.grade()
    table = figures(world)
    assert (table.answers.graded, table.traffic.answers.sum()) == (1, 1)
    other = load(world.other_assistant, table.origin, world.now.date())
    assert (other.answers.graded, other.traffic.answers.sum()) == (0, 1)


def test_without_anything_the_tables_are_empty_and_typed(world: World) -> None:
    table = figures(world)
    assert [len(one) for one in (table.answers, table.gold, table.traffic)] == [0, 0, 0]
    assert table.answers.day.dtype == table.gold.day.dtype == table.traffic.day.dtype == np.int64
    assert table.answers.flagged.dtype == np.bool_
    assert table.answers.gold.dtype == np.int8
    assert table.answers.verdict_counts().total == 0


def test_traffic_is_exact_before_the_next_count(world: World) -> None:
    words = [Message(role="user", content="A?"), Message(role="assistant", content="B.")]
    fresh = ConversationIn(id="fresh", messages=words, kind="New", started_at=world.now)
    store(assistant=world.assistant, rows=[(0, fresh)], rejected=[], at=world.now)
    table = figures(world)
    assert (table.kinds, table.traffic.answers.tolist()) == (["New"], [1.0])


def test_four_queries_however_much_there_is(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    busy(world, 1)
    make_rollups()
    today = world.now.date()
    with django_assert_num_queries(4):
        load(world.assistant, today - timedelta(days=10), today)
