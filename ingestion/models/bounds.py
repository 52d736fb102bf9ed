"""Between what numbers and days the rest of the program counts; the database holds rows to them.

Weights are 1 / rate and are squared, days are put into weeks and zones. The doors (`wire.py`, the
forms) are narrower and say what to do; these checks hold against every other way in.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.db.models import Q

from ingestion.wire import LEAST_RATE

# The doors take 2000 to 2099; a zone adds or takes a day.
FIRST, LAST = datetime(1999, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)
MOST_SUM = 1e21  # a billion conversations of the largest score
MOST_REPRESENTED = 1e9 / LEAST_RATE


def moment_within(field: str) -> Q:
    """A time of our calendar."""
    return Q(**{f"{field}__gte": FIRST, f"{field}__lt": LAST})


def day_within(field: str) -> Q:
    """A day of our calendar."""
    first, last = date(1999, 1, 1), date(2101, 1, 1)
    return Q(**{f"{field}__gte": first, f"{field}__lt": last})


def finite(*fields: str, most: float = MOST_SUM) -> Q:
    """Numbers that can be added and squared; neither NaN nor infinity."""
    return Q(**{f"{name}__range": (-most, most) for name in fields})
