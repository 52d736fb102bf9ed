"""Rounds of the watch: alarms, dating, settling, two drops at once, fixes, recovery."""

from __future__ import annotations

from collections.abc import Sequence

from reviews.stats.alarms import Change, Event, KnownIncident, Surroundings, baseline, watch_round
from reviews.stats.counts import VerdictCounts
from tests.reviews.stats.made import Chance, grades


def follow(
    counts: VerdictCounts,
    last: int,
    *,
    incidents: Sequence[KnownIncident] = (),
    first_day: int = 20,
) -> tuple[Sequence[KnownIncident], list[tuple[int, Change]]]:
    """Watch day by day; every grade is known on its day."""
    log = []
    for today in range(first_day, last + 1):
        seen = watch_round(
            counts.where(counts.day <= today), today=today, first=0, incidents=incidents
        )
        incidents = seen.incidents
        log += [(today, change) for change in seen.changes]
    return incidents, log


def falls(day_of_drop: int, kind_hit: int | None = None, until: int = 999) -> Chance:
    def chance(day: int, kind: int, who: int) -> float:
        hit = day_of_drop <= day < until and kind_hit in (None, kind)
        return 0.08 + 0.35 * hit

    return chance


def test_a_drop_is_raised_dated_anew_each_day_and_settled_after_a_week() -> None:
    incidents, log = follow(grades(60, 40, falls(40), seed=3), 59)
    raised = [day for day, one in log if one.event is Event.RAISED]
    settled = [day for day, one in log if one.event is Event.SETTLED]
    assert 40 <= raised[0] <= 44
    assert settled[0] == raised[0] + 7
    redated = [day for day, one in log if one.event is Event.REDATED]
    assert set(range(raised[0] + 1, raised[0] + 7)) <= set(redated)
    assert incidents[0].settled
    assert abs(incidents[0].onset - 40) <= 1
    assert baseline(incidents, 0) == incidents[0].onset
    assert len(raised) == 1


def test_nothing_happens_when_nothing_changes() -> None:
    _, log = follow(grades(60, 40, lambda *_: 0.1, seed=6), 59)
    assert log == []


def test_two_kinds_that_fall_apart_are_two_cases() -> None:
    def chance(day: int, kind: int, who: int) -> float:
        return 0.08 + 0.45 * (kind == 1 and day >= 40) + 0.45 * (kind == 3 and day >= 43)

    incidents, log = follow(grades(60, 60, chance, seed=4), 52)
    raised = [one.incident.kind for _, one in log if one.event is Event.RAISED]
    assert sorted(kind for kind in raised if kind is not None) == [1, 3]
    assert len(incidents) == 2


def test_a_fix_that_works_leaves_the_old_baseline_and_raises_nothing() -> None:
    counts = grades(60, 40, falls(40, until=46), seed=5)
    incident = KnownIncident(raised=42, kind=None, onset=40, fixed=46)
    incidents, log = follow(counts, 59, incidents=[incident], first_day=46)
    assert [one for _, one in log if one.event is Event.RAISED] == []
    assert baseline(incidents, 0) == 0


def test_a_fix_that_does_not_work_is_raised_again() -> None:
    counts = grades(60, 40, falls(40), seed=5)
    incident = KnownIncident(raised=42, kind=None, onset=40, fixed=46)
    _, log = follow(counts, 59, incidents=[incident], first_day=46)
    raised = [(day, one.incident.onset) for day, one in log if one.event is Event.RAISED]
    assert raised
    assert raised[0][0] <= 52
    assert abs(raised[0][1] - 46) <= 2


def test_dating_after_a_fix_looks_only_at_the_days_before_it() -> None:
    counts = grades(48, 40, falls(40, until=44), seed=7)
    incident = KnownIncident(raised=42, kind=None, onset=40, fixed=44)
    seen = watch_round(counts, today=47, first=0, incidents=[incident])
    assert abs(seen.incidents[0].onset - 40) <= 1
    assert seen.changes[0].sight.day == 43


def test_getting_better_without_a_fix_ends_a_settled_drop() -> None:
    counts = grades(90, 40, falls(40, until=62), seed=8)
    incidents, log = follow(counts, 85)
    over = [(day, one) for day, one in log if one.event is Event.RECOVERED]
    assert over
    ended = over[0][1].incident.ended
    assert ended is not None
    assert abs(ended - 62) <= 2
    assert baseline(incidents, 0) == ended


def test_what_was_accepted_is_the_level_from_then_on() -> None:
    counts = grades(70, 40, falls(40), seed=9)
    accepted = KnownIncident(raised=42, kind=None, onset=40, settled=True, ended=40)
    _, log = follow(counts, 69, incidents=[accepted], first_day=56)
    assert [one for _, one in log if one.event is Event.RAISED] == []


def test_releases_and_drift_alarms_of_the_future_are_not_looked_at() -> None:
    counts = grades(50, 30, falls(40), seed=2)
    known = counts.where(counts.day <= 43)
    without = watch_round(known, today=43, first=0)
    with_future = watch_round(
        known, today=43, first=0, around=Surroundings(releases=[48], drift_alarms=[48])
    )
    assert with_future.fresh.evidence == without.fresh.evidence


def test_a_larger_budget_of_false_alarms_has_a_lower_line() -> None:
    counts = grades(30, 20, lambda *_: 0.1)
    often = Surroundings(false_alarms_a_year=4.0)
    one = watch_round(counts, today=29, first=0).fresh.line
    four = watch_round(counts, today=29, first=0, around=often).fresh.line
    assert four == one / 4
