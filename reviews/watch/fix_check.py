"""Did the fix work? Grades since the fix, against those of the drop and the usual level."""

from __future__ import annotations

from datetime import date, timedelta
from math import ceil

from reviews.measure.levels import days_before
from reviews.measure.values import Comparison, Stretch, level_of, shift_of
from reviews.models import Incident
from reviews.stats.estimates import Estimate
from reviews.stats.fix_check import Counts, counts_of, fix_verdict, grades_to_decide
from reviews.watch.findings import FixCheck, FixOutcome
from reviews.watch.known import fix_check
from reviews.watch.material import Material, repaired_days

LEAST_FIX_GRADES = 20


def check_fix(
    material: Material, incident: Incident, comparison: Comparison, fix_day: date
) -> FixCheck:
    """Did the fix work? Once there is a verdict it stays, until another fix is recorded."""
    kind = incident.only_kind
    since_days = Stretch(fix_day, max(material.today, fix_day))
    estimator = material.estimator
    usual = estimator.level(
        comparison.usual_days, kind, without=repaired_days(material, without=incident)
    )
    during = estimator.level(comparison.now_days, kind)
    since = estimator.level(since_days, kind)
    outcome, needed = _settled(incident, fix_day), 0
    if outcome == "too_early":
        outcome, needed = _verdict(usual, during, since)
    pace = estimator.drawn_between(days_before(material.today, 14), kind) / 14
    days = ceil(needed / pace) if pace > 0 and needed else 0
    return FixCheck(
        since_days=since_days,
        since=level_of(since),
        since_all=level_of(estimator.level(since_days)),
        against_usual=shift_of(since, usual),
        against_drop=shift_of(since, during),
        outcome=outcome,
        needed=needed,
        wanted=needed + (since.graded if since else 0),
        expected=material.today + timedelta(days=days) if needed and pace > 0 else None,
    )


def _settled(incident: Incident, fix_day: date) -> FixOutcome:
    before = fix_check(incident)
    same_fix = before is not None and before.since_days.first == fix_day
    return before.outcome if before is not None and same_fix else "too_early"


def _verdict(
    usual: Estimate | None, during: Estimate | None, since: Estimate | None
) -> tuple[FixOutcome, int]:
    """What the grades since the fix say, and how many more it takes to say it."""
    if usual is None or during is None:
        return "too_early", LEAST_FIX_GRADES
    levels = counts_of(usual, during, *([since] if since else []))
    so_far = levels[2] if since else Counts(0.0, 0.0)
    outcome = fix_verdict(levels[0], levels[1], so_far)
    if outcome != "too_early" and since is not None and since.graded >= LEAST_FIX_GRADES:
        return outcome, 0
    return "too_early", grades_to_decide(levels[0], levels[1], so_far)
