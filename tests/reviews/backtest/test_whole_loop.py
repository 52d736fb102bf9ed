"""The product's own draws on recorded days, with grades asked of a callable; and the command."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from bench.detection.folders import write
from bench.detection.reviewers import Grade, grade
from bench.detection.shapes import Stream
from bench.detection.streams import simulate
from reviews.backtest import recorded
from reviews.backtest.loop import Choice, WholeLoop
from reviews.backtest.reading import BadInputError
from reviews.backtest.running import backtest
from reviews.stats.chances import is_chosen
from reviews.stats.history import DECISION, FIRST, SECOND, History
from tests.reviews.backtest.test_recorded import story

FAMILY, SEED, PER_DAY, GRADED = "abrupt_large", 4, 600, 30


@cache
def stream() -> Stream:
    return simulate(FAMILY, SEED, PER_DAY)


def simulated(conversation_id: str, reviewer_id: str) -> Grade:
    """For --whole-loop: what this reviewer says of this conversation."""
    return grade(stream(), conversation_id, reviewer_id)


def of_folder(conversation_id: str, reviewer_id: str, folder: Path) -> dict[str, str]:
    """For --whole-loop: the folder's name is the verdict."""
    return {"verdict": folder.name}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("loop")
    write(stream(), path, GRADED)
    (path / "grades.jsonl").unlink()  # the loop must not need it
    return path


@pytest.fixture(scope="module")
def looped(folder: Path) -> History:
    return recorded.load(folder, WholeLoop(simulated, Choice(per_day=GRADED))).history


def test_about_as_many_are_drawn_as_wanted_each_with_its_chance(looped: History) -> None:
    sampled = looped.sampled
    by_day = Counter(sampled.day[sampled.drawn].tolist())
    assert 0.85 * GRADED < np.mean(list(by_day.values())) < 1.1 * GRADED
    # Unbiased: the weights of those drawn add up to all conversations.
    whole = float(sampled.weight.sum())
    assert whole == pytest.approx(float(looped.answers_by_day.sum()), rel=0.05)


def test_a_small_kind_gets_more_than_its_share(looped: History) -> None:
    sampled, other = looped.sampled, looped.kinds.index("other")
    share = (sampled.kind[sampled.drawn] == other).mean()
    of_traffic = looped.answers_by_day[:, other].sum() / looped.answers_by_day.sum()
    assert share > 1.5 * of_traffic


def test_one_in_six_is_graded_twice_and_a_lead_decides_where_they_differ(
    looped: History,
) -> None:
    log, drawn = looped.grades, looped.sampled.drawn
    twice = log.answer[log.place == SECOND]
    assert 0.12 < np.isin(np.flatnonzero(drawn), twice).mean() < 0.21
    # Of the flagged ones too; escalated ones are among the rest, and go to one person.
    assert 0.06 < np.isin(np.flatnonzero(~drawn), twice).mean() < 0.18
    decided = set(log.answer[log.place == DECISION].tolist())
    by_answer: dict[int, set[bool]] = {}
    for answer, failed, place in zip(log.answer, log.failed, log.place, strict=True):
        if place in (FIRST, SECOND):
            by_answer.setdefault(int(answer), set()).add(bool(failed))
    assert decided == {answer for answer, said in by_answer.items() if len(said) == 2}
    pairs = Counter(log.answer[log.place <= SECOND].tolist())
    assert max(pairs.values()) == 2


def test_grades_come_up_to_five_days_late_and_the_first_is_the_first(looped: History) -> None:
    log, day = looped.grades, looped.sampled.day
    drawn = looped.sampled.drawn[log.answer]
    late = (log.known - day[log.answer])[drawn]
    assert set(late.tolist()) == {0, 1, 2, 3, 4, 5}
    first = dict(zip(log.answer[log.place == FIRST], log.known[log.place == FIRST], strict=True))
    for answer, known in zip(
        log.answer[log.place == SECOND], log.known[log.place == SECOND], strict=True
    ):
        assert first[answer] <= known


def test_every_flagged_answer_is_looked_at(folder: Path, looped: History) -> None:
    flagged = [json.loads(line) for line in (folder / "flags.jsonl").read_text().splitlines()]
    known = looped.sampled.flagged_on <= looped.last
    assert known.sum() >= len({one["conversation_id"] for one in flagged})


