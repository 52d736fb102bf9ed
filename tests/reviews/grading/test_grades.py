"""Grades: the verdict follows the rule, rows are only added, pairs that differ go to a lead."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from portal.refused import Refused
from reviews.grading.form import Form, Mark
from reviews.grading.grades import record_grade, undo
from reviews.grading.queue import claim
from reviews.models import Assignment, DirtyDay, Grade, Verdict
from tests.world import World


def place_for(world: World, reviewer: object) -> int:
    taken = claim(assistant=world.assistant, reviewer=reviewer, at=world.now)  # type: ignore[arg-type]
    assert taken is not None
    return taken


def test_the_verdict_follows_the_rule(world: World) -> None:
    assert world.grade().verdict == Verdict.GOOD
    assert world.grade(standing="fails").verdict == Verdict.NOT_GOOD
    assert world.grade(standing="partly").verdict == Verdict.NOT_GOOD  # at most one partly


def test_one_criterion_that_cannot_be_judged_leaves_it_unjudged(world: World) -> None:
    world.sample()
    form = world.form()
    first = world.definition.criteria[0].pk
    unsure = Form(version=form.version, marks={**form.marks, first: Mark(None)})
    grade = record_grade(
        assignment_id=place_for(world, world.rosa), reviewer=world.rosa, form=unsure, at=world.now
    )
    assert grade.verdict == Verdict.CANNOT_JUDGE


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"marks": {}}, "correct"),
        ({"version": 999_999}, "version"),
        ({"note": "x" * 6000}, "note"),
    ],
)
def test_a_form_that_does_not_fit_stores_nothing(
    world: World, change: dict[str, object], field: str
) -> None:
    world.sample()
    full = world.form()
    form = Form(**{"version": full.version, "marks": full.marks, **change})  # type: ignore[arg-type]
    place = place_for(world, world.rosa)
    with pytest.raises(Refused) as refused:
        record_grade(assignment_id=place, reviewer=world.rosa, form=form, at=world.now)
    assert refused.value.field == field
    assert not Grade.objects.exists()
    assert Assignment.objects.get(pk=place).state == Assignment.State.OPEN


def test_fails_asks_what_went_wrong_and_something_else_asks_for_words(world: World) -> None:
    world.sample()
    place = place_for(world, world.rosa)
    with pytest.raises(Refused, match="what went wrong"):
        record_grade(
            assignment_id=place,
            reviewer=world.rosa,
            form=world.form("fails", went_wrong="bad"),
            at=world.now,
        )
    with pytest.raises(Refused, match="comment"):
        record_grade(
            assignment_id=place,
            reviewer=world.rosa,
            form=world.form("fails", went_wrong="something_else"),
            at=world.now,
        )


def test_grades_cannot_be_changed_or_deleted(world: World) -> None:
    grade = world.grade()
    with pytest.raises(IntegrityError), transaction.atomic():
        Grade.objects.filter(pk=grade.pk).update(verdict="not_good")
    with pytest.raises(IntegrityError), transaction.atomic():
        grade.levels.all().delete()


def test_undo_is_a_new_row_and_the_place_is_in_hand_again_with_its_draft(world: World) -> None:
    grade = world.grade(standing="fails")
    undone = undo(assignment_id=grade.assignment_id, reviewer=world.rosa, at=world.now)
    place = Assignment.objects.get(pk=grade.assignment_id)
    assert (undone.verdict, undone.supersedes_id) == (Verdict.WITHDRAWN, grade.pk)
    assert (place.state, place.reviewer) == (Assignment.State.OPEN, world.rosa)
    assert place.draft is not None
    assert len(place.draft["marks"]) == 4
    again = record_grade(
        assignment_id=place.pk, reviewer=world.rosa, form=world.form(), at=world.now
    )
    assert again.supersedes == undone
    with pytest.raises(Refused, match="somebody else"):
        undo(assignment_id=place.pk, reviewer=world.remy, at=world.now)


def test_a_pair_that_differs_goes_to_a_lead_and_an_undo_takes_it_back(world: World) -> None:
    sample = world.sample(places=2)
    world.grade(sample, by=world.rosa)
    second = world.grade(sample, by=world.remy, standing="fails")
    decisions = sample.assignments.filter(purpose=Assignment.Purpose.ADJUDICATION)
    assert [one.state for one in decisions] == [Assignment.State.OPEN]
    undo(assignment_id=second.assignment_id, reviewer=world.remy, at=world.now)
    assert [one.state for one in decisions.all()] == [Assignment.State.WITHDRAWN]


def test_a_pair_that_agrees_needs_nobody(world: World) -> None:
    sample = world.sample(places=2)
    world.grade(sample, by=world.rosa)
    world.grade(sample, by=world.remy)
    assert not sample.assignments.filter(purpose=Assignment.Purpose.ADJUDICATION).exists()


def test_nobody_grades_both_halves_of_a_pair(world: World) -> None:
    sample = world.sample(places=2)
    world.grade(sample, by=world.rosa)
    assert claim(assistant=world.assistant, reviewer=world.rosa, at=world.now) is None
    assert claim(assistant=world.assistant, reviewer=world.remy, at=world.now) is not None


def test_each_grade_marks_its_day(world: World) -> None:
    grade = world.grade()
    assert DirtyDay.objects.get().day == grade.assignment.sample.day
