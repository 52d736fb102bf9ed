"""Folders of recorded days: read right, told right, refused with file, line and fix."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.detection import adapter
from bench.detection.folders import write
from bench.detection.reviewers import sample_and_grade
from bench.detection.shapes import Stream
from bench.detection.streams import simulate
from reviews.backtest.running import backtest, backtest_all, load
from reviews.backtest.telling import output, replayed
from reviews.stats.history import History

COUNT = 30


@pytest.fixture(scope="module", params=["abrupt_large", "reviewer_shift", "segment"])
def folder(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Stream, Path]:
    """A stream, and the folder that was written from it."""
    stream = simulate(request.param, 4, 400)
    path = tmp_path_factory.mktemp(request.param)
    write(stream, path, COUNT)
    return stream, path


def shifted(history: History, stream: Stream) -> History:
    """A history in days of the calendar, in the stream's own."""
    return dataclasses.replace(history, first=0, last=stream.days - 1)


def test_a_folder_gives_the_stream_that_it_was_written_from(
    folder: tuple[Stream, Path],
) -> None:
    stream, path = folder
    mine, theirs = load(path).history, adapter.history(stream, sample_and_grade(stream, COUNT))
    first = stream.start.toordinal()
    assert (mine.first, mine.last) == (first, first + theirs.last)
    order = [mine.kinds.index(kind) for kind in theirs.kinds]
    assert np.array_equal(mine.answers_by_day[:, order], theirs.answers_by_day)
    assert list(mine.releases) == [first + day for day in sorted(theirs.releases)]
    by_name = {one.name.replace("_", " "): one for one in mine.signals}
    names = {"passage score": "top score"}
    for signal in theirs.signals:
        found = by_name[names.get(signal.name, signal.name)]
        assert np.array_equal(found.answers[:, order], signal.answers)
        if signal.name == "passage score":  # three digits in the file
            assert np.allclose(found.total[:, order], signal.total, atol=0.05)
        elif signal.name != "length":  # the text of a bad answer has words that the column lacks
            assert np.array_equal(found.total[:, order], signal.total), signal.name
    for today in (10, 40, 83):
        answers, gold = mine.graded_as_of(first + today)
        others, other_gold = theirs.graded_as_of(today)
        people = np.array([theirs.reviewers.index(name) for name in mine.reviewers])
        kinds = np.array([theirs.kinds.index(name) for name in mine.kinds])
        rows = sorted(
            zip(answers.day - first, kinds[answers.kind], answers.drawn, answers.flagged,
                people[answers.reviewer], answers.version, answers.failed, answers.gold,
                np.round(answers.weight, 3), strict=True)
        )  # fmt: skip
        other_rows = sorted(
            zip(others.day, others.kind, others.drawn, others.flagged, others.reviewer,
                others.version, others.failed, others.gold, np.round(others.weight, 3), strict=True)
        )  # fmt: skip
        assert len(rows) == len(other_rows) > 100
        assert [row[:-1] for row in rows] == [row[:-1] for row in other_rows]
        assert np.allclose([row[-1] for row in rows], [row[-1] for row in other_rows], rtol=1e-3)
        assert len(gold) == len(other_gold)
        traffic, other_traffic = mine.traffic_as_of(first + today), theirs.traffic_as_of(today)
        assert traffic.flagged.sum() == other_traffic.flagged.sum()


def test_a_folder_is_told_what_its_stream_is_told(folder: tuple[Stream, Path]) -> None:
    stream, path = folder
    graded = sample_and_grade(stream, COUNT)
    expected = adapter.run(stream, graded)
    recorded = load(path)
    # The one signal whose column and text differ is taken from the stream.
    theirs = adapter.history(stream, graded)
    order = [theirs.kinds.index(kind) for kind in recorded.history.kinds]
    length = next(one for one in theirs.signals if one.name == "length")
    length = dataclasses.replace(
        length, total=length.total[:, order], answers=length.answers[:, order]
    )
    signals = [one if one.name != "length" else length for one in recorded.history.signals]
    recorded = dataclasses.replace(
        recorded, history=dataclasses.replace(recorded.history, signals=signals)
    )
    got = output(recorded, replayed(recorded.history))

    def key(alert: Any) -> Any:
        return alert["raised_on"], alert["kind"]

    assert sorted(got["alerts"], key=key) == sorted(expected["alerts"], key=key)
    assert len(got["weekly"]) == len(expected["weekly"]) == 12
    for mine, other in zip(got["weekly"], expected["weekly"], strict=True):
        assert (mine["week_start"], mine["n"]) == (other["week_start"], other["n"])
        for name in ("pass_rate", "low", "high"):
            assert mine[name] == pytest.approx(other[name], abs=1e-4)


