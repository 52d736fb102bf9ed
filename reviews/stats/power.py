"""How many grades a day does it take to notice a drop in time, and where are they missing?

A likelihood-ratio detector gathers evidence at a steady rate: its expected delay is the log of its
line over the information in one grade (Lorden 1971, Ann. Math. Stat. 42:1897; Tartakovsky,
Nikiforov and Basseville 2014, section 8.2). Reviewers' errors dampen the drop that grades show.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import ceil, inf, log

from reviews.stats.error_rates import ErrorRates
from reviews.stats.estimates import Cells, contributions

# The detector's line for one false alarm a year (STATISTICS section 3.5), and how much evidence it
# starts with: the prior of a day with a release, or that of many ordinary days together. With it
# the formula gives the measured medians for drops of 6 to 18 points, 20 to 150 grades a day, within
# a day or a sixth; without any release near it takes up to a quarter longer.
ALARM_LINE = 160.0
HEAD_START = 7.5
# Days until a sampled answer is graded, on average, in the streams of section 9.
GRADING_LAG = 1.6
# What reviewers are like before a team has gold answers: 5 % false fails, 80 % caught.
USUAL_FALSE_FAIL, USUAL_POWER = 0.05, 0.75
MOST_GRADES_A_DAY = 100_000


def grades_until_seen(
    drop: float,
    usual: float,
    *,
    threshold: float = ALARM_LINE,
    power_of_reviewers: float = USUAL_POWER,
    false_fail: float = USUAL_FALSE_FAIL,
) -> float:
    """Random grades after the onset until the alarm; half of the times it is sooner.

    `drop` and `usual` are true shares of good answers, `threshold` is the detector's alarm line,
    `power_of_reviewers` and `false_fail` are theirs (`ErrorRates.power`, `.false_fail`). Infinite
    when there is no drop or when grades tell nothing.

    >>> round(grades_until_seen(0.12, 0.90)), round(grades_until_seen(0.06, 0.90))
    (97, 362)
    """
    before = false_fail + (1 - usual) * power_of_reviewers
    after = min(before + drop * power_of_reviewers, 0.999)
    news = _information(after, before) if 0 < before < after else 0.0
    return log(max(threshold / HEAD_START, 2.0)) / news if news > 0 else inf


def days_to_see(
    drop: float,
    usual: float,
    per_day: float,
    *,
    threshold: float = ALARM_LINE,
    power_of_reviewers: float = USUAL_POWER,
    false_fail: float = USUAL_FALSE_FAIL,
    lag: float = GRADING_LAG,
) -> float:
    """Days from the onset to the alarm with `per_day` random grades a day, `lag` days late.

    Arguments as in `grades_until_seen`. STATISTICS section 9 measured a median of 6 days at 20 a
    day and of 3 at 60 for a drop of 12 points.

    >>> round(days_to_see(0.12, 0.90, 20), 1), round(days_to_see(0.12, 0.90, 60), 1)
    (6.5, 3.2)
    """
    grades = grades_until_seen(
        drop,
        usual,
        threshold=threshold,
        power_of_reviewers=power_of_reviewers,
        false_fail=false_fail,
    )
    return grades / per_day + lag if per_day > 0 else inf


def grades_a_day_for(
    days: float,
    drop: float,
    usual: float,
    *,
    threshold: float = ALARM_LINE,
    power_of_reviewers: float = USUAL_POWER,
    false_fail: float = USUAL_FALSE_FAIL,
    lag: float = GRADING_LAG,
) -> int | None:
    """Random grades a day with which a drop is seen in `days`; None when no number of grades does
    it: they come too late, or there is nothing to see.

    >>> grades_a_day_for(5, 0.10, 0.90), grades_a_day_for(1, 0.10, 0.90)
    (41, None)
    """
    grades = grades_until_seen(
        drop,
        usual,
        threshold=threshold,
        power_of_reviewers=power_of_reviewers,
        false_fail=false_fail,
    )
    if days <= lag or grades / (days - lag) > MOST_GRADES_A_DAY:
        return None
    return max(1, ceil(grades / (days - lag)))


def costliest_kind(
    cells: Cells,
    shares: Mapping[int, float],
    rates: ErrorRates | None,
    leave_out: Collection[int] = (),
) -> int | None:
    """The stratum that adds most to the variance of the estimate: one more grade helps most there.

    Of strata that are estimated as one, the largest is named. `leave_out` is not: the stratum of
    flagged answers, which no kind of question is. None without grades.
    """
    cost = {
        max(stratum.members, key=lambda one: shares[one]): variance
        for stratum, variance in contributions(cells, shares, rates)
        if not set(stratum.members) <= set(leave_out)
    }
    return max(cost, key=lambda one: cost[one]) if cost else None


def _information(after: float, before: float) -> float:
    """Kullback-Leibler information of a yes or no: mean evidence in one grade after the drop."""
    return after * log(after / before) + (1 - after) * log((1 - after) / (1 - before))
