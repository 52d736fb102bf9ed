"""How often two people who graded the same answer blind said the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection

from ingestion.models import Assistant

PAIRS = """
SELECT count(*), count(*) FILTER (WHERE one.verdict = two.verdict)
FROM reviews_sample s
JOIN reviews_assignment a1 ON a1.sample_id = s.id AND a1.slot = 1 AND a1.state = 'done'
    AND a1.purpose = 'review'
JOIN reviews_assignment a2 ON a2.sample_id = s.id AND a2.slot = 2 AND a2.state = 'done'
    AND a2.purpose = 'review'
JOIN reviews_grade one ON one.assignment_id = a1.id AND one.verdict IN ('good', 'not_good')
JOIN reviews_grade two ON two.assignment_id = a2.id AND two.verdict IN ('good', 'not_good')
WHERE s.assistant_id = %s AND s.day BETWEEN %s AND %s
  AND NOT EXISTS (SELECT FROM reviews_grade later WHERE later.supersedes_id = one.id)
  AND NOT EXISTS (SELECT FROM reviews_grade later WHERE later.supersedes_id = two.id)
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
