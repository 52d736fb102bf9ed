"""How often two people who graded the same answer blind said the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection

from ingestion.models import Assistant

# One pass over the grades: joining each pair to itself took minutes while the tables were new and
# the planner did not know them. A place has one grade that counts, so two rows are two people.
PAIRS = """
SELECT count(*), count(*) FILTER (WHERE alike)
FROM (
    SELECT min(grade.verdict) = max(grade.verdict) AS alike
    FROM reviews_sample sample
    JOIN reviews_assignment place ON place.sample_id = sample.id AND place.slot IN (1, 2)
        AND place.state = 'done' AND place.purpose = 'review'
    JOIN reviews_grade grade ON grade.assignment_id = place.id
        AND grade.verdict IN ('good', 'not_good')
    WHERE sample.assistant_id = %s AND sample.day BETWEEN %s AND %s
      AND NOT EXISTS (SELECT FROM reviews_grade later WHERE later.supersedes_id = grade.id)
    GROUP BY sample.id
    HAVING count(DISTINCT place.slot) = 2
) pairs
"""


@dataclass(frozen=True)
class Agreement:
    """Blind pairs, and how many of them came to the same verdict."""

    pairs: int
    alike: int


def pairs_alike(*, assistant: Assistant, first: date, last: date) -> Agreement:
    """The blind pairs of conversations from `first` to `last`, both included."""
    with connection.cursor() as cursor:
        cursor.execute(PAIRS, [assistant.pk, first, last])
        return Agreement(*cursor.fetchone())
