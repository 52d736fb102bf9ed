"""Count the grades of a day, whole, from the grades themselves; the same counts every time.

`FORMULA` is the version of the counting below: raise it when the counting changes, then run
`manage.py rebuild_rollups`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from ingestion.models import Assistant
from reviews.models import Assignment, CriterionRollup, DirtyDay, Grade, Rollup, Sample

FORMULA = 1
DAYS_AT_A_TIME = 50

CURRENT = """
WITH current AS (
    SELECT g.id, g.version_id, g.reviewer_id, g.verdict, s.kind, s.reason, s.probability,
           CASE WHEN a.purpose = 'adjudication' THEN 'adjudication'
                WHEN a.id = first_value(a.id) OVER (
                    PARTITION BY s.id, a.purpose ORDER BY a.done_at, a.id) THEN 'first'
                ELSE 'second' END AS place
    FROM reviews_sample s
    JOIN reviews_assignment a ON a.sample_id = s.id AND a.state = 'done'
    JOIN reviews_grade g ON g.assignment_id = a.id
    WHERE s.assistant_id = %(assistant)s AND s.day = %(day)s
      AND g.verdict <> 'withdrawn'
      AND NOT EXISTS (SELECT FROM reviews_grade later WHERE later.supersedes_id = g.id)
)
"""

COUNT_VERDICTS = (
    CURRENT
    + """
INSERT INTO reviews_rollup (assistant_id, day, kind, reason, version_id, reviewer_id, place,
    good, not_good, cannot_judge, weight, weight_squared, weight_good, weight_squared_good, formula)
SELECT %(assistant)s, %(day)s, kind, reason, version_id, reviewer_id, place,
    count(*) FILTER (WHERE verdict = 'good'),
    count(*) FILTER (WHERE verdict = 'not_good'),
    count(*) FILTER (WHERE verdict = 'cannot_judge'),
    coalesce(sum(1 / probability ORDER BY id) FILTER (WHERE verdict <> 'cannot_judge'), 0),
    coalesce(sum(1 / probability ^ 2 ORDER BY id) FILTER (WHERE verdict <> 'cannot_judge'), 0),
    coalesce(sum(1 / probability ORDER BY id) FILTER (WHERE verdict = 'good'), 0),
    coalesce(sum(1 / probability ^ 2 ORDER BY id) FILTER (WHERE verdict = 'good'), 0),
    %(formula)s
FROM current GROUP BY kind, reason, version_id, reviewer_id, place
"""
)

COUNT_LEVELS = (
    CURRENT
    + """
INSERT INTO reviews_criterionrollup (assistant_id, day, kind, reason, reviewer_id, place,
    criterion_id, level_id, went_wrong, grades, formula)
SELECT %(assistant)s, %(day)s, kind, reason, reviewer_id, place,
    c.criterion_id, c.level_id, c.went_wrong, count(*), %(formula)s
FROM current JOIN reviews_criteriongrade c ON c.grade_id = current.id
GROUP BY kind, reason, reviewer_id, place, c.criterion_id, c.level_id, c.went_wrong
"""
)


def count_day(*, assistant_id: int, day: date) -> None:
    """Make the counts of one day again; waits for whoever is doing the same."""
    values: dict[str, Any] = {"assistant": assistant_id, "day": day, "formula": FORMULA}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"rollup {assistant_id} {day.isoformat()}"],
        )
        Rollup.objects.filter(assistant_id=assistant_id, day=day).delete()
        CriterionRollup.objects.filter(assistant_id=assistant_id, day=day).delete()
        cursor.execute(COUNT_VERDICTS, values)
        cursor.execute(COUNT_LEVELS, values)


def make_rollups(*, most: int = DAYS_AT_A_TIME) -> int:
    """Count again the days whose grades changed; returns how many days.

    A mark is taken away in the transaction that counts its day, and before it counts: a grade that
    arrives meanwhile leaves a new mark.
    """
    done = 0
    for _ in range(most):
        with transaction.atomic():
            mark = DirtyDay.objects.select_for_update(skip_locked=True).order_by("id").first()
            if mark is None:
                break
            same = DirtyDay.objects.select_for_update(skip_locked=True).filter(
                assistant_id=mark.assistant_id, day=mark.day
            )
            DirtyDay.objects.filter(pk__in=[one.pk for one in same]).delete()
            count_day(assistant_id=mark.assistant_id, day=mark.day)
        done += 1
    return done


def rebuild(*, assistant: Assistant) -> int:
    """Make every count of an assistant again from its grades; returns how many days."""
    days = set(
        Sample.objects.filter(assistant=assistant, assignments__state=Assignment.State.DONE)
        .values_list("day", flat=True)
        .distinct()
    )
    days |= set(Rollup.objects.filter(assistant=assistant).values_list("day", flat=True).distinct())
    for day in sorted(days):
        count_day(assistant_id=assistant.pk, day=day)
    return len(days)


def newest_grade_at(*, assistant: Assistant) -> datetime | None:
    """When the newest grade was given, for "updated hh:mm"."""
    newest = Grade.objects.filter(assignment__assistant=assistant).order_by("-id")
    return newest.values_list("graded_at", flat=True).first()
