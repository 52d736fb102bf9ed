"""Measure an open incident: before and since, the releases near its start, and did the fix work?"""

from __future__ import annotations

from reviews.measure.levels import DAY, days_before
from reviews.measure.values import Stretch
from reviews.models import Incident, IncidentEvent
from reviews.stats.alarms import METHOD
from reviews.watch import incidents
from reviews.watch.findings import OUTCOMES, IncidentFindings, Start
from reviews.watch.fix_check import check_fix
from reviews.watch.known import fix_outcome, put_known, start_known
from reviews.watch.material import Material, repaired_days
from reviews.watch.named_release import suspects


def study(material: Material, incident: Incident) -> None:
    """Measure an open incident: before and since, the releases near it, the check of its fix."""
    fix_day = material.first_day_with(incident.fix) if incident.fix else None
    last = min(fix_day - DAY, material.today) if fix_day else material.today
    during = Stretch(incident.onset_best, max(last, incident.onset_best))
    comparison = material.estimator.compare(
        days_before(incident.onset_best), during, without=repaired_days(material, without=incident)
    )
    known = IncidentFindings(
        as_of=material.at,
        method=METHOD,
        comparison=comparison,
        start=_start_again(material, incident),
        check=check_fix(material, incident, comparison, fix_day) if fix_day else None,
    )
    outcome = known.check.outcome if known.check else "too_early"
    if outcome not in ("too_early", fix_outcome(incident)):
        text = OUTCOMES[outcome]
        incidents.log(incident, IncidentEvent.What.CHECKED, at=material.at, text=text)
    put_known(incident, known)
    incident.as_of, incident.method = material.at, METHOD
    incident.save(update_fields=["content", "as_of", "method"])


def _start_again(material: Material, incident: Incident) -> Start:
    """The start as the incident's row has it, with today's list of releases; chances are kept."""
    before = start_known(incident)
    chances = {one.release: one.chance for one in before.releases} if before else {}
    return Start(
        best=incident.onset_best,
        low=incident.onset_low,
        high=incident.onset_high,
        step_chance=before.step_chance if before else 0.0,
        named_day=material.day_of(incident.release) if incident.release else None,
        releases=suspects(
            material,
            low=incident.onset_low,
            best=incident.onset_best,
            high=incident.onset_high,
            chances=chances,
        ),
    )
