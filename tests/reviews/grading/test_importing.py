"""Imported grades: named external reviewers, their own time, their own verdict, counted apart."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from django.core.management import call_command

from ingestion.wire import Message
from portal.accounts.models import User
from reviews.grading.importing import GivenGrade, import_grades
from reviews.models import Assignment, Grade, Rollup, Sample, SampleReason, Verdict
from reviews.sampling.choosing import choose_all, policy_of
from tests.world import World

THEN = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)


def given(conversation: str, annotator: str = "ann", verdict: str = "pass") -> GivenGrade:
    return GivenGrade(conversation, annotator, verdict, "their note", 33, THEN)


def test_a_grade_keeps_its_person_verdict_and_time(world: World) -> None:
    (chat,) = world.conversations()
    taken = import_grades(
        assistant=world.assistant, given=[given(chat.external_id, verdict="fail")], at=world.now
    )
    grade = Grade.objects.get()
    assert taken.stored == 1
    assert (grade.verdict, grade.graded_at, grade.seconds) == (Verdict.NOT_GOOD, THEN, 33)
    assert grade.reviewer.is_external
    assert not grade.reviewer.is_active
    assert grade.reviewer.email is None
    assert grade.levels.get().level is not None  # the import definition's one criterion
    assert Sample.objects.get().reason == SampleReason.IMPORTED


def test_under_our_own_definition_no_levels_are_made_up(world: World) -> None:
    assert world.definition
    (chat,) = world.conversations()
    import_grades(assistant=world.assistant, given=[given(chat.external_id)], at=world.now)
    grade = Grade.objects.get()
    assert grade.version_id == world.definition.pk
    assert not grade.levels.exists()


def test_several_people_get_a_place_each_and_again_changes_nothing(world: World) -> None:
    (chat,) = world.conversations()
    rows = [given(chat.external_id, name) for name in ("ann", "ben", "cat")]
    for expected in ((3, 0), (0, 3)):
        taken = import_grades(assistant=world.assistant, given=rows, at=world.now)
        assert (taken.stored, taken.known) == expected
    assert list(Assignment.objects.order_by("slot").values_list("slot", flat=True)) == [1, 2, 3]
    assert User.objects.filter(is_external=True).count() == 3


def test_unknown_conversations_are_counted_not_stored(world: World) -> None:
    taken = import_grades(assistant=world.assistant, given=[given("nowhere")], at=world.now)
    assert (taken.stored, taken.without_conversation) == (0, 1)


def test_the_command_reads_reference_grades_and_counts_them_apart(
    world: World, tmp_path: Path
) -> None:
    (chat,) = world.conversations()
    record = {
        "id": chat.external_id,
        "messages": [],
        "reference_grades": [
            {"annotator": "ann", "verdict": "pass", "seconds": 9.5},
            {"annotator": "ben", "verdict": "fail", "graded_at": "2026-10-01T09:30:00"},
        ],
    }
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(record))
    call_command("import_grades", path, assistant="support")
    assert set(Rollup.objects.values_list("reason", flat=True)) == {"imported"}
    assert Grade.objects.count() == 2


def test_as_random_lets_them_speak_for_all_answers(world: World, tmp_path: Path) -> None:
    (chat,) = world.conversations()
    path = tmp_path / "grades.jsonl"
    row = {"conversation": chat.external_id, "reviewer": "r1", "verdict": "pass"}
    path.write_text(json.dumps(row))
    call_command("import_grades", path, assistant="support", as_random=True)
    rollup = Rollup.objects.get()
    assert (rollup.reason, rollup.good, rollup.weight) == ("random", 1, 1.0)


def test_as_random_undoes_the_callers_own_sampling(world: World) -> None:
    (chat,) = world.conversations(sample_rate=0.5)
    rows = [given(chat.external_id)]
    import_grades(assistant=world.assistant, given=rows, at=world.now, as_random=True)
    assert Sample.objects.get().probability == 0.5


def test_the_draw_leaves_imported_grades_told_apart(world: World) -> None:
    policy = policy_of(world.assistant)
    policy.rate = 1.0
    policy.save()
    chats = world.conversations(5)
    import_grades(
        assistant=world.assistant, given=[given(one.external_id) for one in chats], at=world.now
    )
    choose_all(assistant=world.assistant, at=world.now)
    assert set(Sample.objects.values_list("reason", flat=True)) == {SampleReason.IMPORTED}


def test_a_draw_after_as_random_changes_nothing_and_does_not_fail(world: World) -> None:
    policy = policy_of(world.assistant)
    policy.rate = 1.0
    policy.save()
    turns = [Message(role="assistant", content=f"Answer {number}.") for number in range(3)]
    chats = world.conversations(6, messages=turns)
    import_grades(
        assistant=world.assistant,
        given=[given(one.external_id) for one in chats],
        at=world.now,
        as_random=True,
    )
    before = list(Sample.objects.order_by("pk").values_list("pk", "probability", "answer_index"))
    choose_all(assistant=world.assistant, at=world.now)
    assert (
        list(Sample.objects.order_by("pk").values_list("pk", "probability", "answer_index"))
        == before
    )
