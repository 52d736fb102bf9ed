"""When does quality change? Mostly with a release: the prior of an onset day, STATISTICS 3.4."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

ORDINARY_RHYTHM = 14.0
SHORTEST_RHYTHM, LONGEST_RHYTHM = 2.0, 56.0
NO_RELEASE = 0.5
AROUND_A_DRIFT_ALARM = 6.0
DAYS_BEFORE, DAYS_AFTER = 4, 1
MOST = 25.0


def rhythm(release_days: int, days: int) -> float:
    """Mean days between days with a release, drawn to a fortnight while little is known.

    >>> rhythm(0, 0), rhythm(6, 84), rhythm(84, 84)
    (14.0, 14.0, 2.0)
    """
    mean = (days + ORDINARY_RHYTHM) / (release_days + 1)
    return min(LONGEST_RHYTHM, max(SHORTEST_RHYTHM, mean))


def day_weights(
    *, first: int, last: int, releases: Iterable[int], drift_alarms: Iterable[int] = ()
) -> Mapping[int, float]:
    """Prior weight of each onset day in first..last; about 1 on average.

    Half of the mass lies on days with a release: 0.5 G + 0.5 where G is the team's own rhythm, and
    0.5 on other days. The days around a drift alarm weigh six times as much, 25 at most.

    >>> weights = day_weights(first=0, last=27, releases=[7, 21])
    >>> weights[7], weights[8]
    (7.5, 0.5)
    """
    on = {day for day in releases if first <= day <= last}
    with_release = 0.5 * rhythm(len(on), last - first + 1) + NO_RELEASE
    near = {
        day for alarm in drift_alarms for day in range(alarm - DAYS_BEFORE, alarm + DAYS_AFTER + 1)
    }
    weights = {}
    for day in range(first, last + 1):
        weight = with_release if day in on else NO_RELEASE
        weights[day] = min(MOST, weight * AROUND_A_DRIFT_ALARM) if day in near else weight
    return weights
