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

# One pass over the grades: joining each pair to itself took minutes while the tables were new and
# the planner did not know them. A place has one grade that counts, so two rows are two people.
BLIND = """
SELECT sample.id, grade.id, grade.reviewer_id, grade.verdict, sample.day,
       count(*) OVER (PARTITION BY sample.id) AS people
FROM reviews_sample sample
JOIN reviews_assignment place ON place.sample_id = sample.id AND place.slot IN (1, 2)
    AND place.state = 'done' AND place.purpose = 'review'
JOIN reviews_grade grade ON grade.assignment_id = place.id
    AND grade.verdict IN ('good', 'not_good')
WHERE sample.assistant_id = %(assistant)s AND sample.day BETWEEN %(first)s AND %(last)s
  AND NOT EXISTS (SELECT FROM reviews_grade later WHERE later.supersedes_id = grade.id)
"""
VERDICTS = f"""
SELECT id, grade_id, reviewer_id, verdict FROM ({BLIND}) blind (
    id, grade_id, reviewer_id, verdict, day, people)
WHERE people = 2 ORDER BY day DESC, id DESC, reviewer_id
"""  # noqa: S608 - our own text
LEVELS = f"""
SELECT blind.id, blind.reviewer_id, criterion.key, criterion.name, level.value
FROM ({BLIND}) blind (id, grade_id, reviewer_id, verdict, day, people)
JOIN reviews_criteriongrade said ON said.grade_id = blind.grade_id
JOIN reviews_criterion criterion ON criterion.id = said.criterion_id
JOIN reviews_level level ON level.id = said.level_id
WHERE blind.people = 2 ORDER BY blind.id, blind.reviewer_id, criterion.position
"""  # noqa: S608 - our own text


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
    """Blind pairs as tables for `reviews.stats.agreement`: a row an answer, a column a person.
    `verdicts` is 1 for not good; `criteria` holds (key, name, levels)."""

    reviewers: Sequence[int]
    verdicts: Floats
    criteria: Sequence[tuple[str, str, Floats]]
    differing: Sequence[Differing]


def pairs_alike(*, assistant: Assistant, first: date, last: date) -> Agreement:
    """The blind pairs of conversations from `first` to `last`, both included."""
    rows = _rows(VERDICTS, assistant, first, last)
    verdicts: dict[int, set[str]] = {}
    for sample, _, _, verdict in rows:
        verdicts.setdefault(sample, set()).add(verdict)
    return Agreement(len(verdicts), sum(len(one) == 1 for one in verdicts.values()))


def blind_grades(
    *, assistant: Assistant, first: date, last: date, only: int | None = None
) -> BlindGrades:
    """The blind pairs of those days in two queries, the newest first; `only` keeps the pairs that
    one person is part of."""
    rows = _rows(VERDICTS, assistant, first, last)
    levels = _rows(LEVELS, assistant, first, last)
    if only is not None:
        mine = {sample for sample, _, reviewer, _ in rows if reviewer == only}
        rows = [row for row in rows if row[0] in mine]
        levels = [row for row in levels if row[0] in mine]
    reviewers = sorted({row[2] for row in rows})
    samples = list(dict.fromkeys(row[0] for row in rows))
    verdicts = _table(
        [(row[0], row[2], float(row[3] == "not_good")) for row in rows], samples, reviewers
    )
    criteria = []
    for key, name in {row[2]: row[3] for row in levels}.items():
        said = [(row[0], row[1], float(row[4])) for row in levels if row[2] == key]
        criteria.append((key, name, _table(said, samples, reviewers)))
    grades: dict[int, list[tuple[int, str]]] = {}
    for sample, grade, _, verdict in rows:
        grades.setdefault(sample, []).append((grade, verdict))
    differing = [
        Differing(sample, (pair[0][0], pair[1][0]))
        for sample, pair in grades.items()
        if len(pair) == 2 and pair[0][1] != pair[1][1]
    ]
    return BlindGrades(reviewers, verdicts, criteria, differing)


def _rows(query: str, assistant: Assistant, first: date, last: date) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"assistant": assistant.pk, "first": first, "last": last})
        return list(cursor.fetchall())


def _table(
    said: Sequence[tuple[int, int, float]], samples: Sequence[int], reviewers: Sequence[int]
) -> Floats:
    row = {sample: number for number, sample in enumerate(samples)}
    column = {reviewer: number for number, reviewer in enumerate(reviewers)}
    table: Floats = np.full((len(samples), len(reviewers)), np.nan)
    for sample, reviewer, value in said:
        table[row[sample], column[reviewer]] = value
    return table
