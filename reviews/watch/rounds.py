"""The watch: from the rollups to what is known now, and to the incidents that follow from it.

Recomputed whole each time from stored rows, so late, undone and overturned grades need no path of
their own. One round at a time for each assistant; what it changes is stored in one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from math import ceil

import msgspec
from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from ingestion.models import Assistant
from portal.stored import shaped
from portal.ticks.aside import each
from reviews.measure.levels import days_before
from reviews.measure.rollups import newest_grade_at
from reviews.measure.values import Stretch
from reviews.models import Assessment, DirtyDay, Incident, Sample
from reviews.stats.alarms import METHOD, Event, Round, Sight, Surroundings, watch_round
from reviews.stats.power import days_to_see, grades_a_day_for, grades_until_seen
from reviews.watch import incidents
from reviews.watch.findings import Findings, Leaning, Reading
from reviews.watch.incident_study import study
from reviews.watch.known import fix_outcome
from reviews.watch.material import (
    Material,
    bad_days,
    gather,
    incidents_since,
    known_incident,
)
from reviews.watch.named_release import named_release, start_of

RECENT_DAYS = 7
CHART_DAYS = 63
SEEN_DROP = 0.10
# A tick is only shown when a 10-point drop would have been seen within so many days.
SEEN_WITHIN = 14.0
NEWS_FOR_DAYS = 14
LOOKS_EVERY = timedelta(hours=1)
# Where grades arrive without pause, some day always waits to be counted. So long the watch waits
# for a moment in which none does; then it looks at what is counted.
WAITS_AT_MOST = timedelta(seconds=60)
KEPT_WHOLE = timedelta(days=2)


def watch(*, assistant: Assistant, at: datetime) -> Assessment:
    """One round: look, open or date incidents, and store what is known."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"watch {assistant.pk}"]
            )
        waiting = _waiting_days(assistant)  # before we look: those are not in what we see
        material = gather(assistant=assistant, at=at)
        by_watch = [one for one in material.incidents if not one.is_manual]
        round_ = watch_round(
            material.figures.answers.verdict_counts(),
            today=material.today.toordinal(),
            first=material.first.toordinal(),
            incidents=[known_incident(material, one) for one in by_watch],
            around=Surroundings(
                releases=sorted({material.day_of(one).toordinal() for one in material.releases}),
                drift_alarms=material.drift_days,
                traffic=material.traffic,
            ),
        )
        _apply(material, by_watch, round_)
        if round_.changes:
            material = replace(material, incidents=incidents_since(assistant, material.first))
        for incident in material.incidents:
            if incident.is_open:
                study(material, incident)
        return _store(material, findings_of(material, round_.fresh), waiting)


def _apply(material: Material, by_watch: Sequence[Incident], round_: Round) -> None:
    """Carry what the round found over to the rows."""
    for change in round_.changes:
        sight = change.sight
        if change.event is Event.RAISED:
            assert sight.onset is not None  # noqa: S101 - an alarm is always dated
            start = start_of(material, sight.onset)
            incidents.raise_alarm(
                assistant=material.assistant,
                kind=material.kind_name(sight.kind),
                start=start,
                release=named_release(material, start),
                at=material.at,
            )
            continue
        incident = by_watch[change.place]
        settled = change.event is Event.SETTLED
        if change.event is Event.RECOVERED:
            assert sight.better is not None  # noqa: S101 - that is what the event says
            since = date.fromordinal(sight.better.best)
            incidents.recovered(incident=incident, since=since, at=material.at)
        elif sight.onset is not None and incident.is_open:
            start = start_of(material, sight.onset)
            incidents.redate(
                incident=incident,
                kind=material.kind_name(sight.kind),
                start=start,
                release=named_release(material, start),
                settled=settled,
                at=material.at,
            )
        elif settled:
            incidents.settle(incident=incident, at=material.at)


def findings_of(material: Material, sight: Sight) -> Findings:
    """What is known now, beside the incidents."""
    today, estimator = material.today, material.estimator
    recent = Stretch(today - timedelta(days=RECENT_DAYS - 1), today)
    comparison = estimator.compare(days_before(recent.first), recent, without=bad_days(material))
    usual = comparison.usual.share if comparison.usual else 0.9
    fortnight = days_before(today, 14)
    pace = estimator.drawn_between(fortnight) / 14
    rates = estimator.rates
    power = {"power_of_reviewers": rates.power, "false_fail": rates.false_fail}
    needed = grades_until_seen(SEEN_DROP, usual, threshold=sight.line, **power)
    seen_in = days_to_see(SEEN_DROP, usual, pace, threshold=sight.line, **power)
    leaning = None
    if sight.leans and not sight.alarm and sight.onset is not None:
        leaning = Leaning(material.kind_name(sight.kind), start_of(material, sight.onset))
    better_since = None
    if sight.surely_better and sight.better is not None:
        better_since = date.fromordinal(sight.better.best)
    return Findings(
        as_of=material.at,
        day=today,
        method=METHOD,
        reading=_reading(material, sight, leaning, better_since, seen_in),
        evidence=sight.evidence,
        line=sight.line,
        warm=sight.warm,
        graded=sight.graded,
        comparison=comparison,
        leaning=leaning,
        better_since=better_since,
        grades_a_day=pace,
        needed=ceil(min(needed, 1e6)),
        seen_in=seen_in if seen_in < 1e6 else None,
        a_day_for_five=grades_a_day_for(5, SEEN_DROP, usual, threshold=sight.line, **power),
        costliest_kind=estimator.costliest_kind(days_before(today, 28)),
        days=estimator.days(Stretch(today - timedelta(days=CHART_DAYS - 1), today)),
        pairs_waiting=round(estimator.rates.waiting),
        held_up=estimator.rates.held_up,
        warm_from=date.fromordinal(sight.warm_day) if sight.warm_day is not None else None,
    )