def test_the_draw_is_the_keyed_one_of_the_product(folder: Path) -> None:
    sure = recorded.load(folder, WholeLoop(simulated, Choice(per_day=100_000))).history
    assert sure.sampled.drawn.sum() == sure.answers_by_day.sum()
    other_key = recorded.load(
        folder, WholeLoop(simulated, Choice(per_day=GRADED, key="another"))
    ).history
    assert other_key.sampled.drawn.sum() != 0
    assert is_chosen("backtest", "random", "c0000001", 1.0)


def test_the_same_again_gives_the_same(folder: Path, looped: History) -> None:
    again = recorded.load(folder, WholeLoop(simulated, Choice(per_day=GRADED))).history
    assert np.array_equal(again.sampled.day, looped.sampled.day)
    assert np.array_equal(again.grades.failed, looped.grades.failed)


def test_the_command_finds_the_drop_with_its_own_sample(folder: Path) -> None:
    out = StringIO()
    call_command(
        "backtest", str(folder), jobs=1, stdout=out, graded_per_day=GRADED,
        whole_loop="tests.reviews.backtest.test_whole_loop:simulated",
    )  # fmt: skip
    assert "worse since" in out.getvalue()
    said = json.loads((folder / "output.json").read_text())
    onset, release = stream().scenario["onset_day"], stream().scenario["release_id"]
    assert onset is not None
    hits = [one for one in said["alerts"] if one["kind"] == "quality"]
    assert hits[0]["raised_on"] >= stream().date(onset)
    assert hits[0]["final"]["release_id"] == release


def test_a_callable_that_wants_the_folder_gets_it(tmp_path: Path) -> None:
    for name in ("pass", "fail"):
        path = story(tmp_path / name)
        (path / "reviewers.json").write_text('[{"id": "r1"}, {"id": "r2"}]')
        told = backtest(path, "tests.reviews.backtest.test_whole_loop:of_folder")
        assert told.is_done, told.words
        weeks = json.loads((path / "output.json").read_text())["weekly"]
        assert (weeks[-1]["pass_rate"] > 0.9) is (name == "pass")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("nowhere:grade", "No module named 'nowhere'"),
        ("json:grade", "no attribute 'grade'"),
        ("json", "Write MODULE:CALLABLE"),
        (":x", "Write MODULE:CALLABLE"),
    ],
    ids=["module", "attribute", "no-colon", "no-module"],
)
def test_a_callable_that_there_is_not_is_named(tmp_path: Path, given: str, words: str) -> None:
    told = backtest(story(tmp_path / "x"), given)
    assert not told.is_done
    assert words in told.words


def test_no_reviewers_and_odd_verdicts_are_named(tmp_path: Path) -> None:
    path = story(tmp_path / "x")

    def answer(conversation: str, reviewer: str) -> dict[str, Any]:
        return {"verdict": "perhaps"}

    with pytest.raises(BadInputError, match=r"needs reviewers\.json"):
        recorded.load(path, WholeLoop(answer, Choice()))
    (path / "reviewers.json").write_text('[{"id": "r1"}]')
    with pytest.raises(BadInputError, match="gave 'perhaps' as the verdict of r1"):
        recorded.load(path, WholeLoop(answer, Choice()))


def test_the_command_goes_on_after_a_folder_it_cannot_read(tmp_path: Path) -> None:
    out, err = StringIO(), StringIO()
    good = story(tmp_path / "good")
    with pytest.raises(CommandError, match="1 of 2 could not be replayed") as stop:
        call_command("backtest", str(tmp_path), str(good), jobs=2, stdout=out, stderr=err)
    assert stop.value.returncode == 1
    assert "is of no known form" in err.getvalue()
    assert out.getvalue().startswith(f"{good}: It would have told you on")


@pytest.mark.parametrize("option", ["jobs", "graded_per_day"])
def test_counts_below_one_are_refused(tmp_path: Path, option: str) -> None:
    with pytest.raises(CommandError, match="must be 1 or more"):
        call_command("backtest", str(tmp_path), **{option: 0})