def test_many_folders_side_by_side_say_the_same_as_one_by_one(
    folder: tuple[Stream, Path], tmp_path: Path
) -> None:
    _, path = folder
    small = story(tmp_path / "small")
    alone = backtest(path).words
    told = list(backtest_all([path, small, tmp_path / "none"], 2))
    assert [one.is_done for one in told] == [True, True, False]
    assert told[0].words == alone


# A folder of the second form: few answers, all graded, one change.
DAYS, A_DAY, CHANGED = 40, 8, 25
START = dt.datetime(2026, 9, 1, 9, tzinfo=dt.UTC)


def story(path: Path, *, is_worse: bool = True) -> Path:
    """stream.jsonl, grades.jsonl and changes.jsonl; from day 25 on most answers are bad."""
    path.mkdir()
    answers, grades = [], []
    for row in range(DAYS * A_DAY):
        day = row // A_DAY
        at = START + dt.timedelta(days=day, hours=row % A_DAY)
        is_bad = row * 7 % 10 < (5 if is_worse and day >= CHANGED else 1)
        messages = [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "A b c."}]
        answers.append(
            {"id": f"c{row}", "started_at": at.isoformat(), "intent": None, "messages": messages}
        )
        grades.append(
            {
                "conversation": f"c{row}",
                "reviewer": f"r{row % 3}",
                "verdict": "fail" if is_bad else "pass",
                "graded_at": (at + dt.timedelta(hours=9)).isoformat(),
            }
        )
    change = START + dt.timedelta(days=CHANGED)
    changes = [{"at": change.isoformat(), "kind": "model", "to": "model-B", "note": "new model"}]
    for name, rows in (("stream", answers), ("grades", grades), ("changes", changes)):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (path / f"{name}.jsonl").write_text(lines)
    return path


def test_a_stream_with_a_change_log_is_told_of_its_drop(tmp_path: Path) -> None:
    told = backtest(story(tmp_path / "drop"))
    assert told.words.startswith("It would have told you on ")
    assert "worse since" in told.words
    assert told.words.endswith("right after model-B (new model).")
    said = json.loads((tmp_path / "drop" / "output.json").read_text())
    (alert,) = [one for one in said["alerts"] if one["kind"] == "quality"]
    assert alert["final"]["release_id"] == "model-B"
    assert alert["final"]["onset_low"] <= "2026-09-26" <= alert["final"]["onset_high"]
    assert set(said["graded_by_day"].values()) <= set(range(A_DAY + 1))


def test_a_stream_without_a_drop_is_told_of_none(tmp_path: Path) -> None:
    told = backtest(story(tmp_path / "none", is_worse=False))
    assert told.words == "No sign of change in 40 days."


def test_few_grades_are_not_called_quiet(tmp_path: Path) -> None:
    path = story(tmp_path / "few")
    lines = (path / "grades.jsonl").read_text().splitlines(keepends=True)
    (path / "grades.jsonl").write_text("".join(lines[::8]))
    told = backtest(path)
    assert told.words.startswith("Not enough grades to tell in 40 days: 40 of random answers")


Edit = Callable[[dict[str, Any]], dict[str, Any]]


def without(name: str) -> Edit:
    return lambda row: {key: value for key, value in row.items() if key != name}


