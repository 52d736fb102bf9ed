"""The Trends page: the level over time by what the address asks for, and what moved with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ingestion.arrivals import quiet_since
from ingestion.models import Assistant
from portal import words
from reviews.answer.names import release_label
from reviews.grading.agreement import blind_grades
from reviews.measure.by_attribute import only
from reviews.measure.criterion_levels import level_counts
from reviews.measure.figures import Figures, load
from reviews.measure.levels import DAY
from reviews.measure.rollups import newest_grade_at
from reviews.measure.series import (
    GoodAnswers,
    MeetsCriterion,
    Metric,
    Series,
    published_versions,
    series_of,
)
from reviews.measure.values import DayLevel, Stretch
from reviews.pages.charts.small_lines import signal_lines
from reviews.pages.grading.reviewers import LEAST_PAIRS, LOW, WEEKS
from reviews.pages.trends.chart import (
    NARROW_DAYS,
    Change,
    LevelLine,
    LinkedChart,
    RowLevel,
    Timeline,
    draw,
    is_by_week,
    level_lines,
    say_days,
    table_rows,
)
from reviews.pages.trends.compare import CompareView, Sides, compare_view, sides
from reviews.pages.trends.filters import (
    PERIODS,
    Choices,
    Filters,
    ShownFilters,
    choices,
    what_can_be_shown,
)
from reviews.pages.trends.signals import SignalDay, SignalView, signal_days, signal_views
from reviews.pages.trends.stretches import Drop, drops, phases
from reviews.stats.agreement import graded_twice, share_alike
from reviews.stats.enough_grades import LEAST_GRADES
from reviews.stats.periods import RATES_DAYS
from reviews.watch.material import incidents_since

TABLES = ("days", "levels", "compare", "signals", "changes")


@dataclass(frozen=True)
class TrendsPage:
    """Everything the page prints. `state` is "empty" before the first grade, "nothing" when no
    grade fits, "few" when too few fit for a figure, else ""."""

    filters: Filters
    notes: Sequence[str]
    offered: Choices
    kinds: Sequence[str]
    title: str
    says: str
    period: str
    days: Stretch
    graded: int
    state: str
    updated: datetime | None
    quiet_since: datetime | None
    wide: LinkedChart | None
    narrow: LinkedChart | None
    daily: Sequence[DayLevel]
    rows: Sequence[RowLevel]
    levels: Sequence[LevelLine]
    means: Sequence[LevelLine]
    changes: Sequence[Change]
    signals: Sequence[SignalView]
    signal_days: Sequence[SignalDay]
    compare: CompareView
    corrected: bool
    by_attribute: bool

    @property
    def least_grades(self) -> int:
        """From so many grades on a level is drawn."""
        return LEAST_GRADES

    @property
    def has_ranges(self) -> bool:
        """Whether ranges stand beside the shares; those of a criterion's levels always have one."""
        return self.corrected or bool(self.filters.criterion) or not self.levels

    @property
    def drill(self) -> str:
        """The beginning of a link's query to the answers behind a figure."""
        return f"{self.filters.drill}&" if self.filters.drill else ""

    @property
    def only(self) -> list[str]:
        """What the page is narrowed to, in words."""
        chosen = [self.filters.kind, self.filters.channel, self.filters.language]
        names = [label for value, label in self.release_choices if value == self.filters.release]
        return [one for one in (*names, *chosen) if one]

    @property
    def query_of(self) -> dict[str, str]:
        """The query of each table as CSV."""
        rest = f"&{self.filters.query}" if self.filters.query else ""
        return {of: f"of={of}{rest}" for of in TABLES}

    @property
    def periods(self) -> Sequence[str]:
        """The periods to choose from, in weeks."""
        return list(PERIODS)

    @property
    def by_week(self) -> bool:
        """True when the table's rows are weeks."""
        return is_by_week(self.days)

    @property
    def release_choices(self) -> list[tuple[str, str]]:
        """The releases to choose from, as numbers and words."""
        return [(str(one.pk), release_label(one)) for one in self.offered.releases]


@dataclass(frozen=True)
class _Known:
    """What the page is made of, read once."""

    assistant: Assistant
    today: date
    wanted: ShownFilters
    offered: Choices
    timeline: Timeline
    series: Sequence[Series]
    drops: Sequence[Drop]
    sides: Sides


