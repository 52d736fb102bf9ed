"""What the watch found, as numbers: stored as JSON, put into words by `reviews.answer.standing`.

Pure values. Shares are in [0, 1], changes in points of 100, negative is worse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from reviews.stats.estimates import Estimate
from reviews.stats.estimates import compare as compare_estimates
from reviews.stats.intervals import Rate

FixOutcome = Literal["too_early", "fixed", "not_fixed"]
KindReading = Literal["worse", "better", "no_clear", "not_enough"]


@dataclass(frozen=True)
class Level:
    """A share of good answers with its likely range and its count; `corrected` says whether
    reviewers' usual errors were taken out."""

    share: float
    low: float
    high: float
    graded: int
    corrected: bool
    note: str = ""

    @property
    def rate(self) -> Rate:
        """As charts take it."""
        return Rate(self.share, self.low, self.high, self.graded)


@dataclass(frozen=True)
class Shift:
    """A change of a level with its likely range."""

    points: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """True when the range does not hold zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Stretch:
    """Days, both ends included."""

    first: date
    last: date


@dataclass(frozen=True)
class KindShift:
    """One kind of question: its usual level, its level now."""

    kind: str
    usual: Level | None
    now: Level | None
    shift: Shift | None
    reading: KindReading


@dataclass(frozen=True)
class Comparison:
    """A stretch against the usual level before it, over all kinds and for each."""

    usual_days: Stretch
    now_days: Stretch
    usual: Level | None
    now: Level | None
    shift: Shift | None
    kinds: Sequence[KindShift]

    def of_kind(self, kind: str | None) -> KindShift | None:
        """The line of one kind."""
        return next((one for one in self.kinds if one.kind == kind), None)


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
class DayLevel:
    """One day's level, as the chart shows it."""

    day: date
    level: Level


@dataclass(frozen=True)
class Findings:
    """How it stands. `seen_in` is how many days a 10-point drop would take to be seen at today's
    pace of grading (None: never), `needed` the grades that would show it, `a_day_for_five` the
    pace at which it takes five days; of `costliest_kind` one more grade would sharpen most."""

    as_of: datetime
    day: date
    method: int
    reading: str
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


def level_of(estimate: Estimate | None) -> Level | None:
    """An estimate as it is stored."""
    if estimate is None:
        return None
    return Level(
        estimate.good,
        estimate.low,
        estimate.high,
        estimate.graded,
        estimate.corrected,
        estimate.note,
    )


def shift_of(now: Estimate | None, before: Estimate | None) -> Shift | None:
    """The change between two estimates; None unless both are there."""
    if now is None or before is None:
        return None
    change = compare_estimates(now, before)
    return Shift(change.points, change.low, change.high)