@pytest.mark.parametrize(
    ("name", "edit", "words"),
    [
        ("grades", {"verdict": "ok"}, ["grades.jsonl, line 3", "field verdict", "'ok'"]),
        ("grades", without("verdict"), ["grades.jsonl, line 3", "field verdict", "missing"]),
        ("grades", {"reviewer": 7}, ["line 3", "field reviewer", "Expected `str`"]),
        ("grades", {"conversation": "c999"}, ["line 3", "'c999' is not in stream.jsonl"]),
        ("grades", {"graded_at": "yesterday"}, ["line 3", "field graded_at", "RFC 3339"]),
        ("grades", {"graded_at": "2026-09-03T10:00:00"}, ["field graded_at", "with a zone"]),
        ("grades", {"source": "random"}, ["field inclusion_probability", "Give the chance"]),
        ("grades", {"inclusion_probability": 0}, ["line 3", "field inclusion_probability"]),
        ("stream", {"started_at": "2026-13-01T00:00:00Z"}, ["line 3", "field started_at"]),
        ("stream", {"started_at": "2062-09-01T00:00:00Z"}, ["2026-09-01 to 2062-09-01", "Mend"]),
        ("stream", {"started_at": "0001-01-01T00:00:00+09:00"}, ["line 3", "field started_at"]),
        ("stream", {"id": "c1"}, ["stream.jsonl, line 3, field id", "twice"]),
        ("stream", {"retrieved": [{"score": "high"}]}, ["field retrieved[0].score"]),
        ("changes", without("at"), ["changes.jsonl, line 1, field at", "missing"]),
    ],
    ids=["verdict", "no-verdict", "reviewer", "unknown", "moment", "zone", "no-chance", "chance",
         "month", "century", "first-day", "twice", "score", "change"],
)  # fmt: skip
def test_what_does_not_fit_is_named_and_nothing_is_written(
    tmp_path: Path, name: str, edit: Any, words: list[str]
) -> None:
    path = story(tmp_path / "bad")
    file = path / f"{name}.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    at = min(2, len(rows) - 1)
    rows[at] = edit(rows[at]) if callable(edit) else rows[at] | edit
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    told = backtest(path)
    assert not told.is_done
    for word in words:
        assert word in told.words
    assert sorted(one.name for one in path.iterdir()) == [
        "changes.jsonl", "grades.jsonl", "stream.jsonl",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"id": "c0", "star', "stream.jsonl, line 1: no JSON"),
        (b"\xff\xfe\x00", "stream.jsonl, line 1"),
        (b"[" * 100_000, "stream.jsonl, line 1"),
        (b"", "holds no conversation"),
        (b"\n\n", "holds no conversation"),
    ],
    ids=["cut-off", "not-utf8", "deep", "empty", "blank"],
)
def test_a_file_that_is_no_jsonl_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    path = story(tmp_path / "bad")
    (path / "stream.jsonl").write_bytes(content)
    told = backtest(path)
    assert not told.is_done
    assert words in told.words


def test_an_earlier_output_stays_when_the_next_run_fails(tmp_path: Path) -> None:
    path = story(tmp_path / "once")
    backtest(path)
    before = (path / "output.json").read_bytes()
    (path / "grades.jsonl").unlink()
    told = backtest(path)
    assert not told.is_done
    assert "grades.jsonl cannot be read" in told.words
    assert (path / "output.json").read_bytes() == before


def test_a_grader_who_changes_their_mind_counts_with_the_later_grade(tmp_path: Path) -> None:
    path = story(tmp_path / "again", is_worse=False)
    with (path / "grades.jsonl").open("a") as file:
        for row in range(CHANGED * A_DAY, DAYS * A_DAY):
            at = START + dt.timedelta(days=row // A_DAY + 1)
            again = {"conversation": f"c{row}", "reviewer": f"r{row % 3}", "verdict": "fail"}
            file.write(json.dumps({**again, "graded_at": at.isoformat()}) + "\n")
    assert "worse since" in backtest(path).words


def test_a_lead_decides_and_a_third_person_is_left_out(tmp_path: Path) -> None:
    path = story(tmp_path / "seats")
    (path / "reviewers.json").write_text(json.dumps([{"id": "lea", "role": "lead"}]))
    with (path / "grades.jsonl").open("a") as file:
        for who in ("lea", "other", "third"):
            grade = {"conversation": "c0", "reviewer": who, "verdict": "fail"}
            file.write(json.dumps({**grade, "graded_at": "2026-09-03T10:00:00Z"}) + "\n")
    log = load(path).history.grades
    assert log.place[log.answer == 0].tolist() == [0, 2, 1]
