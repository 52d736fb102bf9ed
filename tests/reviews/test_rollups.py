"""Rollups: whatever happened, they are what a plain count of the grades gives."""

from __future__ import annotations

import random
from collections import Counter
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from reviews.grading import record_grade, undo
from reviews.models import Assignment, CriterionRollup, DirtyDay, Grade, Rollup
from reviews.rollups import make_rollups
from tests.threads import at_once
from tests.world import DAY, World


def plain_count() -> Counter[tuple[Any, ...]]:
    """The current grades, counted in Python."""
    counts: Counter[tuple[Any, ...]] = Counter()
    for grade in Grade.objects.filter(superseded_by=None).exclude(verdict="withdrawn"):
        place, sample = grade.assignment, grade.assignment.sample
        pair = sample.assignments.filter(state="done", purpose="review")
        first = pair.order_by("done_at", "pk")[0]
        which = "first" if first == place else "second"
        which = "adjudication" if place.purpose == "adjudication" else which
        counts[sample.day, sample.kind, grade.reviewer_id, which, grade.verdict] += 1
    return counts


def stored_count() -> Counter[tuple[Any, ...]]:
    counts: Counter[tuple[Any, ...]] = Counter()
    for row in Rollup.objects.all():
        for verdict in ("good", "not_good", "cannot_judge"):
            key = (row.day, row.kind, row.reviewer_id, row.place, verdict)
            counts[key] += getattr(row, verdict)
    return +counts


def rows() -> list[list[tuple[Any, ...]]]:
    return [
        sorted((tuple(row.values()) for row in model.objects.values(*fields)), key=str)
        for model, fields in (
            (Rollup, [f.attname for f in Rollup._meta.fields if f.attname != "id"]),
            (
                CriterionRollup,
                [f.attname for f in CriterionRollup._meta.fields if f.attname != "id"],
            ),
        )
    ]


def anything_happens(world: World, dice: random.Random) -> None:
    """Somebody grades, grades again or takes back, in any order."""
    world.now += DAY / 24
    done = list(Assignment.objects.filter(state="done", purpose="review"))
    what = dice.choice(["grade", "grade", "undo", "again"])
    if what == "grade" or not done:
        places = Assignment.objects.filter(state="open")
        place = dice.choice(list(places))
        who = dice.choice([world.rosa, world.remy, world.lena])
        others = Assignment.objects.filter(sample=place.sample, reviewer=who).exclude(pk=place.pk)
        if others.exists():
            return
        Assignment.objects.filter(pk=place.pk).update(reviewer=who)
    else:
        place = dice.choice(done)
        who = place.reviewer  # type: ignore[assignment]
    if what == "undo" and done:
        undo(assignment_id=place.pk, reviewer=who, at=world.now)
        return
    form = world.form(dice.choice(["meets", "partly", "fails"]))
    record_grade(assignment_id=place.pk, reviewer=who, form=form, at=world.now)


@pytest.mark.parametrize("seed", range(6))
def test_after_anything_they_are_what_a_plain_count_gives(world: World, seed: int) -> None:
    dice = random.Random(seed)
    for number in range(8):
        chat = world.conversations(kind=f"K{number % 2}", started_at=world.now - number % 3 * DAY)
        world.sample(chat[0], places=2, probability=dice.choice([0.1, 0.3, 1.0]))
    for _ in range(40):
        anything_happens(world, dice)
        if dice.random() < 0.2:
            make_rollups()
    make_rollups()
    assert stored_count() == plain_count()
    assert not DirtyDay.objects.exists()
    before = rows()
    call_command("rebuild_rollups", stdout=StringIO())
    assert rows() == before


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
