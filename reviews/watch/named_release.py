"""Which release is named: the start of a drop, the releases near it, and the one that explains it.

Whether one is named at all is decided where the start is dated (reviews/stats/onset.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from ingestion.models import Release
from reviews.stats.onset import Onset
from reviews.watch.findings import Start, SuspectedRelease
from reviews.watch.material import Material

RELEASES_BEFORE = timedelta(days=21)
RELEASES_SHOWN = 8


def start_of(material: Material, onset: Onset) -> Start:
    """The start in dates, with the releases near it: the nearest first."""
    best = date.fromordinal(onset.best)
    low, high = date.fromordinal(onset.low), date.fromordinal(onset.high)
    return Start(
        best=best,
        low=low,
        high=high,
        step_chance=onset.step_chance,
        named_day=date.fromordinal(onset.release) if onset.release is not None else None,
        releases=suspects(
            material,
            low=low,
            best=best,
            high=high,
            chances={
                one.pk: onset.chances.get(material.day_of(one).toordinal())
                for one in material.releases
            },
        ),
    )


def suspects(
    material: Material,
    *,
    low: date,
    best: date,
    high: date,
    chances: Mapping[int, float | None],
) -> list[SuspectedRelease]:
    """The releases in the range of the start and shortly before it, the nearest first."""
    first = low - RELEASES_BEFORE
    near = [one for one in material.releases if first <= material.day_of(one) <= high]
    near.sort(key=lambda one: abs((material.day_of(one) - best).days))
    return [
        SuspectedRelease(one.pk, chances.get(one.pk), low <= material.day_of(one) <= high)
        for one in near[:RELEASES_SHOWN]
    ]


def named_release(material: Material, start: Start) -> Release | None:
    """The release that explains the start: the last one of its day."""
    of_day = [one for one in material.releases if material.day_of(one) == start.named_day]
    return of_day[-1] if of_day else None
