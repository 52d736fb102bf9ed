"""Agreement: blind pairs only, and what they say now."""

from __future__ import annotations

from reviews.agreement import pairs_alike
from reviews.grading import undo
from tests.world import World


def alike(world: World) -> tuple[int, int]:
    day = world.now.date()
    got = pairs_alike(assistant=world.assistant, first=day, last=day)
    return got.pairs, got.alike


def test_only_two_current_grades_of_one_answer_are_a_pair(world: World) -> None:
    world.grade()
    assert alike(world) == (0, 0)
    first, second = (world.sample(places=2) for _ in range(2))
    for sample, standing in ((first, "meets"), (second, "fails")):
        world.grade(sample, by=world.rosa)
        world.grade(sample, by=world.remy, standing=standing)
    assert alike(world) == (2, 1)
    theirs = second.assignments.get(reviewer=world.remy)
    undo(assignment_id=theirs.pk, reviewer=world.remy, at=world.now)
    assert alike(world) == (1, 1)
