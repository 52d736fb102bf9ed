"""How many conversations there were: exact at any moment, also before the next count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection

from ingestion.models import Assistant

POPULATION = """
SELECT day, kind, sum(conversations)::bigint, sum(answers)::bigint, sum(represented)::float8
FROM (
    SELECT day, kind, conversations, answers, represented
    FROM ingestion_daycount
    WHERE assistant_id = %(assistant)s AND day BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT c.day, c.kind, 1, c.answers, 1 / c.sample_rate
    FROM ingestion_intakebatch b
    JOIN ingestion_conversation c ON c.id = ANY(b.conversation_ids)
    WHERE b.counted_at IS NULL AND b.assistant_id = %(assistant)s
      AND c.day BETWEEN %(first)s AND %(last)s
) AS counted
GROUP BY day, kind ORDER BY day, kind
"""


@dataclass(frozen=True)
class DayPopulation:
    """The conversations of a kind on a day; `represented` undoes the caller's own sampling."""

    day: date
    kind: str
    conversations: int
    answers: int
    represented: float


def population(*, assistant: Assistant, first: date, last: date) -> list[DayPopulation]:
    """Counts for each day and kind from `first` to `last`, both included."""
    with connection.cursor() as cursor:
        cursor.execute(POPULATION, {"assistant": assistant.pk, "first": first, "last": last})
        return [DayPopulation(*row) for row in cursor.fetchall()]
