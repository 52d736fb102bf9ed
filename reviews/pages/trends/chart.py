"""The parts of the Trends page's chart: levels of its stretches, changes, and the days behind what
is drawn, so that each can be opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ingestion.models import Release
from portal import words
from portal.accounts.models import Team
from reviews.answer.names import release_label
from reviews.answer.printed import figure
from reviews.answer.shown import Figure
from reviews.charts.days import Band, DaysChart, Flagpole, Marker
from reviews.charts.days import Stretch as ChartStretch
from reviews.measure.levels import DAY
from reviews.measure.series import Metric, Series
from reviews.measure.values import DayLevel, Level, Stretch
from reviews.models import DefinitionVersion, Incident
from reviews.pages.charts.level_chart import level_chart
from reviews.pages.trends.filters import days_live
from reviews.pages.trends.stretches import CALM, Drop, Phase, onset_in
from reviews.stats.levels import LevelMean

NARROW_DAYS = 28
# A label needs about a sixth of the chart's width.
LABELLED = 6
WEEK = 7
TABLE_BY_WEEK = 60  # a table of more days is one of weeks


@dataclass(frozen=True)
class Change:
    """Something that changed, as a marker and in the list; `days` from it to the next of its
    kind."""

    marker: Marker
    days: Stretch


@dataclass(frozen=True)
class LinkedChart:
    """A chart, and the days behind its bands and markers."""

    chart: DaysChart
    bands: Sequence[tuple[Band, Stretch]]
    poles: Sequence[tuple[Flagpole, Stretch]]


@dataclass(frozen=True)
class LevelLine:
    """A stretch with its level; `mean` and `spread` only of a criterion."""

    phase: Phase
    days: str
    level: Level | None
    figure: Figure
    mean: LevelMean | None
    spread: str


@dataclass(frozen=True)
class RowLevel:
    """A day, or a week of a long chart, in the table."""

    days: Stretch
    said: str
    level: Level


def level_lines(measured: Metric, stretches: Sequence[Phase], today: date) -> list[LevelLine]:
    """Each stretch with its level."""
    found = []
    for phase in stretches:
        level, mean = measured.level(phase.days), measured.mean(phase.days)
        spread = ""
        if mean is not None:
            shares = sorted(mean.spread.items(), reverse=True)
            spread = ", ".join(f"level {one}: {words.share(share)}" for one, share in shares)
        said = say_days(phase.days, today)
        found.append(LevelLine(phase, said, level, figure(level), mean, spread))
    return found


def say_days(days: Stretch, today: date) -> str:
    """A day, or a range of days."""
    if days.first == days.last:
        return words.day(days.first, today)
    return words.day_range(days.first, days.last, today)


def is_by_week(days: Stretch) -> bool:
    """True when a table of these days would be too long to read day by day."""
    return (days.last - days.first).days >= TABLE_BY_WEEK


def table_rows(
    measured: Metric,
    series: Sequence[Series],
    days: Stretch,
    daily: Sequence[DayLevel],
    today: date,
) -> list[RowLevel]:
    """The table of the chart, the newest first: days, or weeks of one series from Monday."""
    if not is_by_week(days):
        one_day = [
            RowLevel(Stretch(one.day, one.day), words.day(one.day, today), one.level)
            for one in daily
        ]
        return one_day[::-1]
    found, start = [], days.first
    breaks = {one.first for one in series}
    while start <= days.last:
        end = min(start + timedelta(days=WEEK - 1 - start.weekday()), days.last)
        end = min([end, *(one - DAY for one in breaks if start < one <= end)])
        week = Stretch(start, end)
        level = measured.level(week)
        if level is not None:
            found.append(RowLevel(week, say_days(week, today), level))
        start = end + DAY
    return found[::-1]


@dataclass(frozen=True)
class Timeline:
    """Everything with a date that a chart can show; `releases` the newest first."""

    releases: Sequence[Release]
    versions: Sequence[DefinitionVersion]
    incidents: Sequence[Incident]
    team: Team
    today: date

    def changes(self, days: Stretch) -> list[Change]:
        """Releases and published definitions in some days, the oldest first."""
        tones: dict[int, str] = {}
        for one in self.incidents:
            if one.release_id:
                tones.setdefault(one.release_id, "sus")
            if one.fix_id:
                tones[one.fix_id] = "fix"
        found = [self._change(one, tones.get(one.pk, "")) for one in self.releases]
        told = {one.marker.day for one in found if one.marker.kind == Release.Kind.DEFINITION}
        found += [one for one in self._definitions() if one.marker.day not in told]
        seen = [one for one in found if days.first <= one.marker.day <= days.last]
        return sorted(seen, key=lambda one: one.marker.day)

    def _change(self, release: Release, tone: str) -> Change:
        day = self.team.day_of(release.went_live_at)
        marker = Marker(day, release.kind, release_label(release), tone)
        return Change(marker, days_live(release, self.releases, self.team, self.today))

    def _definitions(self) -> list[Change]:
        dated = [
            (one, self.team.day_of(one.published_at))
            for one in self.versions
            if one.published_at is not None
        ]
        ends = [*(day - DAY for _, day in dated[1:]), self.today]
        meaning = {"wording": ", wording", "meaning": ", a new series", "first": ""}
        kind = Release.Kind.DEFINITION
        return [
            Change(
                Marker(day, kind, f"Definition {one.number}{meaning[one.change]}"),
                Stretch(day, max(day, end)),
            )
            for (one, day), end in zip(dated, ends, strict=False)
        ]


def draw(
    daily: Sequence[DayLevel],
    levels: Sequence[LevelLine],
    changes: Sequence[Change],
    drops: Sequence[Drop],
    days: Stretch,
    today: date,
) -> tuple[LinkedChart, LinkedChart]:
    """The chart for wide screens, and for narrow ones with fewer days."""
    both = level_chart(
        days=daily,
        stretches=_drawn(levels, days),
        markers=[one.marker for one in changes],
        onset=onset_in(days, drops, today),
        first=days.first,
        last=days.last,
        narrow_days=NARROW_DAYS - 1,
    )
    return _linked(both.wide, levels, changes), _linked(both.narrow, levels, changes)


def _drawn(levels: Sequence[LevelLine], days: Stretch) -> list[ChartStretch]:
    """The levels of stretches with enough grades; one too short for its label goes without."""
    width = (days.last - days.first).days + 1
    return [
        ChartStretch(
            one.phase.days.first,
            one.phase.days.last,
            one.level.rate,
            _label(one, width),
            one.phase.tone,
        )
        for one in levels
        if one.level is not None and one.figure.share is not None
    ]


def _label(one: LevelLine, width: int) -> str:
    """What is written at a level in a chart of `width` days; the others are in the table."""
    inside = (one.phase.days.last - one.phase.days.first).days + 1
    if one.level is None or (not one.phase.tone and inside * LABELLED < width):
        return ""
    share = words.share(one.level.share)
    if one.phase.name == CALM:
        return f"Usual level {share}, {one.level.range_words}"
    return share


def _linked(
    drawn: DaysChart, levels: Sequence[LevelLine], changes: Sequence[Change]
) -> LinkedChart:
    """A chart keeps the order of what it is given, less the earlier ones that are out of view."""
    stretches = [one.phase.days for one in levels if one.figure.share is not None]
    in_view = [one.days for one in changes]
    return LinkedChart(
        drawn,
        list(zip(drawn.bands, stretches[len(stretches) - len(drawn.bands) :], strict=True)),
        list(zip(drawn.poles, in_view[len(in_view) - len(drawn.poles) :], strict=True)),
    )
