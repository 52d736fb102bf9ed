"""Count the grades of a day, whole, from the grades themselves; the same counts every time.

What is flagged or thumbed down is counted with them, of all traffic: it decides to which part of
the answers a grade belongs, as things stand now.

`FORMULA` is the version of the counting below: raise it when the counting changes, then run
`manage.py rebuild_rollups`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from time import monotonic
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from ingestion.models import Assistant
from portal.ticks.aside import Aside
from reviews.measure.counted import COUNTED
from reviews.measure.figures import REASONS
from reviews.models import (
    Assignment,
    CriterionRollup,
    DirtyDay,
    FlaggedCount,
    Grade,
    Rollup,
    Sample,
)

FORMULA = 3
DAYS_AT_A_TIME = 50
# A day is one of the team's calendar; by UTC it begins at most so much earlier and ends later.
FARTHEST_EAST, FARTHEST_WEST = timedelta(hours=14), timedelta(hours=12)

# Everything of a day in one pass. `started_at` says nothing that `day` does not say, but it has an
# index.
COUNT = f"""
WITH flagged AS MATERIALIZED (
    SELECT c.id, c.kind, c.answers
    FROM ingestion_conversation c
    WHERE c.assistant_id = %(assistant)s AND c.day = %(day)s
      AND c.started_at >= %(earliest)s AND c.started_at < %(latest)s
      AND c.id IN (SELECT conversation_id FROM reviews_flag
                   WHERE assistant_id = %(assistant)s AND withdrawn_at IS NULL)
    UNION
    SELECT c.id, c.kind, c.answers
    FROM ingestion_conversation c
    WHERE c.assistant_id = %(assistant)s AND c.day = %(day)s
      AND c.started_at >= %(earliest)s AND c.started_at < %(latest)s
      AND c.id IN (SELECT conversation_id FROM ingestion_signal
                   WHERE assistant_id = %(assistant)s AND name = 'thumbs' AND value = -1)
), chosen AS (
    SELECT s.id, s.day, s.kind, s.reason, s.probability,
        s.conversation_id IN (SELECT id FROM flagged) AS flagged
    FROM reviews_sample s WHERE s.assistant_id = %(assistant)s AND s.day = %(day)s
), {COUNTED}, by_verdict AS (
    INSERT INTO reviews_rollup (assistant_id, day, kind, reason, version_id, reviewer_id, place,
        flagged, gold, good, not_good, cannot_judge,
        weight, weight_squared, weight_good, weight_squared_good, formula)
    SELECT %(assistant)s, %(day)s, kind, reason, version_id, reviewer_id, place, flagged, gold,
        count(*) FILTER (WHERE verdict = 'good'),
        count(*) FILTER (WHERE verdict = 'not_good'),
        count(*) FILTER (WHERE verdict = 'cannot_judge'),
        coalesce(sum(1 / probability ORDER BY id) FILTER (WHERE verdict <> 'cannot_judge'), 0),
        coalesce(sum(1 / probability ^ 2 ORDER BY id) FILTER (WHERE verdict <> 'cannot_judge'), 0),
        coalesce(sum(1 / probability ORDER BY id) FILTER (WHERE verdict = 'good'), 0),
        coalesce(sum(1 / probability ^ 2 ORDER BY id) FILTER (WHERE verdict = 'good'), 0),
        %(formula)s
    FROM counted GROUP BY kind, reason, version_id, reviewer_id, place, flagged, gold
), by_level AS (
    INSERT INTO reviews_criterionrollup (assistant_id, day, kind, reason, reviewer_id, place,
        criterion_id, level_id, went_wrong, grades, formula)
    SELECT %(assistant)s, %(day)s, kind, reason, reviewer_id, place,
        c.criterion_id, c.level_id, c.went_wrong, count(*), %(formula)s
    FROM counted JOIN reviews_criteriongrade c ON c.grade_id = counted.id
    GROUP BY kind, reason, reviewer_id, place, c.criterion_id, c.level_id, c.went_wrong
)
INSERT INTO reviews_flaggedcount (assistant_id, day, kind, conversations, answers, formula)
SELECT %(assistant)s, %(day)s, kind, count(*), sum(answers), %(formula)s
FROM flagged GROUP BY kind
"""  # noqa: S608 - pieces of our own only

FLAGGED_DAYS = """
SELECT DISTINCT c.day FROM ingestion_conversation c
WHERE c.assistant_id = %(assistant)s AND c.id IN (
    SELECT conversation_id FROM reviews_flag
    WHERE assistant_id = %(assistant)s AND conversation_id IS NOT NULL
    UNION ALL
    SELECT conversation_id FROM ingestion_signal
    WHERE assistant_id = %(assistant)s AND name = 'thumbs' AND value = -1
      AND conversation_id IS NOT NULL)
