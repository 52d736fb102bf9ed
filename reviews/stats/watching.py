"""One look at the grades, and what follows from it: an alarm, its start, when it is settled.

The state is three facts, so that a replay can carry it from day to day and the database can keep it
in the rows of incidents. STATISTICS section 3, steps 5 to 7.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from reviews.stats.counts import VerdictCounts
from reviews.stats.detector import DAYS_BACK, Evidence, alarm_line, is_warm, weigh
from reviews.stats.onset import Onset, date_onset
from reviews.stats.priors import day_weights

METHOD = 1
# Between an alarm and the day its start is settled and the baseline begins anew.
SETTLES_AFTER = 7
# Evidence from which answers are "probably worse".
LEANS = 0.25


@dataclass(frozen=True)
class Watch:
    """Where the watch stands: the first day it compares with, the day of the alarm whose start is
    not settled yet, and whether the baseline began with a drop (then "better" ends it)."""

    baseline: int
    raised: int | None = None
    after_drop: bool = False


@dataclass(frozen=True)
class Sight:
    """What a look on a day shows. `evidence` of a change for the worse, to be held against `line`;
    `warm` is False while there is too little to compare with. `kind` None: all kinds alike.
    `onset` is there when answers are at least probably worse, `better` when they got better."""

    day: int
    graded: int
    evidence: float
    line: float
    warm: bool
    kind: int | None
    onset: Onset | None
    better_evidence: float
    better: Onset | None

    @property
    def alarm(self) -> bool:
        return self.warm and self.evidence >= self.line

    @property
    def leans(self) -> bool:
        return self.warm and self.evidence >= LEANS * self.line

    @property
    def got_better(self) -> bool:
        return self.warm and self.better_evidence >= self.line


class Event(Enum):
    """What a look changes."""

    NOTHING = "nothing"
    RAISED = "raised"
    REDATED = "redated"
    SETTLED = "settled"
    RECOVERED = "recovered"


def look(
    counts: VerdictCounts,
    *,
    today: int,
    watch: Watch,
    releases: Collection[int] = (),
    drift_alarms: Sequence[int] = (),
    false_alarms_a_year: float = 1.0,
) -> Sight:
    """Weigh the grades known today. `counts` may reach back further than the baseline; `releases`
    and `drift_alarms` are days and may lie in the future, which is not looked at."""
    line = alarm_line(false_alarms_a_year)
    counts = counts.since(watch.baseline)
    first = max(watch.baseline, today - DAYS_BACK + 1)
    known = [day for day in releases if day <= today]
    weights = day_weights(
        first=first,
        last=today,
        releases=[day for day in known if day >= first],
        drift_alarms=[day for day in drift_alarms if day <= today],
    )
    worse = weigh(counts, today=today, day_weight=weights)
    better = weigh(counts, today=today, day_weight=weights, direction="better")
    warm = is_warm(counts, today=today, since=watch.baseline)

    def dated(evidence: Evidence | None, wanted: bool, *, up: bool = False) -> Onset | None:
        if evidence is None or not wanted:
            return None
        return date_onset(
            evidence,
            day_weight=weights,
            releases=known,
            direction="better" if up else "worse",
        )

    sight = Sight(
        day=today,
        graded=counts.total,
        evidence=worse.total if worse else 0.0,
        line=line,
        warm=warm,
        kind=worse.scope if worse else None,
        onset=None,
        better_evidence=better.total if better else 0.0,
        better=None,
    )
    is_needed = sight.leans or watch.raised is not None
    return replace(
        sight,
        onset=dated(worse, is_needed),
        better=dated(better, sight.got_better, up=True),
    )


def follow(watch: Watch, sight: Sight) -> tuple[Watch, Event]:
    """What the look changes: an alarm is raised, dated anew each day and settled after a week;
    from then on the grades since its start are the baseline. After a drop, "better" begins the
    baseline once more."""
    if watch.raised is not None:
        if sight.onset is None:
            return watch, Event.NOTHING
        if sight.day < watch.raised + SETTLES_AFTER:
            return watch, Event.REDATED
        return Watch(baseline=sight.onset.best, after_drop=True), Event.SETTLED
    if sight.alarm:
        return replace(watch, raised=sight.day), Event.RAISED
    if watch.after_drop and sight.better is not None:
        return Watch(baseline=sight.better.best), Event.RECOVERED
    return watch, Event.NOTHING
