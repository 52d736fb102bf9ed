"""The list of incidents, and how long it takes to find, take and fix one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingestion.models import Assistant
from portal import words
from reviews.answer.names import incident_title
from reviews.measure.readings import Badge
from reviews.models import Incident, IncidentEvent
from reviews.pages.watch.badges import incident_badge
from reviews.watch.incidents import Clocks, Medians, clocks, medians

PAGE = 30
YEAR = timedelta(days=365)
# From so many incidents in each half of the year a trend is worth a word.
LEAST_FOR_TREND = 3


@dataclass(frozen=True)
class IncidentLine:
    """One incident in words."""

    incident: Incident
    title: str
    started: str
    clocks: Clocks

    @property
    def badge(self) -> Badge:
        """What became of it, or where it stands; without an icon, as the list is one of badges."""
        badge = incident_badge(self.incident)
        said = self.incident.get_outcome_display() or self.incident.get_state_display()
        return Badge(said, "", badge.tone)


@dataclass(frozen=True)
class Clock:
    """One of the three medians, and how it moved."""

    label: str
    value: str
    trend: str


@dataclass(frozen=True)
class IncidentList:
    """A page of incidents, open ones first; `older` asks for the next."""

    open: Sequence[IncidentLine]
    closed: Sequence[IncidentLine]
    clocks: Sequence[Clock]
    counted: int
    older: int | None


def incident_list(*, assistant: Assistant, at: datetime, before: int | None = None) -> IncidentList:
    """The incidents of an assistant; `before` is the number from which on to show older ones."""
    today = assistant.team.day_of(at)
    rows = Incident.objects.filter(assistant=assistant).with_names()
    closed_rows = rows.closed()
    if before is not None:
        closed_rows = closed_rows.filter(number__lt=before)
    closed = list(closed_rows.order_by("-number")[: PAGE + 1])
    open_ones = list(rows.open().order_by("-number")) if not before else []
    lately = list(rows.filter(found_at__gte=at - YEAR).order_by("-found_at")[:200])
    events = IncidentEvent.objects.by_incident([*closed, *open_ones, *lately])

    def line(one: Incident) -> IncidentLine:
        started = words.day(one.onset_best, today)
        if one.onset_low != one.onset_high:
            likely = words.day_range(one.onset_low, one.onset_high, today)
            started = f"{started}, likely {likely}"
        return IncidentLine(one, incident_title(one), started, clocks(one, events[one.pk]))

    return IncidentList(
        open=[line(one) for one in open_ones],
        closed=[line(one) for one in closed[:PAGE]],
        clocks=_clocks([(one.found_at, clocks(one, events[one.pk])) for one in lately], at),
        counted=len(lately),
        older=closed[PAGE - 1].number if len(closed) > PAGE else None,
    )


def _clocks(all_clocks: Sequence[tuple[datetime, Clocks]], at: datetime) -> list[Clock]:
    whole = medians([one for _, one in all_clocks])
    newer = medians([one for found, one in all_clocks if found >= at - YEAR / 2])
    older = medians([one for found, one in all_clocks if found < at - YEAR / 2])
    enough = min(newer.incidents, older.incidents) >= LEAST_FOR_TREND
    return [
        _clock(label, name, whole, newer, older, enough)
        for label, name in (
            ("To find", "to_find"),
            ("To take", "to_take"),
            ("To fix", "to_fix"),
        )
    ]


def _clock(
    label: str, name: str, whole: Medians, newer: Medians, older: Medians, enough: bool
) -> Clock:
    value = getattr(whole, name)
    now, before = getattr(newer, name), getattr(older, name)
    trend = ""
    if enough and now is not None and before is not None:
        word = "quicker" if now < before else "slower" if now > before else "the same"
        trend = f"{word} than {words.duration(before)} in the half-year before"
    return Clock(label, words.duration(value) if value is not None else "Not yet", trend)
