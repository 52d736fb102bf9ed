"""What reviewers say about a stream: any pair of person and answer has one verdict, for ever."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from bench.detection.chance import Bools, Floats, Ints, expit, logit, uniform
from bench.detection.shapes import CRITERIA, KINDS, Reviewer, Stream

LATE = (0.25, 0.30, 0.20, 0.12, 0.08, 0.05)  # share of grades 0 to 5 days late: 1.6 on average
RANDOM, FLAGGED = 0, 1


class Grade(TypedDict):
    """One grade, as a product would receive it."""

    conversation_id: str
    reviewer: str
    verdict: str
    criteria: dict[str, int]
    definition_version: int


@dataclass(frozen=True)
class Graded:
    """One entry per graded conversation; `row` points into the stream's columns.

    `source` is RANDOM or FLAGGED, `chance` the inclusion probability of the random draw (nan for
    the flagged part), `reviewer` and `second` indices into the stream's reviewers (second -1: no
    second grade), `failed` and `second_failed` their verdicts, `gold` the common verdict of the
    two or the lead's (1 not good, 0 good, -1 single grade), `arrives` the day the grades are in,
    `definition` the version.
    """

    row: Ints
    source: Ints
    chance: Floats
    reviewer: Ints
    second: Ints
    day: Ints
    kind: npt.NDArray[np.int8]
    flagged: Bools
    failed: Bools
    second_failed: Bools
    gold: Ints
    arrives: Ints
    definition: Ints

    def __len__(self) -> int:
        return len(self.row)


def error_rates(reviewer: Reviewer) -> tuple[float, float]:
    """Chance that this person fails a good answer, and that they fail a bad one."""
    if reviewer.role == "lead":
        return 0.005, 0.99
    usual = logit(np.array([0.05, 0.85]))
    false_fail, caught = expit(usual + reviewer.severity)
    return float(false_fail), float(caught)


def verdicts(
    stream: Stream, rows: npt.NDArray[np.int64], reviewers: npt.ArrayLike, attempt: int = 0
) -> Bools:
    """True where reviewer k fails conversation k; both given by index."""
    people = np.asarray(reviewers)
    rates = np.array([error_rates(one) for one in stream.reviewers])[people]
    draw = uniform(rows, people + 101 * attempt, stream.seed, 7)
    return np.asarray(draw < np.where(stream.columns.bad[rows], rates[:, 1], rates[:, 0]))


def grade(stream: Stream, conversation: int | str, reviewer_id: str, attempt: int = 0) -> Grade:
    """What this reviewer says about this conversation (its row or id); KeyError: nobody."""
    row = int(conversation[1:]) if isinstance(conversation, str) else int(conversation)
    place = {one.id: number for number, one in enumerate(stream.reviewers)}[reviewer_id]
    failed = bool(verdicts(stream, np.array([row]), np.array([place]), attempt)[0])
    draw = uniform(np.full(4, row), np.arange(4) + 10 * place, stream.seed, 11)
    criteria = {}
    for number, name in enumerate(CRITERIA):
        is_blamed = failed and number == stream.columns.mode[row]
        criteria[name] = (
            int(1 + (draw[number] < 0.5)) if is_blamed else int(4 + (draw[number] < 0.6))
        )
    day = stream.columns.day[row]
    in_force = [one.version for one in stream.definitions if one.from_day <= day]
    return {
        "conversation_id": f"c{row:07d}",
        "reviewer": reviewer_id,
        "verdict": "fail" if failed else "pass",
        "criteria": criteria,
        "definition_version": in_force[-1],
    }


def _at_work(stream: Stream, day: int) -> Ints:
    return np.array(
        [
            place
            for place, one in enumerate(stream.reviewers)
            if one.role == "reviewer" and one.from_day <= day < one.to_day
        ]
    )


def _draw(
    rng: np.random.Generator, kinds: npt.NDArray[np.int8], count: int, stratified: bool
) -> tuple[Ints, Floats]:
    """Places within a day drawn at random, and each one's chance.

    Stratified: half of the sample in equal parts to the kinds, half by their size.
    """
    if not stratified:
        size = min(count, len(kinds))
        picked = rng.choice(len(kinds), size, replace=False)
        return picked, np.full(size, size / max(1, len(kinds)))
    there = np.bincount(kinds, minlength=len(KINDS))
    share = 0.5 * count / len(KINDS) + 0.5 * count * there / max(1, there.sum())
    wanted = np.minimum(there, np.ceil(share).astype(int))
    picked = np.concatenate(
        [
            rng.choice(np.flatnonzero(kinds == kind), wanted[kind], replace=False)
            for kind in range(len(KINDS))
        ]
    )
    return picked, (wanted / np.maximum(there, 1))[kinds[picked]]


def _second(rng: np.random.Generator, people: Ints, first: Ints, double: float) -> Ints:
    """A second reviewer for a share of the items, -1 for the others."""
    second = np.where(rng.random(len(first)) < double, rng.choice(people, len(first)), -1)
    return np.where(second == first, -1, second)


def sample_and_grade(
    stream: Stream,
    count: int,
    flag_cap: int | None = None,
    double: float = 0.15,
    stratified: bool = False,
) -> Graded:
    """A plain sampler: `count` random answers a day, and up to `flag_cap` flagged (half as many).

    A share of `double` gets a second reviewer; where the two differ the lead decides. Every grade
    arrives 0 to 5 days late.
    """
    rng = np.random.default_rng([stream.seed, 99, count])
    cap = count // 2 if flag_cap is None else flag_cap
    columns = stream.columns
    bounds = np.searchsorted(columns.day, np.arange(stream.days + 1))
    flagged = columns.down | columns.agent
    parts: list[tuple[npt.NDArray[np.int64 | np.float64], ...]] = []
    for day in range(stream.days):
        first, last = int(bounds[day]), int(bounds[day + 1])
        picked, chance = _draw(rng, columns.kind[first:last], count, stratified)
        picked = picked + first
        marked = np.flatnonzero(flagged[first:last]) + first
        queued = rng.choice(marked, min(cap, len(marked)), replace=False)
        queued = queued[~np.isin(queued, picked)]  # already drawn by the random part
        people = _at_work(stream, day)
        for rows, source, chances in (
            (picked, RANDOM, chance),
            (queued, FLAGGED, np.full(len(queued), np.nan)),
        ):
            reviewer = rng.choice(people, len(rows))
            second = _second(rng, people, reviewer, double)
            parts.append((rows, np.full(len(rows), source), chances, reviewer, second))
    row, source_of, chance_of, reviewer, second = map(np.concatenate, zip(*parts, strict=True))
    return _answers(stream, rng, row, source_of, chance_of, reviewer, second, flagged[row])


def _answers(
    stream: Stream,
    rng: np.random.Generator,
    row: Ints,
    source: Ints,
    chance: Floats,
    reviewer: Ints,
    second: Ints,
    flagged: Bools,
) -> Graded:
    """The verdicts on the drawn items, and when they come."""
    failed = verdicts(stream, row, reviewer)
    other = verdicts(stream, row, np.maximum(second, 0))
    lead = verdicts(stream, row, np.full(len(row), len(stream.reviewers) - 1))
    is_double = second >= 0
    day = stream.columns.day[row]
    starts = np.array([one.from_day for one in stream.definitions])
    return Graded(
        row=row,
        source=source,
        chance=chance,
        reviewer=reviewer,
        second=second,
        day=day,
        kind=stream.columns.kind[row],
        flagged=flagged,
        failed=failed,
        second_failed=np.where(is_double, other, False),
        gold=np.where(is_double, np.where(failed == other, failed, lead), -1).astype(int),
        arrives=day + rng.choice(len(LATE), len(row), p=LATE),
        definition=np.searchsorted(starts, day, side="right"),
    )