def trends(*, assistant: Assistant, filters: Filters, at: datetime) -> TrendsPage:
    """The page in a fixed number of queries, from the counts of days; a channel or language
    reads the rows of its days."""
    known = _read(assistant, filters, at)
    measured, figures = _measured(known)
    wanted, today = known.wanted, known.today
    daily = _daily(measured, wanted.days)
    levels = _levels(measured, known, daily)
    graded = sum(one.level.graded for one in daily)
    changes = known.timeline.changes(wanted.days)
    wide = narrow = None
    if graded >= LEAST_GRADES:
        wide, narrow = draw(daily, levels, changes, known.drops, wanted.days, today)
    narrow_first = max(wanted.days.first, wanted.days.last - timedelta(days=NARROW_DAYS - 1))
    lines = signal_lines(assistant=assistant, at=at)
    signals = signal_views(lines, wanted.days, narrow_first)
    return TrendsPage(
        filters=wanted.filters,
        notes=[*wanted.notes, *_doubts(known)],
        offered=known.offered,
        kinds=[one for one in figures.kinds if one],
        title=_title(wanted),
        says=_says(levels),
        period=say_days(wanted.days, today),
        days=wanted.days,
        graded=graded,
        state=_state(known, graded),
        updated=newest_grade_at(assistant=assistant),
        quiet_since=quiet_since(assistant, at),
        wide=wide,
        narrow=narrow,
        daily=daily,
        rows=table_rows(measured, known.series, wanted.days, daily, today),
        levels=levels,
        means=[one for one in levels if one.mean is not None],
        changes=changes,
        signals=signals,
        signal_days=signal_days(signals, wanted.days),
        compare=compare_view(known.sides, measured, wanted.filters.kind or None),
        corrected=any(one.level.corrected for one in levels if one.level),
        by_attribute=bool(wanted.filters.attributes),
    )


def _read(assistant: Assistant, filters: Filters, at: datetime) -> _Known:
    team = assistant.team
    today = team.day_of(at)
    offered = choices(assistant, today)
    wanted = what_can_be_shown(filters, offered, team, today)
    versions = published_versions(assistant)
    series = series_of(versions, team)
    incidents = incidents_since(assistant, wanted.days.first)
    return _Known(
        assistant=assistant,
        today=today,
        wanted=wanted,
        offered=offered,
        timeline=Timeline(offered.releases, versions, incidents, team, today),
        series=series,
        drops=drops(incidents, wanted.filters.kind or None, team),
        sides=sides(wanted.filters, offered.releases, incidents, series, team, today),
    )


def _measured(known: _Known) -> tuple[Metric, Figures]:
    """What is measured, and the figures that know the kinds."""
    wanted, today = known.wanted, known.today
    stretches = [wanted.days, *known.sides.stretches]
    first = min(one.first for one in stretches)
    last = max(one.last for one in stretches)
    figures = load(known.assistant, min(first, today - timedelta(days=RATES_DAYS - 1)), today)
    kind = wanted.filters.kind or None
    if wanted.criterion is not None:
        counts = level_counts(known.assistant, wanted.criterion.key, first, last)
        return MeetsCriterion(counts, known.series, kind, figures.kinds), figures
    narrowed = figures
    if wanted.filters.attributes:
        narrowed = only(
            figures, wanted.filters.attributes, assistant=known.assistant, first=first, last=last
        )
    return GoodAnswers(narrowed, today, known.series, kind), figures


def _daily(measured: Metric, days: Stretch) -> list[DayLevel]:
    found, day = [], days.first
    while day <= days.last:
        level = measured.level(Stretch(day, day))
        if level is not None:
            found.append(DayLevel(day, level))
        day += DAY
    return found


def _levels(measured: Metric, known: _Known, daily: Sequence[DayLevel]) -> list[LevelLine]:
    """From the first day with grades on."""
    if not daily:
        return []
    graded = Stretch(daily[0].day, known.wanted.days.last)
    return level_lines(measured, phases(graded, known.drops, known.series), known.today)


def _doubts(known: _Known) -> list[str]:
    """Said beside the trend of a criterion on which reviewers often differ."""
    criterion, today = known.wanted.criterion, known.today
    if criterion is None:
        return []
    first = today - timedelta(days=7 * WEEKS - 1)
    blind = blind_grades(assistant=known.assistant, first=first, last=today)
    table = next((table for key, _, table in blind.criteria if key == criterion.key), None)
    alike = share_alike(table) if table is not None else None
    if table is None or alike is None or alike >= LOW:
        return []
    pairs = len(graded_twice(table))
    if pairs < LEAST_PAIRS:
        return []
    return [
        f"Reviewers agree on {words.percent(alike)} of 100 about “{criterion.name}”, from "
        f"{words.plural(pairs, 'pair')}. Read this trend with care, and see under Reviewers what "
        "they see differently."
    ]


def _title(wanted: ShownFilters) -> str:
    if wanted.criterion is not None:
        return f"Answers that meet “{wanted.criterion.name}”, day by day"
    return "Good answers, day by day"


def _says(levels: Sequence[LevelLine]) -> str:
    """The finding in one sentence, for those who do not see the chart."""
    parts = [f"{one.figure.share}% {one.days}" for one in levels if one.figure.share is not None]
    return f"{'; then '.join(parts)}." if parts else "Too few grades for a level."


def _state(known: _Known, graded: int) -> str:
    if graded >= LEAST_GRADES:
        return ""
    if graded:
        return "few"
    return "nothing" if known.wanted.filters.pairs else "empty"
