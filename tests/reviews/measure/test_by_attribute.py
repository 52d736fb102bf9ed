"""Figures of one channel or language: the same as all figures when every answer fits."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest
from pytest_django import DjangoAssertNumQueries

from reviews.measure.by_attribute import Attributes, channels_and_languages, only
from reviews.measure.figures import Figures, load
from reviews.measure.rollups import make_rollups
from reviews.models import SampleReason
from tests.reviews.measure.test_figures import flag, loaded_answers
from tests.world import DAY, World

EVERYTHING = Attributes(channel="chat", language="en")


def busy(world: World, seed: int, channels: Iterator[str]) -> None:
    """Samples of every reason, alone, in pairs and decided, of several channels."""
    dice = random.Random(seed)
    for number in range(60):
        chat = world.conversations(
            kind=("", "Returns", "Gifts")[number % 3],
            started_at=world.now - number % 5 * DAY,
            channel=next(channels),
            language="en",
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
            world.grade(sample, by=person, standing=dice.choice(["meets", "meets", "fails"]))
        if dice.random() < 0.35:
            flag(world, chat)
    make_rollups()


def always(channel: str) -> Iterator[str]:
    while True:
        yield channel


def in_turn(*channels: str) -> Iterator[str]:
    while True:
        yield from channels


def whole(world: World) -> Figures:
    today = world.now.date()
    return load(world.assistant, today - timedelta(days=10), today)


def fitting(world: World, wanted: Attributes, days: int = 10) -> Figures:
    today = world.now.date()
    first = today - timedelta(days=days)
    return only(whole(world), wanted, assistant=world.assistant, first=first, last=today)


@pytest.mark.parametrize("seed", range(3))
def test_a_filter_that_keeps_everything_changes_nothing(world: World, seed: int) -> None:
    busy(world, seed, always("chat"))
    every, same = whole(world), fitting(world, EVERYTHING)
    expected, found = loaded_answers(every), loaded_answers(same)
    assert found.keys() == expected.keys()
    assert all(found[key] == pytest.approx(expected[key]) for key in expected)
    assert len({key[2:4] for key in expected}) == 4, "drawn or not, flagged or not"
    assert len({key[-1] for key in expected}) > 1, "with gold and without"
    assert (same.kinds, same.versions) == (every.kinds, every.versions)
    assert set(same.reviewers) <= set(every.reviewers)
    for name in ("day", "kind", "answers", "flagged"):
        assert getattr(same.traffic, name).tolist() == getattr(every.traffic, name).tolist(), name
    assert same.gold.n.tolist() == every.gold.n.tolist()


def test_the_channels_of_all_answers_add_up_to_all(world: World) -> None:
    busy(world, 7, in_turn("chat", "email", "email"))
    every = whole(world)
    parts = [fitting(world, Attributes(channel=one)) for one in ("chat", "email")]
    assert sum(one.answers.graded for one in parts) == every.answers.graded
    assert all(one.answers.graded > 5 for one in parts)
    for name in ("weight", "weight_squared"):
        total = sum(getattr(one.answers, name).sum() for one in parts)
        assert total == pytest.approx(getattr(every.answers, name).sum())
    for name in ("answers", "flagged"):
        total = sum(getattr(one.traffic, name) for one in parts)
        assert np.allclose(total, getattr(every.traffic, name)), name


def test_only_what_fits_and_only_the_days_that_were_asked_for(world: World) -> None:
    for ago, channel, language in ((0, "chat", "de"), (0, "email", "en"), (8, "chat", "de")):
        chat = world.conversations(
            started_at=world.now - ago * DAY, channel=channel, language=language
        )[0]
        world.grade(world.sample(chat))
    make_rollups()
    assert fitting(world, Attributes(channel="chat")).answers.graded == 2
    assert fitting(world, Attributes(language="en")).answers.graded == 1
    assert fitting(world, Attributes("chat", "en")).answers.graded == 0
    assert fitting(world, Attributes(channel="chat"), days=2).answers.graded == 1


def test_a_hostile_channel_is_only_a_name(world: World) -> None:
    name = "'; DROP TABLE reviews_sample; --%(x)s"
    chat = world.conversations(channel=name)[0]
    world.grade(world.sample(chat))
    make_rollups()
    assert fitting(world, Attributes(channel=name)).answers.graded == 1
    today = world.now.date()
    assert channels_and_languages(world.assistant, today, today) == ([name], [])


def test_another_assistants_are_not_in_it(world: World) -> None:
    world.conversations(assistant=world.other_assistant, channel="chat")
    world.grade(world.sample(world.conversations(channel="chat")[0]))
    make_rollups()
    today = world.now.date()
    other = load(world.other_assistant, today, today)
    wanted = Attributes(channel="chat")
    theirs = only(other, wanted, assistant=world.other_assistant, first=today, last=today)
    assert theirs.answers.graded == 0
    assert channels_and_languages(world.other_assistant, today, today) == ([], [])


def test_three_queries_however_much_there_is(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    busy(world, 1, in_turn("chat", "email"))
    every, today = whole(world), world.now.date()
    with django_assert_num_queries(3):
        only(every, EVERYTHING, assistant=world.assistant, first=today - 10 * DAY, last=today)
