"""What the watch found, as numbers: stored as JSON, put into words by `reviews.answer.status`.

Pure values. Shares are in [0, 1], changes in points of 100, negative is worse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from reviews.measure.values import Comparison, DayLevel, Level, Shift, Stretch
from reviews.stats.enough_grades import WARM_UP_GRADES

FixOutcome = Literal["too_early", "fixed", "partly", "not_fixed"]
Reading = Literal["no_sign", "not_enough", "probably_worse", "worse", "fix_checked", "better"]
# What a check came to, for logs and steps.
OUTCOMES = {"fixed": "it worked", "partly": "it worked in part", "not_fixed": "it did not work"}


@dataclass(frozen=True)
class SuspectedRelease:
    """A release near the start: the chance that the change began on its day; None when it went
    live outside the days that were weighed."""

    release: int
    chance: float | None
    fits_start: bool


@dataclass(frozen=True)
class Start:
    """When it started: the likeliest day and the range; `step_chance` that it came at once."""

    best: date
    low: date
    high: date
    step_chance: float
    named_day: date | None
    releases: Sequence[SuspectedRelease]


@dataclass(frozen=True)
class FixCheck:
    """Did the fix work? `needed` more grades settle it, about on day `expected`. `since` is of the
    kind that fell, `since_all` of all answers."""

    since_days: Stretch
    since: Level | None
    since_all: Level | None
    against_usual: Shift | None
    against_drop: Shift | None
    outcome: FixOutcome
    needed: int
    wanted: int
    expected: date | None


@dataclass(frozen=True)
class IncidentFindings:
    """What is known of an incident."""

    as_of: datetime
    method: int
    comparison: Comparison
    start: Start | None
    check: FixCheck | None


@dataclass(frozen=True)
class Leaning:
    """Answers are probably worse, or better: since when, and for which kind (None: all)."""

    kind: str | None
    start: Start


@dataclass(frozen=True)
class Findings:
    """How it stands. `seen_in` is how many days a 10-point drop would take to be seen at today's
    pace of grading (None: never), `needed` the grades that would show it, `a_day_for_five` the
    pace at which it takes five days; of `costliest_kind` one more grade would sharpen most.
    `warm_from` is the day on which there are enough days for a usual level, if grades suffice.
    `pairs_waiting` pairs of blind grades differ and wait for a lead; `held_up`: so many that no
    corrected share can be shown."""

    as_of: datetime
    day: date
    method: int
    reading: Reading
    evidence: float
    line: float
    warm: bool
    graded: int
    comparison: Comparison
    leaning: Leaning | None
    better_since: date | None
    grades_a_day: float
    needed: int
    seen_in: float | None
    a_day_for_five: int | None = None
    costliest_kind: str | None = None
    days: Sequence[DayLevel] = ()
    pairs_waiting: int = 0
    held_up: bool = False
    warm_from: date | None = None

    @property
    def lacks_days(self) -> bool:
        """Enough is graded, and only days are missing."""
        return not self.warm and self.warm_from is not None and self.graded >= WARM_UP_GRADES
