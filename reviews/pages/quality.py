"""The figures of a period from the rollups: shares with ranges, by day, week and kind.

Only first reviews of drawn answers count; flagged answers are worse by nature and are told
apart. Figures are never joined across a definition that changed what counts as good.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from ingestion.models import Assistant
from reviews.definitions import series_start
from reviews.models import DRAWN, Rollup
from reviews.stats.intervals import Rate, WeightedCount, total, weighted_rate

NO_KIND = "No kind given"


@dataclass(frozen=True)
class Cell:
    """The counts of one day and kind."""

    day: date
    kind: str
    count: WeightedCount


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
