"""The simulator makes the very streams for which the limits were set, and ours beside them.

The checksums were computed with the first program that made such streams, not with ours.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest

from bench.detection.families import FAMILIES, GIVEN, OWN
from bench.detection.folders import write
from bench.detection.reviewers import grade, sample_and_grade, verdicts
from bench.detection.shapes import KINDS, Stream
from bench.detection.streams import simulate

# family: the stream's columns, 20 graded a day, 30 a day stratified by kind
COLUMNS = {
    "null": ("9740aea56ef0f0a1", "f743caee27998726", "bf3afac5d319d43f"),
    "abrupt_large": ("c31b3638305b6749", "11ca47fcc35642b2", "2dafe1f758fdba88"),
    "gradual": ("e88df8a97c2b1ebf", "e78dc91d1e572a12", "82bedf8daae66096"),
    "segment": ("a7065d034577dff7", "17d06a52dce8a902", "5d11c00d8879e971"),
    "mix_shift": ("7953796db035e915", "81f5cd981b7d0184", "b5e60f2687cbda33"),
    "reviewer_shift": ("03e6d01332bb2a63", "4be5063c957b8d41", "45e7f074897c7c28"),
    "definition_change": ("482844274f91f07c", "adedf7b99d95ac3b", "7c55bd04d41253e2"),
}
# The truth without its first line: that one holds logarithms, whose last digit is the machine's.
FILES = {
    "abrupt_large": {
        "conversations.jsonl": "a8a1ef9dcd94f366",
        "definitions.json": "d9f56488936e97f0",
        "flags.jsonl": "ef9ddaa86f43a46c",
        "grades.jsonl": "513c901cbd77e9e5",
        "releases.json": "a2972fd79699150d",
        "reviewers.json": "678360ee57fac2eb",
        "truth.jsonl": "246b367aefee5f48",
    },
    "definition_change": {
        "conversations.jsonl": "cb0f98e08b7b6757",
        "definitions.json": "1c8878e45ebfd37f",
        "flags.jsonl": "d3895da3b9bae48c",
        "grades.jsonl": "0c86e470a058e872",
        "releases.json": "83be4f7efe834ea9",
        "reviewers.json": "678360ee57fac2eb",
        "truth.jsonl": "eb152f1099fe57f1",
    },
    "reviewer_shift": {
        "conversations.jsonl": "c8a710fc9f14a9e5",
        "definitions.json": "d9f56488936e97f0",
        "flags.jsonl": "9e750101af7053c5",
        "grades.jsonl": "37e88b08f75f4a80",
        "releases.json": "b7b6ad13ef70fc90",
        "reviewers.json": "453cd42f9f1f0c30",
        "truth.jsonl": "4ed230465260a03f",
    },
}


def digest(columns: tuple[np.ndarray, ...]) -> str:
    """Rounded, because the last digit of an exponential differs between processors."""
    parts = (np.round(np.asarray(one, float), 6).tobytes() for one in columns)
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


def share_bad(stream: Stream, first: int, last: int) -> float:
    day = stream.columns.day
    return float(stream.columns.bad[(day >= first) & (day < last)].mean())


def onset_of(stream: Stream) -> int:
    onset = stream.scenario["onset_day"]
    assert onset is not None
    return onset


@pytest.mark.parametrize("family", sorted(GIVEN))
def test_given_families_are_the_known_streams(family: str) -> None:
    stream = simulate(family, 3, n_per_day=300)
    found = (
        digest(astuple(stream.columns)),
        digest(astuple(sample_and_grade(stream, 20))),
        digest(astuple(sample_and_grade(stream, 30, stratified=True))),
    )
    assert found == COLUMNS[family]


@pytest.mark.parametrize("family", sorted(FILES))
def test_folders_are_the_known_files(family: str, tmp_path: Path) -> None:
    write(simulate(family, 3, n_per_day=20, days=63), tmp_path, 10)
    found = {}
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        if path.name == "truth.jsonl":
            first, content = content.split(b"\n", 1)
            assert json.loads(first)["family"] == family
        found[path.name] = hashlib.sha256(content).hexdigest()[:16]
    assert found == FILES[family]


def test_one_grade_is_the_same_alone_and_among_many() -> None:
    stream = simulate("reviewer_shift", 3, n_per_day=20)
    rows = np.arange(0, len(stream), 50)
    failed = verdicts(stream, rows, np.full(len(rows), 2))
    for row, is_failed in zip(rows, failed, strict=True):
        one = grade(stream, f"c{row:07d}", stream.reviewers[2].id)
        assert one["verdict"] == ("fail" if is_failed else "pass")
        assert min(one["criteria"].values()) >= 4 or is_failed
    assert 0 < failed.sum() < len(rows)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_quality_falls_where_the_truth_says_so_and_nowhere_else(family: str) -> None:
    stream = simulate(family, 5)
    scenario, story = stream.scenario, FAMILIES[family]
    onset = 42 if scenario["onset_day"] is None else onset_of(stream)
    rise = share_bad(stream, onset, onset + 14) - share_bad(stream, onset - 28, onset)
    if story.mix or story.definition:
        assert rise > 0.01  # true quality falls by another name: neither is a worse answer
    elif not story.is_regression:
        assert abs(rise) < 0.012
    elif story.kind or story.ramp:
        assert 0.02 < rise < 0.06
    else:
        assert rise == pytest.approx(story.drop, abs=0.012)
    changed = stream.columns.now != stream.columns.usual
    assert changed.any() == story.is_regression
    if story.kind:
        assert set(stream.columns.kind[changed]) == {KINDS.index(story.kind)}


def test_own_families_are_news() -> None:
    assert not set(OWN) & set(GIVEN)


def test_small_drop_begins_at_a_release_and_abrupt_quiet_does_not() -> None:
    small, quiet = simulate("small_drop", 5), simulate("abrupt_quiet", 5)
    onset = onset_of(small)
    assert small.scenario["release_id"] in {one.id for one in small.releases if one.day == onset}
    assert quiet.scenario["release_id"] is None
    assert all(abs(one.day - onset_of(quiet)) >= 3 for one in quiet.releases)


def test_recovered_ends_after_14_days_by_a_release() -> None:
    stream = simulate("recovered", 5)
    end = stream.scenario["end_day"]
    assert end == onset_of(stream) + 14
    assert [one.version for one in stream.releases if one.day == end] == ["prompt-rollback"]
    assert share_bad(stream, end, end + 14) == pytest.approx(share_bad(stream, 0, 35), abs=0.01)


def test_flag_storm_triples_the_flags_only() -> None:
    stream = simulate("flag_storm", 5)
    day, agent, onset = stream.columns.day, stream.columns.agent, onset_of(stream)
    ratio = agent[day >= onset].mean() / agent[day < onset].mean()
    assert ratio == pytest.approx(3, abs=0.4)
    assert stream.scenario["event"] == ["flags"]


def test_drift_harmless_changes_the_look_of_answers_at_a_release() -> None:
    stream = simulate("drift_harmless", 5)
    columns, onset = stream.columns, onset_of(stream)
    after = columns.day >= onset
    assert columns.refused[after].mean() > 1.8 * columns.refused[~after].mean()
    assert columns.length[after].mean() < 0.9 * columns.length[~after].mean()
    assert onset in {one.day for one in stream.releases}
    assert stream.scenario["release_id"] is None


def test_a_product_is_not_told_the_truth(tmp_path: Path) -> None:
    write(simulate("segment", 3, n_per_day=20, days=63), tmp_path, 10)
    for path in tmp_path.iterdir():
        if path.name != "truth.jsonl":
            text = path.read_text()
            assert not any(
                word in text for word in ('"pass":', "severity", "onset", "failure_mode")
            )
