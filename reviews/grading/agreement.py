"""How often two people who graded the same answer blind said the same, and about what they differ.

Blind pairs only: slots one and two of a review, never a lead's decision or an appeal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db import connection

from ingestion.models import Assistant
from reviews.stats.counts import Floats

# The second places first: there are few of them, and an index holds nothing else. A place has one
# grade that counts, so two rows of an answer are two people, in the order of their ids.
BLIND = """
SELECT sample.id, array_agg(grade.id ORDER BY grade.reviewer_id),
    array_agg(grade.reviewer_id ORDER BY grade.reviewer_id),
    array_agg((grade.verdict = 'not_good')::int ORDER BY grade.reviewer_id)
FROM reviews_assignment second
JOIN reviews_sample sample ON sample.id = second.sample_id
JOIN reviews_assignment place ON place.sample_id = sample.id AND place.slot IN (1, 2)
    AND place.state = 'done' AND place.purpose = 'review'
JOIN reviews_grade grade ON grade.assignment_id = place.id
    AND grade.verdict IN ('good', 'not_good')
WHERE second.assistant_id = %(assistant)s AND second.slot = 2 AND second.purpose = 'review'
  AND second.state = 'done' AND sample.day BETWEEN %(first)s AND %(last)s
  AND NOT EXISTS (SELECT FROM reviews_grade later WHERE later.supersedes_id = grade.id)
GROUP BY sample.id, sample.day
HAVING count(*) = 2 AND (%(only)s::bigint IS NULL OR bool_or(grade.reviewer_id = %(only)s))
ORDER BY sample.day DESC, sample.id DESC
"""
# How often two people said these levels of a criterion, the lower one first: who said which does
# not matter. The name is that of the newest version that they graded by.
LEVELS = """
WITH said AS (
    SELECT criterion.key, min(level.value) AS low, max(level.value) AS high, count(*) AS people,
        max(criterion.id) AS criterion
    FROM unnest(%(one)s::bigint[], %(other)s::bigint[]) AS pair(one, other)
    CROSS JOIN LATERAL (VALUES (pair.one), (pair.other)) AS grade(id)
    JOIN reviews_criteriongrade said ON said.grade_id = grade.id
    JOIN reviews_criterion criterion ON criterion.id = said.criterion_id
    JOIN reviews_level level ON level.id = said.level_id
    GROUP BY pair.one, criterion.key
), counted AS (
    SELECT key, low, high, people, count(*) AS pairs, max(criterion) AS criterion
    FROM said GROUP BY key, low, high, people
)
SELECT key, newest.name, low, high, people, pairs
FROM counted JOIN LATERAL (
    SELECT name, position FROM reviews_criterion
    WHERE id = (SELECT max(criterion) FROM counted same WHERE same.key = counted.key)
) AS newest ON true
ORDER BY newest.position, key, low, high, people
"""


@dataclass(frozen=True)
class Agreement:
    """Blind pairs, and how many of them came to the same verdict."""

    pairs: int
    alike: int


@dataclass(frozen=True)
class Differing:
    """A pair that came to two verdicts: the answer and the two grades."""

    sample: int
    grades: tuple[int, int]


@dataclass(frozen=True)
class BlindGrades:
    """Blind pairs as tables for `reviews.stats.agreement`: a row an answer, a column for each of
    its two people. `reviewers` are all who are part of one. `verdicts` is 1 for not good;
    `criteria` holds (key, name, levels), the lower level first."""

    reviewers: Sequence[int]
    verdicts: Floats
    criteria: Sequence[tuple[str, str, Floats]]
    differing: Sequence[Differing]


def pairs_alike(*, assistant: Assistant, first: date, last: date) -> Agreement:
    """The blind pairs of conversations from `first` to `last`, both included."""
    pairs = _pairs(assistant, first, last, None)
    return Agreement(len(pairs), sum(one == other for _, _, _, (one, other) in pairs))


def blind_grades(
    *, assistant: Assistant, first: date, last: date, only: int | None = None
) -> BlindGrades:
    """The blind pairs of those days in two queries, the newest first; `only` keeps the pairs that
    one person is part of."""
    pairs = _pairs(assistant, first, last, only)
    verdicts = np.array([failed for _, _, _, failed in pairs], dtype=np.float64).reshape(-1, 2)
    return BlindGrades(
        reviewers=sorted({person for _, _, people, _ in pairs for person in people}),
        verdicts=verdicts,
        criteria=_criteria([grades for _, grades, _, _ in pairs]),
        differing=[
            Differing(sample, (grades[0], grades[1]))
            for sample, grades, _, (one, other) in pairs
            if one != other
        ],
    )


Pair = tuple[int, list[int], list[int], list[int]]  # sample, grades, people, not good


def _pairs(assistant: Assistant, first: date, last: date, only: int | None) -> list[Pair]:
    values: dict[str, Any] = {"assistant": assistant.pk, "first": first, "last": last, "only": only}
    with connection.cursor() as cursor:
        cursor.execute(BLIND, values)
        return list(cursor.fetchall())


def _criteria(grades: Sequence[Sequence[int]]) -> list[tuple[str, str, Floats]]:
    """What was said of each criterion; NaN where only one of the two could judge."""
    values = {"one": [one for one, _ in grades], "other": [other for _, other in grades]}
    with connection.cursor() as cursor:
        cursor.execute(LEVELS, values)
        rows = cursor.fetchall()
    tables: dict[tuple[str, str], list[Floats]] = {}
    for key, name, low, high, people, pairs in rows:
        levels = [float(low), float(high) if people > 1 else np.nan]
        tables.setdefault((key, name), []).append(np.tile(levels, (pairs, 1)))
    return [(key, name, np.concatenate(parts)) for (key, name), parts in tables.items()]
