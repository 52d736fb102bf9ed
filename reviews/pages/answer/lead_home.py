"""A lead's first page: is it getting worse, since when, where, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import quote

from ingestion.arrivals import quiet_since
from ingestion.models import Assistant, Release
from portal import words
from reviews.answer.leading import Leading, leading
from reviews.answer.needs import needs
from reviews.answer.shown import KindLine, Need
from reviews.answer.status import Status, compose
from reviews.charts.days import Stretch as ChartStretch
from reviews.charts.interval import IntervalRow, axis_floor, interval_row
from reviews.grading.bad_answers import BadAnswer, bad_answers, count_bad
from reviews.measure.values import Comparison, KindShift, Stretch
from reviews.models import IncidentEvent
from reviews.owners import owned_parts
from reviews.pages.charts.level_chart import (
    LevelChart,
    incident_onset,
    incident_stretches,
    level_chart,
    release_markers,
    usual_stretch,
)
from reviews.stats.enough_grades import LEAST_GRADES, WARM_UP_GRADES
from reviews.watch.incidents import open_incidents
from reviews.watch.rounds import known_now

CHART_DAYS = 56
NARROW_DAYS = 14

MAX_RELEASES = 60


@dataclass(frozen=True)
class KindView:
    """A kind of question in words, and its drawing."""

    line: KindLine
    drawing: IntervalRow


@dataclass(frozen=True)
class LeadHome:
    """What a lead sees first; `status` None: the watch has not looked yet."""

    status: Status | None
    period: str
    graded: int
    chart: LevelChart | None
    kinds: Sequence[KindView]
    axis: str
    bad: Sequence[BadAnswer]
    bad_count: int
    bad_kind: str | None
    needs: Sequence[Need]
    quiet_since: datetime | None
    corrected: bool = False
    least_grades: int = LEAST_GRADES
    warm_up_grades: int = WARM_UP_GRADES

    @property
    def now(self) -> Stretch | None:
        """The days that are compared with the usual ones."""
        if self.status is None:
            return None
        return Stretch(self.status.now_first, self.status.now_last)

    @property
    def open_words(self) -> str:
        """On the button that leads to the open incident."""
        return f"Open incident {self.status.incident}" if self.status else ""

    @property
    def bad_kind_query(self) -> str:
        """The kind that fell, as the address of a list of answers takes it."""
        return f"&kind={quote(self.bad_kind)}" if self.bad_kind else ""


def lead_home(*, assistant: Assistant, at: datetime) -> LeadHome:
    """Everything on the page, from the newest findings: nothing is measured here."""
    today = assistant.team.day_of(at)
    owned = owned_parts(assistant)
    quiet = quiet_since(assistant, at)
    findings = known_now(assistant)
    if findings is None:
        return LeadHome(None, "", 0, None, (), "", (), 0, None, needs(None, owned, today), quiet)
    open_ones = list(open_incidents(assistant))
    events = IncidentEvent.objects.by_incident(open_ones)
    releases = list(
        Release.objects.filter(assistant=assistant).order_by("-went_live_at")[:MAX_RELEASES]
    )
    status = compose(
        assistant=assistant,
        findings=findings,
        open_ones=open_ones,
        events=events,
        releases={one.pk: one for one in releases},
        owned=owned,
        at=at,
    )
    lead = leading(open_ones, events)
    comparison = lead.found.comparison if lead else findings.comparison
    first, last = findings.day - timedelta(days=CHART_DAYS - 1), findings.day
    days = [one for one in findings.days if first <= one.day <= last]
    fallen = [one for one in comparison.kinds if one.reading == "worse"]
    kind = lead.incident.kind if lead and not lead.incident.all_kinds else None
    stretch = Stretch(comparison.now_days.first, comparison.now_days.last)
    floor = axis_floor(
        [level.rate for one in comparison.kinds for level in (one.usual, one.now) if level]
    )
    return LeadHome(
        status=status,
        period=words.day_range(first, last, today),
        graded=sum(one.level.graded for one in days),
        chart=level_chart(
            days=days,
            stretches=_stretches(comparison, lead, first),
            markers=release_markers(assistant, releases, lead),
            onset=incident_onset(lead, today) if lead else None,
            first=first,
            last=last,
            narrow_days=NARROW_DAYS,
        ),
        kinds=[
            KindView(line, _drawing(one, floor))
            for line, one in zip(status.kinds, comparison.kinds, strict=True)
        ],
        axis=f"{words.share(floor)} to 100%",
        bad=bad_answers(assistant, stretch, kind=kind),
        bad_count=count_bad(assistant, stretch, kind=kind) if lead or fallen else 0,
        bad_kind=kind,
        needs=needs(status, owned, today),
        quiet_since=quiet,
        corrected=comparison.now is not None and comparison.now.corrected,
    )


def _drawing(one: KindShift, floor: float) -> IntervalRow:
    usual = one.usual.rate if one.usual else None
    now = one.now.rate if one.now else None
    return interval_row(usual, now, low=floor, tone="bad" if one.reading == "worse" else "")


def _stretches(comparison: Comparison, lead: Leading | None, first: date) -> list[ChartStretch]:
    """An incident's three levels; in quiet times the usual level and this week's."""
    if lead is not None:
        return incident_stretches(comparison, lead.found.check, first)
    found = []
    if comparison.usual is not None:
        start = max(first, comparison.usual_days.first)
        found.append(usual_stretch(comparison.usual, start, comparison.usual_days.last))
    if comparison.now is not None:
        days = comparison.now_days
        found.append(ChartStretch(days.first, days.last, comparison.now.rate, "", ""))
    return found
