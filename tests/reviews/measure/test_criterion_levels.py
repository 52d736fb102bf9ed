"""Levels on one criterion: the share that meets it and the mean, as a plain recount has them."""

from __future__ import annotations

import random
from datetime import date

import numpy as np
import pytest
from pytest_django import DjangoAssertNumQueries

from reviews.measure.criterion_levels import LevelCounts, criteria_of, level_counts
from reviews.measure.rollups import make_rollups
from reviews.models import CriterionGrade, SampleReason
from tests.world import DAY, World


def graded(world: World, number: int, seed: int = 1) -> None:
    dice = random.Random(seed)
    for place in range(number):
        kind = ("Returns", "Gifts")[place % 2]
        chat = world.conversations(kind=kind, started_at=world.now - place % 4 * DAY)[0]
        chance = 0.25 if kind == "Gifts" else 0.5
        standing = dice.choice(["meets", "meets", "partly", "fails"])
        world.grade(world.sample(chat, probability=chance), standing=standing)
    make_rollups()


def span(world: World) -> tuple[date, date]:
    return world.now.date() - 10 * DAY, world.now.date()


def test_share_and_mean_are_those_of_a_plain_recount(world: World) -> None:
    graded(world, 24)
    counts = level_counts(world.assistant, "correct", *span(world))
    rows = CriterionGrade.objects.filter(criterion__key="correct").select_related(
        "level", "grade__assignment__sample"
    )
    weights = [1 / one.grade.assignment.sample.probability for one in rows]
    met = [one.level is not None and one.level.standing == "meets" for one in rows]
    values = [one.level.value if one.level else 0 for one in rows]
    share, mean = counts.share(), counts.mean()
    assert share is not None
    assert mean is not None
    assert share.graded == mean.graded == 24
    expected = sum(w for w, ok in zip(weights, met, strict=True) if ok) / sum(weights)
    assert share.share == pytest.approx(expected)
    products = sum(w * value for w, value in zip(weights, values, strict=True))
    assert mean.mean == pytest.approx(products / sum(weights))
    assert sum(mean.spread.values()) == pytest.approx(1)


def test_a_kind_and_days_are_those_that_were_asked_for(world: World) -> None:
    graded(world, 12)
    counts = level_counts(world.assistant, "correct", *span(world))
    assert counts.of_kind("Gifts").n.sum() == 6
    assert counts.of_kind("None such").share() is None
    assert counts.of_kind("None such").mean() is None
    today = world.now.date()
    assert counts.days(today, today).n.sum() == 3


def test_answers_from_the_flag_queue_do_not_count(world: World) -> None:
    world.grade(world.sample(reason=SampleReason.FLAGGED), standing="fails")
    world.grade(world.sample())
    make_rollups()
    share = level_counts(world.assistant, "correct", *span(world)).share()
    assert share is not None
    assert (share.share, share.graded) == (1.0, 1)


def test_a_mean_keeps_to_the_newest_scale() -> None:
    """Three levels until version 1, five from version 2: 3 of 3 is not 3 of 5."""
    counts = LevelCounts(
        day=np.array([1, 2]), kind=np.array(["", ""]), version=np.array([1, 2]),
        level=np.array([3, 4]), meets=np.array([True, True]), levels=np.array([3, 5]),
        n=np.array([10, 10]), weight=np.array([10.0, 10.0]), weight_squared=np.array([10.0, 10.0]),
    )  # fmt: skip
    mean, share = counts.mean(), counts.share()
    assert mean is not None
    assert share is not None
    assert (mean.mean, mean.graded, len(mean.spread)) == (4.0, 10, 5)
    assert share.graded == 20


def test_unknown_criteria_and_other_assistants_have_none(world: World) -> None:
    graded(world, 2)
    assert level_counts(world.assistant, "nothing", *span(world)).share() is None
    assert level_counts(world.other_assistant, "correct", *span(world)).share() is None


def test_criteria_are_listed_once_in_the_order_of_the_definition(world: World) -> None:
    criteria = [one.key for one in world.definition.criteria]
    assert [one.key for one in criteria_of(world.assistant)] == criteria
    assert criteria_of(world.other_assistant) == []


def test_one_query(world: World, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    graded(world, 4)
    with django_assert_num_queries(1):
        level_counts(world.assistant, "correct", *span(world))