"""


def count_day(*, assistant_id: int, day: date) -> None:
    """Make the counts of one day again; waits for whoever is doing the same."""
    midnight = datetime.combine(day, time(), tzinfo=UTC)
    values: dict[str, Any] = {
        "assistant": assistant_id,
        "day": day,
        "earliest": midnight - FARTHEST_EAST,
        "latest": midnight + timedelta(days=1) + FARTHEST_WEST,
        "reasons": [one.value for one in REASONS],
        "formula": FORMULA,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"rollup {assistant_id} {day.isoformat()}"],
        )
        for table in (Rollup, CriterionRollup, FlaggedCount):
            table.objects.filter(assistant_id=assistant_id, day=day).delete()
        cursor.execute(COUNT, values)


def mark_days(*, assistant_id: int, days: Iterable[date], at: datetime) -> None:
    """Let days be counted again; in the transaction that changes what is counted."""
    DirtyDay.objects.bulk_create(
        DirtyDay(assistant_id=assistant_id, day=day, marked_at=at) for day in sorted(set(days))
    )


def make_rollups(
    *, at: datetime | None = None, most: int = DAYS_AT_A_TIME, until: float = math.inf
) -> int:
    """Count again the days whose grades changed, at most so many and none that begins after
    `until` (of `time.monotonic`) but the first; returns how many days.

    A mark is taken away in the transaction that counts its day, and before it counts: a grade that
    arrives meanwhile leaves a new mark. A day that cannot be counted is set aside with its mark.
    """
    aside, done = Aside(task="make_rollups", at=at or timezone.now()), 0
    for _ in range(most):
        with transaction.atomic():
            mark = _oldest_mark(aside)
            if mark is None:
                break
            with aside.sparing(_key(mark), assistant=mark.assistant_id):
                _count_marked(mark)
        done += not aside.waits(_key(mark))
        if monotonic() >= until:
            break
    return done


def _key(mark: DirtyDay) -> str:
    return f"day-{mark.assistant_id}-{mark.day.isoformat()}"


def _oldest_mark(aside: Aside) -> DirtyDay | None:
    """The oldest mark of a day that is not set aside, locked."""
    marks = DirtyDay.objects.select_for_update(skip_locked=True)
    waiting = Q(assistant__in=aside.crowded)
    for assistant, _, day in (key.partition("-") for key in aside.waiting("day")):
        waiting |= Q(assistant=int(assistant), day=date.fromisoformat(day))
    return marks.exclude(waiting).order_by("id").first()


def _count_marked(mark: DirtyDay) -> None:
    same = DirtyDay.objects.select_for_update(skip_locked=True).filter(
        assistant_id=mark.assistant_id, day=mark.day
    )
    DirtyDay.objects.filter(pk__in=[one.pk for one in same]).delete()
    count_day(assistant_id=mark.assistant_id, day=mark.day)


def rebuild(*, assistant: Assistant) -> int:
    """Make every count of an assistant again from its grades and flags; returns how many days."""
    days = set(
        Sample.objects.filter(assistant=assistant, assignments__state=Assignment.State.DONE)
        .values_list("day", flat=True)
        .distinct()
    )
    for table in (Rollup, FlaggedCount):
        days |= set(table.objects.filter(assistant=assistant).values_list("day", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(FLAGGED_DAYS, {"assistant": assistant.pk})
        days |= {day for (day,) in cursor.fetchall()}
    for day in sorted(days):
        count_day(assistant_id=assistant.pk, day=day)
    return len(days)


def newest_grade_at(*, assistant: Assistant) -> datetime | None:
    """When the newest grade was given, for "updated hh:mm"."""
    newest = Grade.objects.filter(assignment__assistant=assistant).order_by("-id")
    return newest.values_list("graded_at", flat=True).first()
