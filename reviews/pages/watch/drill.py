"""A fire drill on an assistant's own weeks, in people's words."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, datetime
from statistics import quantiles

from ingestion.models import Assistant
from portal.words import plural
from reviews.backtest.drill import Drill, Plan, run_drill
from reviews.backtest.shapes import Recorded
from reviews.pages.watch.look_back import named, period
from reviews.watch.history import recorded_of

WEEKS = 12
LEAST_BEFORE = 15  # days before the planted one: an alarm takes more than fourteen


@dataclass(frozen=True)
class Ground:
    """The weeks a drill is held on; `kinds` are names in the order of their numbers."""

    recorded: Recorded
    first: date
    last: date

    @property
    def kinds(self) -> list[str]:
        return [named(self.recorded, code) for code in range(len(self.recorded.history.kinds))]

    @property
    def earliest(self) -> date:
        """The first day on which a drop can be planted."""
        return date.fromordinal(self.first.toordinal() + LEAST_BEFORE)

    @property
    def usual_day(self) -> date:
        """Four weeks before the end: long enough for most drops to be found."""
        return max(self.earliest, date.fromordinal(self.last.toordinal() - 27))


@dataclass(frozen=True)
class DrillWords:
    """What came of a drill: the headline and the lines below it."""

    headline: str
    how_fast: str
    spread: str
    found: str
    kind: str
    start: str
    graded: str
    is_good: bool
    is_warm: bool
    tries: int


def ground(assistant: Assistant, at: datetime) -> Ground | None:
    """The last twelve weeks; None while they are too short for a drill, or while answers wait in
    them and none is graded."""
    days = period(assistant, WEEKS, at)
    if days is None or (days[1] - days[0]).days <= LEAST_BEFORE:
        return None
    recorded = recorded_of(assistant, *days)
    history = recorded.history
    only_waiting = history.sampled.day.size and not history.grades.known.size
    return None if only_waiting else Ground(recorded, *days)


def hold(here: Ground, *, points: int, kind: int | None, day: date) -> DrillWords:
    """Plant the drop and say what came of it. The same choice gives the same answer."""
    plan = Plan(points, kind, day.toordinal())
    seed = zlib.crc32(f"{here.last} {points} {kind} {day}".encode())
    drill = run_drill(here.recorded.history, plan, seed=seed)
    return _words(drill, "all kinds" if kind is None else here.kinds[kind])


def _words(drill: Drill, kind: str) -> DrillWords:
    tries, found = len(drill.attempts), len(drill.found)
    days = sorted(one.days for one in drill.attempts if one.days is not None)
    what = f"A drop of {plural(drill.plan.points, 'point')} in {kind}"
    times = plural(drill.days, "day")
    if not found:
        headline = f"{what} would not have been found within {times}."
    else:
        middle = int((drill.median_days or 0) + 0.5)
        headline = (
            f"{what} would have been found in {found} of {tries} tries, "
            f"half of them within {plural(middle, 'day')}."
        )
    spread = ""
    if len(days) > 3:
        tenths = quantiles(days, n=10, method="inclusive")
        spread = f"mostly {int(tenths[0] + 0.5)} to {int(tenths[-1] + 0.5)}"
    return DrillWords(
        headline=headline,
        how_fast=plural(int((drill.median_days or 0) + 0.5), "day") if found else "Not found",
        spread=spread or (f"within the {times} that are left" if not found else ""),
        found=f"{found} of {tries}",
        kind=f"{drill.kinds_right} of {found}" if found else "Not found",
        start=f"{drill.dates_right} of {found}" if found else "Not found",
        graded=f"{drill.graded:.0f}" if drill.graded >= 1 else f"{drill.graded:.1f}",
        is_good=found > 0.8 * tries,
        is_warm=drill.is_warm,
        tries=tries,
    )
