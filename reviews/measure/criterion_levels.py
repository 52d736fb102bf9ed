"""How answers stand on one criterion: who meets it, and the mean level with its spread.

From the rollups, so a half year takes one query. They count levels without chances; each grade
weighs what the drawn answers of its day, kind and reviewer weigh on average.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from ingestion.models import Assistant
from reviews.models import DRAWN, Criterion, DefinitionVersion
from reviews.stats.counts import Floats, Ints
from reviews.stats.intervals import Rate, WeightedCount, weighted_rate
from reviews.stats.levels import LevelMean, mean_level

# First grades of drawn answers: those from the flag queue were chosen for looking bad.
COUNT = """
WITH chance AS MATERIALIZED (
    SELECT day, kind, reason, reviewer_id, sum(weight) / sum(good + not_good) AS weight
    FROM reviews_rollup
    WHERE assistant_id = %(assistant)s AND day BETWEEN %(first)s AND %(last)s
      AND place = 'first' AND reason = ANY(%(drawn)s) AND good + not_good > 0
    GROUP BY day, kind, reason, reviewer_id
)
SELECT c.day, c.kind, v.number, l.value, l.standing = 'meets',
    (SELECT count(*) FROM reviews_level of WHERE of.criterion_id = k.id),
    sum(c.grades)::bigint, sum(c.grades * chance.weight), sum(c.grades * chance.weight ^ 2)
FROM reviews_criterionrollup c
JOIN chance USING (day, kind, reason, reviewer_id)
JOIN reviews_criterion k ON k.id = c.criterion_id AND k.key = %(key)s
JOIN reviews_definitionversion v ON v.id = k.version_id
JOIN reviews_level l ON l.id = c.level_id
WHERE c.assistant_id = %(assistant)s AND c.day BETWEEN %(first)s AND %(last)s
  AND c.place = 'first'
GROUP BY c.day, c.kind, v.number, l.value, l.standing, k.id
ORDER BY 1, 2, 3, 4
"""


@dataclass(frozen=True)
class LevelCounts:
    """Grades on a criterion, counted; arrays of one length. `day` is `date.toordinal()`, `version`
    a definition's number, `level` 1 the lowest of `levels`; `n` grades with `weight` = sum of
    1 / chance and `weight_squared` = sum of its squares."""

    day: Ints
    kind: NDArray[np.str_]
    version: Ints
    level: Ints
    meets: NDArray[np.bool_]
    levels: Ints
    n: Ints
    weight: Floats
    weight_squared: Floats

    def where(self, keep: NDArray[np.bool_]) -> LevelCounts:
        """The rows that `keep` is true for."""
        return LevelCounts(*(getattr(self, one.name)[keep] for one in fields(self)))

    def days(self, first: date, last: date) -> LevelCounts:
        """The rows of some days, both included."""
        return self.where((self.day >= first.toordinal()) & (self.day <= last.toordinal()))

    def of_kind(self, kind: str | None) -> LevelCounts:
        """The rows of one kind of question; None keeps all."""
        return self if kind is None else self.where(self.kind == kind)

    def share(self) -> Rate | None:
        """The share of answers that meet the criterion, each weighted by 1 / chance."""
        met = self.where(self.meets)
        return weighted_rate(
            WeightedCount(
                good=int(met.n.sum()),
                not_good=int(self.n.sum() - met.n.sum()),
                weight=float(self.weight.sum()),
                weight_squared=float(self.weight_squared.sum()),
                weight_good=float(met.weight.sum()),
            )
        )

    def mean(self) -> LevelMean | None:
        """The mean level, by the newest number of levels: on another scale it means another
        thing, so grades by versions with more or fewer levels stay out."""
        if not len(self.n):
            return None
        levels = int(self.levels[np.argmax(self.version)])
        mine = self.where(self.levels == levels)
        return mean_level(mine.level, mine.n, mine.weight, mine.weight_squared, levels)


def level_counts(assistant: Assistant, key: str, first: date, last: date) -> LevelCounts:
    """The levels given on the criterion `key` in some days, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            COUNT,
            {
                "assistant": assistant.pk,
                "key": key,
                "first": first,
                "last": last,
                "drawn": [one.value for one in DRAWN],
            },
        )
        rows = cursor.fetchall()
    columns = list(zip(*rows, strict=True)) if rows else [()] * 9
    days, kinds, version, level, meets, levels, n, weight, squared = columns
    return LevelCounts(
        day=np.array([one.toordinal() for one in days], dtype=np.int64),
        kind=np.array(kinds, dtype=np.str_),
        version=np.array(version, dtype=np.int64),
        level=np.array(level, dtype=np.int64),
        meets=np.array(meets, dtype=np.bool_),
        levels=np.array(levels, dtype=np.int64),
        n=np.array(n, dtype=np.int64),
        weight=np.array(weight, dtype=np.float64),
        weight_squared=np.array(squared, dtype=np.float64),
    )


def criteria_of(assistant: Assistant) -> list[Criterion]:
    """The criteria of all published versions, one for each key: by its newest name, in order."""
    rows = Criterion.objects.filter(
        version__assistant=assistant, version__status=DefinitionVersion.Status.PUBLISHED
    ).order_by("version__number", "position")
    newest = {one.key: one for one in rows}
    return sorted(newest.values(), key=lambda one: (-one.version_id, one.position))
