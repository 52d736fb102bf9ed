"""Answers: every filter finds what a look at the grades themselves finds, in one index."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.db import connection, transaction
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.accounts.models import User
from reviews.grading.flagging import NewFlag, open_flag_count, raise_flag, undo_flag
from reviews.grading.grades import record_grade, undo
from reviews.models import AnswerEntry, Assignment, Flag, Grade, Sample, SampleReason
from reviews.pages.grading.answers import PAGE, answers_page, read_filters
from reviews.sampling.choosing import choose_all
from tests.threads import at_once
from tests.world import World

KINDS = ("Returns", "Gifts", "")


def grades_of(world: World, **asked: Any) -> list[int]:
    """The definition: grades that nothing supersedes and that were not undone, newest first."""
    rows = Grade.objects.filter(
        assignment__assistant=world.assistant, superseded_by__isnull=True, **asked
    ).exclude(verdict="withdrawn")
    return list(rows.order_by("-pk").values_list("pk", flat=True))


def entries_of_grades() -> list[tuple[Any, ...]]:
    sample = "assignment__sample__"
    chat = f"{sample}conversation__"
    rows = Grade.objects.filter(superseded_by__isnull=True).exclude(verdict="withdrawn")
    fields = (
        "pk", f"{sample}assistant", f"{sample}pk", f"{sample}day", f"{sample}kind",
        f"{sample}reason", f"{chat}channel", f"{chat}language", "verdict",
    )  # fmt: skip
    return list(rows.order_by("pk").values_list(*fields))


def entries() -> list[tuple[Any, ...]]:
    fields = (
        "grade", "assistant", "sample", "day", "kind", "reason", "channel", "language", "verdict",
    )  # fmt: skip
    return list(AnswerEntry.objects.order_by("grade").values_list(*fields))


def graded(world: World, number: int) -> None:
    """So many grades of every sort: some twice, some undone, some given again."""
    dice = random.Random(number)
    for _ in range(number):
        chat = world.conversations(
            kind=dice.choice(KINDS),
            channel=dice.choice(("web", "mail")),
            language=dice.choice(("en", "de")),
            started_at=world.now - timedelta(days=dice.randrange(5)),
        )[0]
        reason = dice.choice((SampleReason.RANDOM, SampleReason.FLAGGED, SampleReason.THUMBS_DOWN))
        sample = world.sample(chat, reason=reason)
        grade = world.grade(sample, standing=dice.choice(("meets", "fails")))
        if dice.random() < 0.2:
            undo(assignment_id=grade.assignment_id, reviewer=world.rosa, at=world.now)
            if dice.random() < 0.5:
                record_grade(
                    assignment_id=grade.assignment_id, reviewer=world.rosa, form=world.form(),
                    at=world.now,
                )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("", {}),
        ("kind=Gifts", {"assignment__sample__kind": "Gifts"}),
        ("verdict=not_good", {"verdict": "not_good"}),
        ("reason=flagged", {"assignment__sample__reason": "flagged"}),
        ("day=2026-11-16", {"assignment__sample__day": "2026-11-16"}),
        (
            "from=2026-11-15&to=2026-11-17",
            {"assignment__sample__day__range": ("2026-11-15", "2026-11-17")},
        ),
        ("channel=mail", {"assignment__sample__conversation__channel": "mail"}),
        ("language=de", {"assignment__sample__conversation__language": "de"}),
        (
            "kind=Returns&verdict=good&channel=web",
            {
                "assignment__sample__kind": "Returns",
                "verdict": "good",
                "assignment__sample__conversation__channel": "web",
            },
        ),
        ("kind=Nothing", {"pk": 0}),
    ],
)
def test_each_filter_finds_what_the_grades_say(
    world: World, query: str, asked: dict[str, Any]
) -> None:
    graded(world, 40)
    found: list[int] = []
    more: str | None = query
    while more is not None:
        page = answers_page(assistant=world.assistant, filters=read_filters(QueryDict(more)))
        found += [line.grade.pk for line in page.lines]
        more = page.older or None
    assert found == grades_of(world, **asked)
    assert (len(found) > PAGE) == (query == "")


def test_entries_follow_every_change_of_a_grade(world: World) -> None:
    graded(world, 12)
    assert entries() == entries_of_grades() != []
    grade = Grade.objects.latest("pk")
    undo(assignment_id=grade.assignment_id, reviewer=grade.reviewer, at=world.now)
    both = world.sample(places=2)
    world.grade(both)
    world.grade(both, by=world.remy, standing="fails")
    Sample.objects.filter(pk=both.pk).update(reason=SampleReason.BOOST)
    assert entries() == entries_of_grades()
    assert AnswerEntry.objects.filter(sample=both, reason="boost").count() == 2


def plan_of(statement: str) -> str:
    with transaction.atomic(), connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort"):  # a small table is read by any of them
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.parametrize("query", ["", "kind=Nothing", "channel=mail&verdict=good", "before=7"])
def test_a_page_is_found_in_one_index_without_sorting(world: World, query: str) -> None:
    graded(world, 3)
    filters = read_filters(QueryDict(query))
    with CaptureQueriesContext(connection) as caught:
        answers_page(assistant=world.assistant, filters=filters)
    (statement,) = [
        one["sql"] for one in caught.captured_queries if 'FROM "reviews_answerentry"' in one["sql"]
    ]
    plan = plan_of(statement)
    assert " using answer_entry_newest" in plan or "Backward using reviews_answerentry_pkey" in plan
    assert "Sort" not in plan
    assert "Join" not in plan
    assert "LIMIT 31" in statement


def test_the_address_of_older_answers_keeps_the_filters(
    world: World, as_: Callable[[User], Client]
) -> None:
    for _ in range(PAGE + 1):
        world.grade()
    page = answers_page(
        assistant=world.assistant, filters=read_filters(QueryDict("kind=Returns&verdict=good"))
    )
    asked = parse_qs(page.older)
    assert asked["kind"] == ["Returns"]
    assert asked["before"] == [str(page.lines[-1].grade.pk)]
    assert as_(world.lena).get(f"/a/{world.assistant.pk}/answers/?{page.older}").status_code == 200


def open_by_definition(world: World) -> set[int]:
    """Flags not taken back whose answer nobody has graded."""
    done = Assignment.objects.filter(state="done").values("sample")
    flags = Flag.objects.filter(assistant=world.assistant, withdrawn_at__isnull=True)
    return set(flags.values_list("pk", flat=True)) - set(
        flags.filter(sample__in=done).values_list("pk", flat=True)
    )


def marked_open(world: World) -> set[int]:
    flags = Flag.objects.filter(
        assistant=world.assistant, withdrawn_at__isnull=True, is_graded=False
    )
    return set(flags.values_list("pk", flat=True))


def flag(world: World, ref: str) -> Flag:
    new = NewFlag(reason="wrong_fact", conversation_ref=ref)
    raised, _ = raise_flag(
        assistant=world.assistant, new=new, by=world.agnes, label="", at=world.now, when=world.now
    )
    return raised


def grade_places(world: World, places: list[int]) -> None:
    for pk in places:
        Assignment.objects.filter(pk=pk).update(
            state="done", reviewer=world.rosa, done_at=world.now
        )


def test_open_flags_are_those_that_nobody_has_graded(world: World) -> None:
    samples = [world.sample(chat) for chat in world.conversations(4)]
    world.grade(samples[0])
    flags = [flag(world, sample.conversation.external_id) for sample in samples]
    flag(world, "not here yet")
    assert open_flag_count(world.assistant, 99) == 5
    choose_all(assistant=world.assistant, at=world.now)
    assert marked_open(world) == open_by_definition(world)
    assert open_flag_count(world.assistant, 99) == 4
    grade = world.grade(samples[1])
    assert open_flag_count(world.assistant, 99) == 3
    undo(assignment_id=grade.assignment_id, reviewer=world.rosa, at=world.now)
    undo_flag(flag=flags[3], at=world.now)
    assert marked_open(world) == open_by_definition(world)
    assert open_flag_count(world.assistant, 99) == 3
    assert open_flag_count(world.assistant, 2) == 2


@pytest.mark.django_db(transaction=True)
def test_a_flag_that_joins_while_its_answer_is_graded_is_not_left_open(world: World) -> None:
    samples = [world.sample(chat) for chat in world.conversations(6)]
    for sample in samples:
        flag(world, sample.conversation.external_id)
    places = list(Assignment.objects.order_by("pk").values_list("pk", flat=True))

    def work(number: int) -> None:
        if number:
            grade_places(world, places)
        else:
            choose_all(assistant=world.assistant, at=world.now)

    at_once(2, work)
    assert marked_open(world) == open_by_definition(world) == set()


@pytest.mark.django_db(transaction=True)
def test_taking_a_flag_back_while_its_answer_is_graded_stops_nobody(world: World) -> None:
    samples = [world.sample(chat) for chat in world.conversations(6)]
    flags = [flag(world, sample.conversation.external_id) for sample in samples]
    choose_all(assistant=world.assistant, at=world.now)
    places = list(Assignment.objects.order_by("pk").values_list("pk", flat=True))

    def work(number: int) -> None:
        if number:
            grade_places(world, places)
        else:
            for one in flags:
                undo_flag(flag=one, at=world.now)

    at_once(2, work)
    assert not Flag.objects.filter(is_graded=False).exists()
    assert open_flag_count(world.assistant, 99) == 0
