"""The day-by-day chart from findings: dots, the levels of stretches, when it started, changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ingestion.models import Assistant, Release
from portal import words
from reviews.answer.leading import Leading
from reviews.answer.names import release_label
from reviews.charts.days import DayPoint, DaysChart, Marker, Onset, Stretch, days_chart
from reviews.measure.values import Comparison, DayLevel, Level
from reviews.watch.findings import FixCheck

DAY = timedelta(days=1)


@dataclass(frozen=True)
class LevelChart:
    """The chart twice, for wide and narrow screens, and what its table says."""

    wide: DaysChart
    narrow: DaysChart
    days: Sequence[DayLevel]
    markers: Sequence[Marker]

    @property
    def has_ranges(self) -> bool:
        """Whether there are bands: some day's share has a range that can be kept."""
        return any(one.level.corrected for one in self.days)


def level_chart(
    *,
    days: Sequence[DayLevel],
    stretches: Sequence[Stretch],
    markers: Sequence[Marker],
    onset: Onset | None,
    first: date,
    last: date,
    narrow_days: int,
) -> LevelChart:
    """Draw the days from `first` to `last`; the narrow one has only the last of them."""
    points = [DayPoint(one.day, one.level.rate) for one in days if first <= one.day <= last]
    narrow_first = max(first, last - timedelta(days=narrow_days))
    in_narrow = onset if onset is not None and onset.last >= narrow_first else None
    return LevelChart(
        wide=days_chart(points, stretches, markers, first=first, last=last, onset=onset),
        narrow=days_chart(
            points,
            stretches,
            markers,
            first=narrow_first,
            last=last,
            narrow=True,
            onset=in_narrow,
        ),
        days=[one for one in days if first <= one.day <= last],
        markers=[one for one in markers if first <= one.day <= last],
    )


def usual_stretch(level: Level, first: date, last: date) -> Stretch:
    """The usual level with its band."""
    label = f"Usual level {words.share(level.share)}, {level.range_words}"
    return Stretch(first, last, level.rate, label)


def incident_stretches(
    comparison: Comparison, check: FixCheck | None, first: date
) -> list[Stretch]:
    """Before, during and since the fix, over all answers."""
    found = []
    if comparison.usual is not None:
        start = max(first, comparison.usual_days.first)
        found.append(usual_stretch(comparison.usual, start, comparison.now_days.first - DAY))
    if comparison.now is not None:
        days = comparison.now_days
        label = words.share(comparison.now.share)
        found.append(Stretch(days.first, days.last, comparison.now.rate, label, "bad"))
    if check is not None and check.since_all is not None:
        days = check.since_days
        label = words.share(check.since_all.share)
        found.append(Stretch(days.first, days.last, check.since_all.rate, label, "good"))
    return found


def incident_onset(lead: Leading, today: date) -> Onset:
    """The days between which it started."""
    low, high = lead.incident.onset_low, lead.incident.onset_high
    if low == high:
        return Onset(low, high, f"Started {words.day(low, today)}")
    return Onset(low, high, f"Started {words.day_range(low, high, today)}")


def release_markers(
    assistant: Assistant, releases: Sequence[Release], lead: Leading | None
) -> list[Marker]:
    """Each change on its day; the suspected one and the fix in their tints."""
    tones = {}
    if lead is not None:
        tones = {lead.incident.release_id: "sus", lead.incident.fix_id: "fix"}
    return [
        Marker(
            assistant.team.day_of(one.went_live_at),
            one.kind,
            release_label(one),
            tones.get(one.pk, ""),
        )
        for one in sorted(releases, key=lambda one: one.went_live_at)
    ]
