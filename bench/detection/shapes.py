"""What a stream is made of: its columns, its releases and people, and the truth about it."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import NotRequired, TypedDict

import numpy as np
import numpy.typing as npt

from bench.detection.chance import Bools, Floats, Ints, Small

KINDS = ("orders", "shipping", "refunds", "account", "product", "other")
CRITERIA = ("accuracy", "groundedness", "helpfulness", "tone")


@dataclass(frozen=True)
class Release:
    """A dated change; model, prompt and index are the versions from then on."""

    id: str
    day: int
    kind: str
    version: str
    model: int
    prompt: int
    index: int


@dataclass(frozen=True)
class Reviewer:
    """`severity` shifts both error rates on the logit scale; at work on [from_day, to_day)."""

    id: str
    role: str
    severity: float
    from_day: int
    to_day: int


@dataclass(frozen=True)
class Definition:
    """A version of the written quality definition, in force from a day on."""

    version: int
    from_day: int


class WeekTruth(TypedDict):
    """The true share of good answers of a complete week, and how many there were."""

    week: int
    week_start: str
    pass_rate: float
    n: int


class Scenario(TypedDict):
    """The truth about a stream, as the first line of truth.jsonl has it."""

    type: str
    family: str
    seed: int
    days: int
    n_per_day: int
    regression: bool
    onset_day: int | None
    end_day: int | None
    segment: str | None
    release_id: str | None
    drop: float
    ramp: int | None
    event: list[str]
    start: NotRequired[str]
    weekly: NotRequired[list[WeekTruth]]


@dataclass(frozen=True)
class Columns:
    """One entry per conversation, in order of time.

    `second`: seconds since the start. `usual` and `now`: chance of a bad answer without and with
    the event. `mode`: index of the criterion a bad answer fails on. `score`: of the best passage.
    `length` in words, `latency` in ms, `releases`: how many there had been.
    """

    day: Ints
    second: Ints
    kind: Small
    bad: Bools
    usual: Floats
    now: Floats
    mode: Small
    escalated: Bools
    refused: Bools
    down: Bools
    up: Bools
    agent: Bools
    score: Floats
    length: npt.NDArray[np.int32]
    latency: Floats
    releases: Ints


@dataclass(frozen=True)
class Stream:
    """A simulated history with its truth."""

    family: str
    seed: int
    days: int
    start: dt.date
    columns: Columns
    releases: list[Release]
    reviewers: list[Reviewer]
    definitions: list[Definition]
    scenario: Scenario

    def __len__(self) -> int:
        return len(self.columns.day)

    def date(self, day: int) -> str:
        """The calendar date of a day index."""
        return (self.start + dt.timedelta(days=int(day))).isoformat()

    def weekly_truth(self) -> list[WeekTruth]:
        """True share of good answers of every complete week that had any."""
        week = self.columns.day // 7
        count = np.bincount(week, minlength=self.days // 7)
        bad = np.bincount(week, self.columns.bad, minlength=self.days // 7)
        return [
            {
                "week": number,
                "week_start": self.date(7 * number),
                "pass_rate": 1 - bad[number] / count[number],
                "n": int(count[number]),
            }
            for number in range(self.days // 7)
            if count[number]
        ]


def as_dict(row: Release | Reviewer | Definition) -> dict[str, int | str | float]:
    """The row as the files have it."""
    return asdict(row)