def _reading(
    material: Material,
    sight: Sight,
    leaning: Leaning | None,
    better_since: date | None,
    seen_in: float,
) -> Reading:
    """One of the six readings (UX section 3)."""
    open_ones = [one for one in material.incidents if one.is_open]
    checks = {one.pk: fix_outcome(one) for one in open_ones}
    lately = material.today - timedelta(days=NEWS_FOR_DAYS)
    if sight.alarm or any(
        one.better_since is None
        and (one.state != Incident.State.CHECKING or checks[one.pk] in ("partly", "not_fixed"))
        for one in open_ones
    ):
        return "worse"
    if any(checks[one.pk] == "too_early" for one in open_ones):
        return "fix_checked"
    if leaning is not None:
        return "probably_worse"
    is_repaired = any(checks[one.pk] == "fixed" for one in open_ones)
    is_recovered = any(
        one.better_since is not None and one.better_since >= lately for one in material.incidents
    )
    if is_repaired or is_recovered or (better_since is not None and better_since >= lately):
        return "better"
    return "no_sign" if sight.warm and seen_in <= SEEN_WITHIN else "not_enough"


def newest(assistant: Assistant) -> Assessment | None:
    """The assessment that holds."""
    return Assessment.objects.filter(assistant=assistant).order_by("-as_of").first()


def read(assessment: Assessment) -> Findings | None:
    """What an assessment found, from its row; None when it cannot be read."""
    return shaped(assessment.content, Findings, of=f"assessment {assessment.pk}")


def known_now(assistant: Assistant) -> Findings | None:
    """What the newest look found; None before the first, and while it cannot be read: the next
    tick looks anew."""
    assessment = newest(assistant)
    return read(assessment) if assessment is not None else None


def _store(material: Material, found: Findings, waiting: int) -> Assessment:
    return Assessment.objects.create(
        assistant=material.assistant,
        as_of=material.at,
        day=material.today,
        method=METHOD,
        reading=found.reading,
        evidence=min(found.evidence, 1e300),
        line=found.line,
        content=msgspec.to_builtins(found),
        waiting_days=waiting,
    )


def _waiting_days(assistant: Assistant) -> int:
    """Days whose news is not counted yet."""
    return DirtyDay.objects.filter(assistant=assistant).values("day").distinct().count()


def is_due(*, assistant: Assistant, at: datetime) -> bool:
    """True when something was graded since the last round, an hour went by, days waited to be
    counted then, or what it found cannot be read."""
    last = newest(assistant)
    if last is None or last.as_of <= at - LOOKS_EVERY:
        return Sample.objects.filter(assistant=assistant).exists()
    graded = newest_grade_at(assistant=assistant)
    if last.waiting_days > 0 or (graded is not None and graded > last.as_of):
        return True
    return read(last) is None


def watch_due(*, at: datetime) -> int:
    """A round for each assistant that is due; returns how many. Days that wait to be counted are
    counted first, by whoever counts: the next tick sees them, or one after WAITS_AT_MOST."""
    return sum(
        each(
            task="watch_due",
            items=Assistant.objects.select_related("team").order_by("pk"),
            key=lambda one: f"assistant-{one.pk}",
            assistant=lambda one: one.pk,
            work=lambda one: _watch_if_due(one, at),
            at=at,
        )
    )


def _watch_if_due(assistant: Assistant, at: datetime) -> bool:
    if not is_due(assistant=assistant, at=at):
        return False
    if _waiting_days(assistant) and not _waited_long(assistant, at):
        return False
    watch(assistant=assistant, at=at)
    return True


def _waited_long(assistant: Assistant, at: datetime) -> bool:
    """True when the last round, or the first answer ever chosen, is too long ago to wait more."""
    last = newest(assistant)
    if last is not None:
        return last.as_of <= at - WAITS_AT_MOST
    return Sample.objects.filter(assistant=assistant, chosen_at__lte=at - WAITS_AT_MOST).exists()


def thin_out(*, at: datetime) -> int:
    """Keep one assessment a day of those older than two days: the last; returns how many went."""
    return sum(
        each(
            task="thin_out_assessments",
            items=Assistant.objects.order_by("pk"),
            key=lambda one: f"assistant-{one.pk}",
            assistant=lambda one: one.pk,
            work=lambda one: _thin_out(one, at),
            at=at,
        )
    )


def _thin_out(assistant: Assistant, at: datetime) -> int:
    later = Assessment.objects.filter(
        assistant=OuterRef("assistant"), day=OuterRef("day"), as_of__gt=OuterRef("as_of")
    )
    old = Assessment.objects.filter(Exists(later), assistant=assistant, as_of__lt=at - KEPT_WHOLE)
    return old.delete()[0]
