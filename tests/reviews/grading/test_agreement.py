"""Agreement: blind pairs only, and what they say now."""

from __future__ import annotations

from typing import Any

from django.db import connection

from reviews.grading.agreement import BLIND, blind_grades, pairs_alike
from reviews.grading.grades import undo
from reviews.models import Sample
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


def test_the_tables_hold_what_both_said_of_each_criterion(world: World) -> None:
    """Counted in the database; told here again from the grades, pair by pair."""
    for first, second in (("meets", "fails"), ("fails", "fails"), ("meets", "partly")):
        for _ in range(2):
            sample = world.sample(places=2)
            world.grade(sample, by=world.rosa, standing=first)
            world.grade(sample, by=world.remy, standing=second)
    alone = world.sample(places=2)
    world.grade(alone, by=world.rosa)
    day = world.now.date()
    found = blind_grades(assistant=world.assistant, first=day, last=day)
    said: dict[str, list[list[float]]] = {}
    pairs: list[list[float]] = []
    for sample in Sample.objects.exclude(pk=alone.pk).order_by("-pk"):
        grades = [
            place.grades.get() for place in sample.assignments.filter(state="done").order_by("slot")
        ]
        pairs.append([float(grade.verdict == "not_good") for grade in grades])
        for one, other in zip(
            *(grade.levels.order_by("criterion__position") for grade in grades), strict=True
        ):
            assert one.level is not None
            assert other.level is not None
            levels = sorted((float(one.level.value), float(other.level.value)))
            said.setdefault(one.criterion.key, []).append(levels)
    assert found.verdicts.tolist() == pairs
    assert [key for key, _, _ in found.criteria] == list(said)
    for key, _, table in found.criteria:
        assert sorted(table.tolist()) == sorted(said[key])
    mine = blind_grades(assistant=world.assistant, first=day, last=day, only=world.lena.pk)
    assert (mine.reviewers, mine.verdicts.size, mine.criteria) == ([], 0, [])


def test_second_places_are_found_in_an_index_of_their_own(world: World) -> None:
    world.sample(places=2)
    values: dict[str, Any] = {
        "assistant": world.assistant.pk,
        "first": world.now,
        "last": world.now,
        "only": None,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {BLIND}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Seq Scan" not in plan
