"""A team's own rows as a history: the watch's own figures today, and less of them on earlier days;
an export replays to the same."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from reviews.backtest import exported
from reviews.backtest.running import backtest
from reviews.backtest.telling import replayed, sentence
from reviews.grading.grades import undo
from reviews.measure.figures import load
from reviews.models import Grade, SampleReason
from reviews.stats.graded import GradedAnswers
from reviews.watch.history import recorded_of
from tests.reviews.backtest.own import past
from tests.world import DAY, World


def same(one: Any, two: Any) -> None:
    """Equal to the last bit, arrays and all."""
    assert type(one) is type(two)
    if is_dataclass(one):
        for field in fields(one):
            same(getattr(one, field.name), getattr(two, field.name))
    elif isinstance(one, np.ndarray):
        assert np.array_equal(one, two)
    elif isinstance(one, list):
        assert len(one) == len(two)
        for left, right in zip(one, two, strict=True):
            same(left, right)
    else:
        assert one == two


def counted(answers: GradedAnswers, kinds: Any, people: Any) -> dict[Any, tuple[float, float]]:
    """Number and weight of graded answers by everything they are told apart by."""
    found: dict[Any, tuple[float, float]] = {}
    for row in range(len(answers)):
        key = (
            int(answers.day[row]), kinds[answers.kind[row]], bool(answers.drawn[row]),
            bool(answers.flagged[row]), people(int(answers.reviewer[row])),
            bool(answers.failed[row]), int(answers.gold[row]), int(answers.version[row]),
        )  # fmt: skip
        n, weight = found.get(key, (0.0, 0.0))
        found[key] = n + float(answers.n[row]), weight + float(answers.weight[row])
    return found


def test_today_it_is_what_the_watch_looks_at(world: World) -> None:
    first, last = past(world)
    history = recorded_of(world.assistant, first, last + 5 * DAY).history
    figures = load(world.assistant, first, last)
    answers, gold = history.graded_as_of(last.toordinal() + 5)
    mine = counted(answers, history.kinds, lambda code: int(history.reviewers[code]))
    theirs = counted(figures.answers, figures.kinds, lambda pk: pk)
    assert mine == theirs
    assert int(gold.n.sum()) == int(figures.gold.n.sum()) > 40
    traffic = history.traffic_as_of(last.toordinal() + 5)
    assert traffic.answers.sum() == figures.traffic.answers.sum() == 42 * 12
    assert traffic.flagged.sum() == figures.traffic.flagged.sum() > 5


def test_on_an_earlier_day_later_grades_and_flags_are_not_known(world: World) -> None:
    first, last = past(world)
    history = recorded_of(world.assistant, first, last).history
    middle = first + 20 * DAY
    answers, _ = history.graded_as_of(middle.toordinal())
    given = Grade.objects.filter(graded_at__lt=world.now - 22 * DAY + timedelta(hours=12))
    assert answers.graded == given.values("assignment__sample").distinct().count()
    assert answers.day.max() <= middle.toordinal()
    flagged = history.traffic_as_of(first.toordinal() + 5).flagged.sum()
    assert flagged < history.traffic_as_of(first.toordinal() + 7).flagged.sum()


def test_a_grade_that_was_undone_never_counts(world: World) -> None:
    sample = world.sample(places=1)
    grade = world.grade(sample, standing="fails")
    today = world.now.date()
    assert len(recorded_of(world.assistant, today, today).history.grades.known) == 1
    undo(assignment_id=grade.assignment_id, reviewer=world.rosa, at=world.now)
    assert len(recorded_of(world.assistant, today, today).history.grades.known) == 0


def test_two_reviewers_and_a_lead_sit_in_their_places(world: World) -> None:
    sample = world.sample(places=2)
    world.grade(sample)
    world.grade(sample, by=world.remy, standing="fails")
    today = world.now.date()
    log = recorded_of(world.assistant, today, today).history.grades
    assert log.place.tolist() == [0, 1]
    assert log.failed.tolist() == [False, True]


@pytest.mark.parametrize("reason", [SampleReason.ESCALATED, SampleReason.IMPORTED])
def test_grades_that_speak_for_nobody_are_left_out(world: World, reason: SampleReason) -> None:
    world.grade(world.sample(reason=reason))
    today = world.now.date()
    assert len(recorded_of(world.assistant, today, today).history.sampled.day) == 0


def test_another_assistants_rows_are_not_in_it(world: World) -> None:
    first, last = past(world, days=3)
    history = recorded_of(world.other_assistant, first, last).history
    assert len(history.sampled.day) == 0
    assert history.answers_by_day.sum() == 0


def test_it_takes_the_same_queries_however_much_there_is(
    world: World, django_assert_num_queries: Any
) -> None:
    first, last = past(world, days=6)
    with django_assert_num_queries(10):
        recorded_of(world.assistant, first, last)
    with django_assert_num_queries(10):
        recorded_of(world.assistant, last, last)


def test_an_export_replays_to_the_same(world: World, tmp_path: Path) -> None:
    first, last = past(world, days=60, worse_on=40)
    call_command(
        "export_history", assistant="acorn/support", to=tmp_path / "all", stdout=StringIO()
    )
    own, filed = recorded_of(world.assistant, first, last), exported.load(tmp_path / "all")
    same(own.history, filed.history)
    assert own.releases == filed.releases
    said = replayed(own.history)
    assert [one.raised for one in said.alerts] == [
        one.raised for one in replayed(filed.history).alerts
    ]
    told = backtest(tmp_path / "all")
    assert told.is_done
    assert told.words == sentence(own, said)
    assert "mainly Returns, right after prompt-9" in told.words
    weekly = json.loads((tmp_path / "all" / "output.json").read_text())["weekly"]
    assert len(weekly) == len(said.weekly)


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def test_an_export_holds_ids_texts_and_every_grade_ever_given(world: World, tmp_path: Path) -> None:
    sample = world.sample(places=2, probability=0.25)
    first = world.grade(sample, standing="fails")
    world.grade(sample, by=world.remy)
    undo(assignment_id=first.assignment_id, reviewer=world.rosa, at=world.now)
    call_command("export_history", assistant="support", to=tmp_path, stdout=StringIO())
    (chat,) = rows(tmp_path, "conversations.jsonl")
    assert chat["id"] == sample.conversation.external_id
    assert chat["messages"][1]["content"] == "Yes, within 14 days for store credit."
    (drawn,) = rows(tmp_path, "samples.jsonl")
    assert (drawn["reason"], drawn["probability"], drawn["answer_index"]) == ("random", 0.25, 1)
    grades = rows(tmp_path, "grades.jsonl")
    assert [one["verdict"] for one in grades] == ["not_good", "good", "withdrawn"]
    assert grades[0]["superseded_by"] == grades[2]["id"]
    assert {one["conversation_id"] for one in grades} == {chat["id"]}
    assert grades[0]["criteria"][0]["standing"] == "fails"
    assert grades[0]["criteria"][0]["went_wrong"] == "wrong_fact"
    (definition,) = rows(tmp_path, "definitions.jsonl")
    assert definition["criteria"][0]["levels"][0]["anchor"]
    people = {one["id"]: one["name"] for one in rows(tmp_path, "reviewers.jsonl")}
    assert people[grades[0]["reviewer"]] == "Rosa Reviewer"
    about = json.loads((tmp_path / "export.json").read_text())
    assert about["time_zone"] == "Europe/London"
    for name in ("flags", "signals", "releases", "day_counts", "signal_sums"):
        assert (tmp_path / f"{name}.jsonl").exists()


def test_an_export_holds_nothing_of_another_team(world: World, tmp_path: Path) -> None:
    world.conversations(2, assistant=world.other_assistant)
    world.conversations(1)
    call_command("export_history", assistant="acorn/support", to=tmp_path, stdout=StringIO())
    assert len(rows(tmp_path, "conversations.jsonl")) == 1
    assert "Otto Other" not in (tmp_path / "reviewers.jsonl").read_text()


def test_a_folder_with_something_in_it_is_not_written_to(world: World, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(CommandError, match="is not empty"):
        call_command("export_history", assistant="acorn/support", to=tmp_path, stdout=StringIO())
    assert [one.name for one in tmp_path.iterdir()] == ["mine.txt"]


def test_an_assistant_without_anything_is_exported_and_replays(
    world: World, tmp_path: Path
) -> None:
    call_command("export_history", assistant="acorn/support", to=tmp_path, stdout=StringIO())
    told = backtest(tmp_path)
    assert told.is_done
    assert "Not enough grades to tell" in told.words
