"""One round of the watch: is there a new drop, how do the known ones look now, and is one over?

The state is the list of drops that were found, so that a replay can carry it from day to day and
the database can keep it in the rows of incidents. STATISTICS section 3, steps 5 to 7. Beyond the
text: a drop whose fix is live leaves the comparison only for the days it lasted, and while one kind
is known to be worse the other kinds are watched on, so that two drops are two.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from reviews.stats.counts import VerdictCounts, group_small_kinds
from reviews.stats.detector import (
    DAYS_BACK,
    Direction,
    Evidence,
    alarm_line,
    is_warm,
    weigh,
)
from reviews.stats.enough_grades import WARM_UP_DAYS
from reviews.stats.hints import Traffic
from reviews.stats.onset import Onset, date_onset
from reviews.stats.priors import day_weights

# 2: error rates from all pairs, those that wait too, and from how strict each person is.
METHOD = 2
# Between an alarm and the day its start is settled and the grades since then are the baseline.
SETTLES_AFTER = 7
# Share of the line from which answers are "probably worse": one day in 20 to 80 when nothing
# changes, with 20 to 60 grades a day (bench.detection, family "null").
LEANS = 0.35
# Times the line from which answers got better without any drop before: nothing is lost by waiting.
SURELY_BETTER = 2.0


@dataclass(frozen=True)
class KnownIncident:
    """A drop that was found. Days: `raised` of the alarm, `onset` the likeliest first one, `fixed`
    the first one with its fix live, `ended` the first one of a level that took its place (better
    without a fix, or accepted). `settled`: the start stays as it is. `kind` None: all kinds."""

    raised: int
    kind: int | None
    onset: int
    settled: bool = False
    fixed: int | None = None
    ended: int | None = None


@dataclass(frozen=True)
class Sight:
    """What a look on a day shows. `evidence` of a change for the worse, to be held against `line`;
    `warm` is False while there is too little to compare with; from `warm_day` on there are enough
    days. `kind` None: all kinds alike.
    `onset` is there when answers are at least probably worse, `better` when they got better."""

    day: int
    baseline: int
    graded: int
    evidence: float
    line: float
    warm: bool
    warm_day: int | None
    kind: int | None
    onset: Onset | None
    better_evidence: float
    better: Onset | None

    @property
    def alarm(self) -> bool:
        """The alarm line is crossed."""
        return self.warm and self.evidence >= self.line

    @property
    def leans(self) -> bool:
        """Probably worse: near the line or over it."""
        return self.warm and self.evidence >= LEANS * self.line

    @property
    def got_better(self) -> bool:
        """The alarm line is crossed upward, which ends a drop."""
        return self.warm and self.better_evidence >= self.line

    @property
    def surely_better(self) -> bool:
        """Better, also when there was no drop before."""
        return self.warm and self.better_evidence >= SURELY_BETTER * self.line


class Event(Enum):
    """What a round changes about a incident."""

    RAISED = "raised"
    REDATED = "redated"
    SETTLED = "settled"
    RECOVERED = "recovered"


@dataclass(frozen=True)
class Change:
    """An event, the place of its incident in the new list, and what was seen."""

    event: Event
    place: int
    incident: KnownIncident
    sight: Sight


@dataclass(frozen=True)
class Round:
    """What a round of the watch found; `incidents` is the list to carry on."""

    fresh: Sight
    incidents: Sequence[KnownIncident]
    changes: Sequence[Change]


@dataclass(frozen=True)
class Surroundings:
    """What may explain a change or hint at its day: days of releases and of drift alarms, the
    signals of all traffic; and how many false alarms a year the team puts up with."""

    releases: Collection[int] = ()
    drift_alarms: Collection[int] = ()
    traffic: Traffic | None = None
    false_alarms_a_year: float = 1.0


def watch_round(
    counts: VerdictCounts,
    *,
    today: int,
    first: int,
    incidents: Sequence[KnownIncident] = (),
    around: Surroundings | None = None,
) -> Round:
    """Look at the grades known today. `first` is the first day that may be compared with."""
    around = around or Surroundings()
    counts = group_small_kinds(counts.since(first))
    carried = list(incidents)
    changes: list[Change] = []
    fresh = _look(counts, today, first, carried, around)
    is_open = any(not incident.settled for incident in carried)
    # More kinds than the one that was named: its incident is widened below instead.
    if fresh.alarm and fresh.onset is not None and not (is_open and fresh.kind is None):
        new = KnownIncident(raised=today, kind=fresh.kind, onset=fresh.onset.best)
        carried.append(new)
        changes.append(Change(Event.RAISED, len(carried) - 1, new, fresh))
    elif fresh.better is not None:
        over = _last_ongoing(carried)
        if over is not None and fresh.better.best > carried[over].onset:
            carried[over] = replace(carried[over], ended=fresh.better.best)
            changes.append(Change(Event.RECOVERED, over, carried[over], fresh))

    for place, incident in enumerate(incidents):
        if incident.settled:
            continue
        last = today if incident.fixed is None else min(today, incident.fixed - 1)
        others = [*carried[:place], *carried[place + 1 :]]
        sight = _look(counts, last, first, others, around, date_anyway=True)
        carried[place], event = _followed(incident, sight, today)
        changes.append(Change(event, place, carried[place], sight))
    return Round(fresh, carried, changes)


def baseline(incidents: Sequence[KnownIncident], first: int) -> int:
    """The first day to compare with: the level that took the place of the last drop, or that drop
    itself once its start is settled."""
    starts = [first]
    for incident in incidents:
        if incident.fixed is None and incident.ended is not None:
            starts.append(incident.ended)
        elif incident.fixed is None and incident.settled:
            starts.append(incident.onset)
    return max(starts)


def unexplained(counts: VerdictCounts, incidents: Sequence[KnownIncident]) -> VerdictCounts:
    """The counts without what known drops explain: from the onset until the fix, or to the end
    while the start is not settled."""
    keep = np.ones(len(counts), bool)
    for incident in incidents:
        if incident.fixed is not None:
            hit = (counts.day >= incident.onset) & (counts.day < incident.fixed)
        elif not incident.settled and incident.ended is None:
            hit = counts.day >= incident.onset
        else:
            continue
        keep &= ~(hit if incident.kind is None else hit & (counts.kind == incident.kind))
    return counts.where(keep)


def _after_fixes(onset: Onset, incidents: Sequence[KnownIncident], kind: int | None) -> Onset:
    """The days of a drop that was repaired are not looked at, so nothing starts on one of them: a
    start that was dated there is the day of the fix, which did not help."""
    for incident in incidents:
        if incident.fixed is None or incident.kind not in (None, kind):
            continue
        if incident.onset <= onset.best < incident.fixed:
            low = incident.fixed if onset.low >= incident.onset else onset.low
            high = max(onset.high, incident.fixed)
            onset = replace(onset, best=incident.fixed, low=low, high=high)
    return onset


def _followed(incident: KnownIncident, sight: Sight, today: int) -> tuple[KnownIncident, Event]:
    """The incident as it is dated today; after a week that is how it stays."""
    is_over = today >= incident.raised + SETTLES_AFTER
    if sight.onset is not None:
        incident = replace(incident, kind=sight.kind, onset=sight.onset.best)
    return replace(incident, settled=is_over), Event.SETTLED if is_over else Event.REDATED


def _first_day(counts: VerdictCounts, start: int) -> int:
    """From which day on there is something to compare with."""
    return max(start, int(counts.day.min()))


def _last_ongoing(incidents: Sequence[KnownIncident]) -> int | None:
    ongoing = [
        place
        for place, incident in enumerate(incidents)
        if incident.settled and incident.fixed is None and incident.ended is None
    ]
    return ongoing[-1] if ongoing else None


def _look(
    counts: VerdictCounts,
    today: int,
    first: int,
    incidents: Sequence[KnownIncident],
    around: Surroundings,
    *,
    date_anyway: bool = False,
) -> Sight:
    start = baseline(incidents, first)
    counts = unexplained(counts, incidents)
    counts = counts.where((counts.day >= start) & (counts.day <= today))
    line = alarm_line(around.false_alarms_a_year)
    since = max(start, today - DAYS_BACK + 1)
    releases = [day for day in around.releases if since <= day <= today]
    drift_alarms = [day for day in around.drift_alarms if day <= today]
    weights = day_weights(first=since, last=today, releases=releases, drift_alarms=drift_alarms)
    # The signals themselves hint at the day, so their alarms are not counted once more.
    dating = weights
    if around.traffic is not None:
        dating = day_weights(first=since, last=today, releases=releases)
    worse = weigh(counts, today=today, day_weight=weights)
    better = weigh(counts, today=today, day_weight=weights, direction="better")
    sight = Sight(
        day=today,
        baseline=start,
        graded=counts.total,
        evidence=worse.total if worse else 0.0,
        line=line,
        warm_day=_first_day(counts, start) + WARM_UP_DAYS if len(counts) else None,
        warm=len(counts) > 0 and is_warm(counts, today=today, since=_first_day(counts, start)),
        kind=worse.scope if worse else None,
        onset=None,
        better_evidence=better.total if better else 0.0,
        better=None,
    )

    def dated(evidence: Evidence | None, wanted: bool, up: bool) -> Onset | None:
        if evidence is None or not wanted:
            return None
        direction: Direction = "better" if up else "worse"
        found = date_onset(
            evidence,
            day_weight=dating,
            releases=releases,
            direction=direction,
            traffic=around.traffic,
        )
        return _after_fixes(found, incidents, evidence.scope)

    return replace(
        sight,
        onset=dated(worse, date_anyway or sight.leans, up=False),
        better=dated(better, sight.got_better, up=True),
    )
