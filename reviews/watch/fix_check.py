"""Did the fix work? Grades since the fix, against those of the drop and the usual level."""

from __future__ import annotations

from datetime import date, timedelta
from math import ceil

from reviews.measure.levels import days_before
from reviews.measure.values import Comparison, Shift, Stretch, level_of, shift_of
from reviews.models import Incident
from reviews.stats.intervals import grades_to_see
from reviews.watch.findings import FixCheck, FixOutcome
from reviews.watch.material import Material, repaired_days

LEAST_FIX_GRADES, MOST_FIX_GRADES = 20, 400
# A loss smaller than this is not looked for.
LEAST_LOSS = 0.04


def check_fix(
    material: Material, incident: Incident, comparison: Comparison, fix_day: date
) -> FixCheck:
    """Did the fix work? Yes when answers since are clearly better than during the drop and half of
    the loss is ruled out; no when half of the loss is clearly still there."""
    kind = incident.only_kind
    since_days = Stretch(fix_day, max(material.today, fix_day))
    measures = material.measures
    usual = measures.level(
        comparison.usual_days, kind, without=repaired_days(material, without=incident)
    )
    during = measures.level(comparison.now_days, kind)
    since = measures.level(since_days, kind)
    lost = usual.good - during.good if usual and during else 0.0
    against_usual, against_drop = shift_of(since, usual), shift_of(since, during)
    half = 50 * max(lost, LEAST_LOSS)
    wanted = min(
        MOST_FIX_GRADES,
        max(
            LEAST_FIX_GRADES, grades_to_see(max(lost, LEAST_LOSS) / 2, usual.good if usual else 0.9)
        ),
    )
    graded = since.graded if since else 0
    outcome = _outcome(against_usual, against_drop, graded, wanted, half)
    needed = max(0, wanted - graded) if outcome == "too_early" else 0
    pace = measures.drawn_between(days_before(material.today, 14), kind) / 14
    days = ceil(needed / pace) if pace > 0 and needed else 0
    return FixCheck(
        since_days=since_days,
        since=level_of(since),
        since_all=level_of(measures.level(since_days)),
        against_usual=against_usual,
        against_drop=against_drop,
        outcome=outcome,
        needed=needed,
        wanted=wanted,
        expected=material.today + timedelta(days=days) if needed and pace > 0 else None,
    )


def _outcome(
    against_usual: Shift | None, against_drop: Shift | None, graded: int, wanted: int, half: float
) -> FixOutcome:
    """`half` of the loss in points; `wanted` grades are enough for a plain answer."""
    if against_usual is None or against_drop is None or graded < LEAST_FIX_GRADES:
        return "too_early"
    if against_drop.low > 0 and against_usual.low > -half:
        return "fixed"
    if against_usual.high < 0 and (against_drop.low <= 0 or against_usual.points < -half):
        return "not_fixed"
    if graded < wanted:
        return "too_early"
    return "fixed" if against_usual.points > -half else "not_fixed"
