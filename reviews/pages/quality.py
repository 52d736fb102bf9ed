"""The figures of a period from the rollups: shares with ranges, by day, week and kind.

Only first reviews of drawn answers count; flagged answers are worse by nature and are told
apart. Figures are never joined across a definition that changed what counts as good.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import Sum

from ingestion.models import Assistant
from reviews.definitions import series_start
from reviews.models import DRAWN, Rollup
from reviews.readings import MIN_GRADED, READINGS, ReadingWords, WeekReading, read_week
from reviews.stats.intervals import (
    Difference,
    Rate,
    WeightedCount,
    difference,
    total,
    weighted_rate,
)

WEEK = timedelta(days=7)
USUAL_DAYS = 28
NO_KIND = "No kind given"


@dataclass(frozen=True)
class Cell:
    """The counts of one day and kind."""

    day: date
    kind: str
    count: WeightedCount


@dataclass(frozen=True)
class KindRow:
    """One kind of question: the usual level against this week's."""

    kind: str
    usual: Rate | None
    now: Rate | None
    change: Difference | None
    reading: ReadingWords


@dataclass(frozen=True)
class WeekFigures:
    """A week against the four weeks before it."""

    week: date
    now: Rate | None
    last_week: Rate | None
    usual: Rate | None
    reading: WeekReading
    kinds: Sequence[KindRow]
    fallen: KindRow | None

    @property
    def end(self) -> date:
        return self.week + timedelta(days=6)


NO_CLEAR = ReadingWords("no_clear", "No clear change", "", "line")


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def cells(
    assistant: Assistant, first: date, last: date, *, from_version: int | None = None
) -> list[Cell]:
    """The drawn first reviews of each day and kind from `first` to `last`; one query."""
    if from_version is None:
        from_version = series_start(assistant)
    rows = (
        Rollup.objects.filter(
            assistant=assistant,
            day__range=(first, last),
            reason__in=DRAWN,
            place=Rollup.Place.FIRST,
            version__number__gte=from_version,
        )
        .values("day", "kind")
        .annotate(
            n_good=Sum("good"),
            n_bad=Sum("not_good"),
            w=Sum("weight"),
            w2=Sum("weight_squared"),
            wg=Sum("weight_good"),
        )
        .order_by("day", "kind")
    )
    return [
        Cell(
            row["day"],
            row["kind"] or NO_KIND,
            WeightedCount(row["n_good"], row["n_bad"], row["w"], row["w2"], row["wg"]),
        )
        for row in rows
    ]


def rate_of(cells_: Iterable[Cell]) -> Rate | None:
    """The share over some cells."""
    return weighted_rate(total(cell.count for cell in cells_))


def by_day(cells_: Iterable[Cell]) -> dict[date, Rate]:
    """The share of each day that has grades."""
    groups: dict[date, list[Cell]] = defaultdict(list)
    for cell in cells_:
        groups[cell.day].append(cell)
    rates = {day: rate_of(group) for day, group in sorted(groups.items())}
    return {day: rate for day, rate in rates.items() if rate is not None}


def _kind_reading(now: Rate | None, change: Difference | None) -> ReadingWords:
    if now is None or change is None or now.graded < MIN_GRADED:
        return READINGS["not_enough"]
    if change.high < 0:
        return READINGS["probably_worse"]
    if change.low > 0:
        return READINGS["better"]
    return NO_CLEAR


def kind_rows(now: Sequence[Cell], before: Sequence[Cell]) -> list[KindRow]:
    """Each kind's usual level against now, the largest fall first."""
    rows = []
    for kind in sorted({cell.kind for cell in [*now, *before]}):
        current = rate_of(cell for cell in now if cell.kind == kind)
        usual = rate_of(cell for cell in before if cell.kind == kind)
        change = difference(current, usual) if current and usual else None
        rows.append(KindRow(kind, usual, current, change, _kind_reading(current, change)))
    return sorted(rows, key=lambda row: row.change.high if row.change else 200.0)


def week_figures(assistant: Assistant, week: date) -> WeekFigures:
    """The figures of the week that begins on Monday `week`, in two queries."""
    start = week - timedelta(days=USUAL_DAYS)
    known = cells(assistant, start, week + timedelta(days=6))
    now = [cell for cell in known if cell.day >= week]
    before = [cell for cell in known if cell.day < week]
    rate, usual = rate_of(now), rate_of(before)
    change = difference(rate, usual) if rate and usual else None
    rows = kind_rows(now, before)
    reading = read_week(rate, usual, change)
    fallen = next((row for row in rows if row.reading.code == "probably_worse"), None)
    if fallen is not None and reading.reading.code in ("no_sign", "not_enough"):
        reading = replace(reading, reading=READINGS["probably_worse"])
    return WeekFigures(
        week=week,
        now=rate,
        last_week=rate_of(cell for cell in before if cell.day >= week - WEEK),
        usual=usual,
        reading=reading,
        kinds=rows,
        fallen=fallen,
    )


def weekly_rates(
    assistant: Assistant, last_week: date, weeks: int
) -> list[tuple[date, Rate | None]]:
    """The share of each of `weeks` weeks up to the one that begins on `last_week`."""
    first = last_week - WEEK * (weeks - 1)
    known = cells(assistant, first, last_week + timedelta(days=6))
    mondays = [first + WEEK * n for n in range(weeks)]
    return [
        (start, rate_of(cell for cell in known if start <= cell.day < start + WEEK))
        for start in mondays
    ]
