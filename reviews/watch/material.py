"""What a round of the watch looks at, loaded once, and the same facts in days and dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from ingestion.models import Assistant, Release
from reviews.definition.versions import series_start
from reviews.measure.figures import Figures, load
from reviews.measure.levels import DAY, LevelEstimator
from reviews.measure.signals import daily_signals, is_carried
from reviews.measure.values import Stretch
from reviews.models import DriftAlarm, Incident
from reviews.stats.alarms import KnownIncident
from reviews.stats.counts import THE_REST
from reviews.stats.hints import DAYS_BACK, Traffic
from reviews.watch.drift import last_complete_day

# How far back the usual level may reach.
HISTORY_DAYS = 182
UNKNOWN_KIND = -9  # seen in the traffic of days that are not compared
SMALLER_KINDS = "Smaller kinds together"


@dataclass(frozen=True)
class Material:
    """Everything a round looks at, loaded once."""

    assistant: Assistant
    at: datetime
    today: date
    figures: Figures
    estimator: LevelEstimator
    releases: Sequence[Release]
    incidents: Sequence[Incident]
    drift_days: Sequence[int]
    traffic: Traffic

    @property
    def first(self) -> date:
        """The first day that may be compared with."""
        return self.today - timedelta(days=HISTORY_DAYS)

    def day_of(self, release: Release) -> date:
        """The day on which a release went live, by the team's clock."""
        return self.assistant.team.day_of(release.went_live_at)

    def first_day_with(self, fix: Release) -> date:
        """The first day on which a fix was live for most of the traffic."""
        return self.assistant.team.first_full_day(fix.went_live_at)

    def kind_name(self, code: int | None) -> str | None:
        """The name behind a kind's number; None for all kinds."""
        if code is None:
            return None
        return SMALLER_KINDS if code == THE_REST else self.figures.kinds[code]

    def kind_code(self, incident: Incident) -> int | None:
        """The number of an incident's kind; None for all kinds, or a kind that is gone."""
        if incident.all_kinds:
            return None
        if incident.kind in self.figures.kinds:
            return self.figures.kinds.index(incident.kind)
        return THE_REST


def gather(*, assistant: Assistant, at: datetime) -> Material:
    """Load what a round needs, in a fixed number of queries."""
    today = assistant.team.day_of(at)
    first = today - timedelta(days=HISTORY_DAYS)
    figures = load(assistant, first, today)
    drift = DriftAlarm.objects.filter(assistant=assistant, day__gte=first, found_at__lte=at)
    return Material(
        assistant=assistant,
        at=at,
        today=today,
        figures=figures,
        estimator=LevelEstimator(figures, today, series_start(assistant)),
        releases=list(
            Release.objects.filter(
                assistant=assistant,
                went_live_at__gte=at - timedelta(days=HISTORY_DAYS),
                went_live_at__lte=at,
            ).order_by("went_live_at", "pk")
        ),
        incidents=incidents_since(assistant, first),
        traffic=traffic_of(assistant, figures, at),
        drift_days=[day.toordinal() for day in drift.values_list("day", flat=True).distinct()],
    )


def traffic_of(assistant: Assistant, figures: Figures, at: datetime) -> Traffic:
    """The signals of all traffic that enough conversations carry, over the days that are over."""
    last = last_complete_day(assistant=assistant, at=at)
    first = last - timedelta(days=DAYS_BACK - 1)
    daily = daily_signals(assistant=assistant, first=first, last=last)
    code = {kind: number for number, kind in enumerate(figures.kinds)}
    return Traffic(
        first=first.toordinal(),
        signals=[one for one in daily.signals if is_carried(one, daily.conversations)],
        codes=[code.get(kind, UNKNOWN_KIND) for kind in daily.kinds],
    )


def incidents_since(assistant: Assistant, first: date) -> list[Incident]:
    """The incidents found since a day, and those still open, the oldest first."""
    rows = Incident.objects.filter(
        Q(found_day__gte=first) | ~Q(state=Incident.State.CLOSED), assistant=assistant
    )
    return list(rows.with_names().order_by("found_at", "pk"))


def known_incident(material: Material, incident: Incident) -> KnownIncident:
    """An incident as the mathematics know it. What was accepted, or was no drop, is the level to
    compare with from its start on."""
    fixed = None
    ended = incident.better_since
    if incident.fix is not None and incident.outcome in ("", Incident.Outcome.FIXED):
        fixed = material.first_day_with(incident.fix)
    elif not incident.is_open:
        ended = ended or incident.onset_best
    return KnownIncident(
        raised=incident.found_day.toordinal(),
        kind=material.kind_code(incident),
        onset=incident.onset_best.toordinal(),
        settled=incident.frozen_at is not None,
        fixed=fixed.toordinal() if fixed else None,
        ended=ended.toordinal() if ended else None,
    )


def repaired_days(material: Material, without: Incident | None = None) -> list[Stretch]:
    """Days of drops that a fix ended: they are not the usual level."""
    return [
        Stretch(one.onset_best, material.first_day_with(one.fix) - DAY)
        for one in material.incidents
        if one.fix is not None and (without is None or one.pk != without.pk)
    ]


def bad_days(material: Material) -> list[Stretch]:
    """Days of drops, repaired or not, that nobody accepted as the level from then on."""
    bad = []
    for one in material.incidents:
        if one.outcome in (Incident.Outcome.NOT_A_DROP, Incident.Outcome.ACCEPTED):
            continue
        end = material.first_day_with(one.fix) - DAY if one.fix else one.better_since
        bad.append(Stretch(one.onset_best, end or material.today))
    return bad
