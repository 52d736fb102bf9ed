"""Measure an open incident: before and since, the releases near its start, and did the fix work?"""

from __future__ import annotations

from datetime import date, timedelta
from math import ceil

import msgspec

from reviews.measure.levels import DAY, days_before
from reviews.measure.values import Comparison, Shift, Stretch, level_of, shift_of
from reviews.models import Incident, IncidentEvent
from reviews.stats.intervals import grades_to_see
from reviews.stats.watching import METHOD
from reviews.watch import incidents
from reviews.watch.findings import FixCheck, FixOutcome, IncidentFindings, Start
from reviews.watch.known import fix_outcome, start_known
from reviews.watch.material import Watched, repaired_days, suspects

LEAST_FIX_GRADES, MOST_FIX_GRADES = 20, 400
# A loss smaller than this is not looked for.


def study(watched: Watched, incident: Incident) -> None:
    """Measure an open incident: before and since, the releases near it, the check of its fix."""
    fix_day = watched.first_day_with(incident.fix) if incident.fix else None
    last = min(fix_day - DAY, watched.today) if fix_day else watched.today
    during = Stretch(incident.onset_best, max(last, incident.onset_best))
    comparison = watched.measures.compare(
        days_before(incident.onset_best), during, without=repaired_days(watched, without=incident)
    )
    known = IncidentFindings(
        as_of=watched.at,
        method=METHOD,
        comparison=comparison,
        start=_start_again(watched, incident),
        check=_check(watched, incident, comparison, fix_day) if fix_day else None,
    )
    outcome = known.check.outcome if known.check else "too_early"
    if outcome not in ("too_early", fix_outcome(incident)):
        words = "it worked" if outcome == "fixed" else "it did not work"
        incidents.log(incident, IncidentEvent.What.CHECKED, at=watched.at, text=words)
    incident.content = msgspec.to_builtins(known)
    incident.as_of, incident.method = watched.at, METHOD
    incident.save(update_fields=["content", "as_of", "method"])


def _start_again(watched: Watched, incident: Incident) -> Start:
    """The start as the incident's row has it, with today's list of releases; chances are kept."""
    before = start_known(incident)
    chances = {one.release: one.chance for one in before.releases} if before else {}
    return Start(
        best=incident.onset_best,
        low=incident.onset_low,
        high=incident.onset_high,
        step_chance=before.step_chance if before else 0.0,
        named_day=watched.day_of(incident.release) if incident.release else None,
        releases=suspects(
            watched,
            low=incident.onset_low,
            best=incident.onset_best,
            high=incident.onset_high,
            chances=chances,
        ),
    )


def _check(watched: Watched, incident: Incident, comparison: Comparison, fix_day: date) -> FixCheck:
    """Did the fix work? Yes when answers since are clearly better than during the drop and half of
    the loss is ruled out; no when half of the loss is clearly still there."""
    kind = incident.only_kind
    since_days = Stretch(fix_day, max(watched.today, fix_day))
    measures = watched.measures
    usual = measures.level(
        comparison.usual_days, kind, without=repaired_days(watched, without=incident)
    )
    during = measures.level(comparison.now_days, kind)
    since = measures.level(since_days, kind)
    lost = usual.good - during.good if usual and during else 0.0
    against_usual, against_drop = shift_of(since, usual), shift_of(since, during)
    half = 50 * max(lost, 0.04)
    wanted = min(
        MOST_FIX_GRADES,
        max(LEAST_FIX_GRADES, grades_to_see(max(lost, 0.04) / 2, usual.good if usual else 0.9)),
    )
    graded = since.graded if since else 0
    outcome = _outcome(against_usual, against_drop, graded, wanted, half)
    needed = max(0, wanted - graded) if outcome == "too_early" else 0
    pace = measures.drawn_between(days_before(watched.today, 14), kind) / 14
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
        expected=watched.today + timedelta(days=days) if needed and pace > 0 else None,
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
