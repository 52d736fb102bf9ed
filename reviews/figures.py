"""Load what the mathematics look at: the counts of an assistant's days as tables of numbers.

The pure code of `reviews.stats` knows no database, names or dates: a day is `date.toordinal()`, a
kind a place in `Figures.kinds`, a reviewer the person's id, a version its number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from ingestion.models import Assistant
from ingestion.population import DayPopulation, population
from reviews.models import DRAWN, FlaggedCount, Rollup, SampleReason
from reviews.stats.graded import GoldGrades, GradedAnswers, Traffic

# Chosen because somebody said the answer was bad: they speak for the flagged answers only.
SAID_TO_BE_BAD = (SampleReason.FLAGGED, SampleReason.THUMBS_DOWN)

COUNTED = """
SELECT r.day, r.kind, r.reviewer_id, v.number, r.reason = ANY(%(drawn)s), r.place = 'first',
    r.flagged, r.gold, r.good, r.not_good,
    r.weight_good, r.weight_squared_good,
    r.weight - r.weight_good, r.weight_squared - r.weight_squared_good
FROM reviews_rollup r JOIN reviews_definitionversion v ON v.id = r.version_id
WHERE r.assistant_id = %(assistant)s AND r.day BETWEEN %(first)s AND %(last)s
  AND r.reason = ANY(%(reasons)s) AND v.number >= %(from_version)s
  AND (r.place = 'first' OR (r.place = 'second' AND r.gold <> -1))
  AND r.good + r.not_good > 0
ORDER BY r.id
"""


@dataclass(frozen=True)
class Figures:
    """The graded answers, gold grades and traffic of some days.

    `kinds` are sorted names ("" without one), and the numbers of kinds are places in it;
    `reviewers` and `versions` are the people's ids and the numbers of versions that occur, sorted;
    `origin` is the first day that was asked for.
    """

    answers: GradedAnswers
    gold: GoldGrades
    traffic: Traffic
    kinds: Sequence[str]
    reviewers: Sequence[int]
    versions: Sequence[int]
    origin: date


def load(assistant: Assistant, first: date, last: date, *, from_version: int = 0) -> Figures:
    """The figures of conversations from `first` to `last`, both included, in three queries.

    With `from_version` (`definitions.series_start`) only grades by that version or a later one.
    Traffic is exact at any moment; grades and flags are as of the last `make_rollups`.
    """
    received = population(assistant=assistant, first=first, last=last)
    flags = FlaggedCount.objects.filter(assistant=assistant, day__range=(first, last))
    flagged = {
        (day, kind): answers for day, kind, answers in flags.values_list("day", "kind", "answers")
    }
    rows = _counted(assistant, first, last, from_version)
    kinds = sorted({one.kind for one in received} | set(rows["kind"].tolist()))
    code = {kind: number for number, kind in enumerate(kinds)}
    rows["kind"] = np.array([code[kind] for kind in rows["kind"].tolist()], dtype=np.int64)
    is_first = rows["is_first"]
    return Figures(
        answers=_answers({name: values[is_first] for name, values in rows.items()}),
        gold=_gold(rows),
        traffic=_traffic(received, flagged, code),
        kinds=kinds,
        reviewers=np.unique(rows["reviewer"]).tolist(),
        versions=np.unique(rows["version"]).tolist(),
        origin=first,
    )


Columns = dict[str, NDArray[Any]]

COLUMNS: tuple[tuple[str, Any], ...] = (
    ("day", np.int64),
    ("kind", object),
    ("reviewer", np.int64),
    ("version", np.int64),
    ("drawn", np.bool_),
    ("is_first", np.bool_),
    ("flagged", np.bool_),
    ("gold", np.int8),
    ("good", np.int64),
    ("not_good", np.int64),
    ("weight_good", np.float64),
    ("weight_squared_good", np.float64),
    ("weight_not_good", np.float64),
    ("weight_squared_not_good", np.float64),
)


def _counted(assistant: Assistant, first: date, last: date, from_version: int) -> Columns:
    """The rollups' rows as an array for each of COLUMNS."""
    values: dict[str, Any] = {
        "assistant": assistant.pk,
        "first": first,
        "last": last,
        "drawn": [one.value for one in DRAWN],
        "reasons": [one.value for one in (*DRAWN, *SAID_TO_BE_BAD)],
        "from_version": from_version,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, values)
        rows = cursor.fetchall()
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(COLUMNS)
    columns[0] = tuple(day.toordinal() for day in columns[0])
    return {
        name: np.array(column, dtype=dtype)
        for (name, dtype), column in zip(COLUMNS, columns, strict=True)
    }


def _both(rows: Columns, good: str, not_good: str) -> NDArray[Any]:
    """A column of the good answers, and below it the same of those that were not."""
    return np.concatenate([rows[good], rows[not_good]])


def _answers(rows: Columns) -> GradedAnswers:
    """First grades; each row of good and not good answers becomes two, without empty ones."""
    drawn = _both(rows, "drawn", "drawn")
    failed = np.repeat([False, True], len(rows["day"]))
    answers = GradedAnswers(
        day=_both(rows, "day", "day"),
        kind=_both(rows, "kind", "kind"),
        drawn=drawn,
        flagged=_both(rows, "flagged", "flagged"),
        reviewer=_both(rows, "reviewer", "reviewer"),
        version=_both(rows, "version", "version"),
        failed=failed,
        gold=_both(rows, "gold", "gold"),
        n=_both(rows, "good", "not_good"),
        weight=np.where(drawn, _both(rows, "weight_good", "weight_not_good"), 0.0),
        weight_squared=np.where(
            drawn, _both(rows, "weight_squared_good", "weight_squared_not_good"), 0.0
        ),
    )
    return answers.where(answers.n > 0)


def _gold(rows: Columns) -> GoldGrades:
    """Both blind grades of each answer with a gold verdict."""
    n = _both(rows, "good", "not_good")
    gold = _both(rows, "gold", "gold")
    keep = (gold != Rollup.Gold.NONE.value) & (n > 0)
    return GoldGrades(
        day=_both(rows, "day", "day")[keep],
        reviewer=_both(rows, "reviewer", "reviewer")[keep],
        not_good=gold[keep] == Rollup.Gold.NOT_GOOD.value,
        failed=np.repeat([False, True], len(rows["day"]))[keep],
        n=n[keep],
    )


def _traffic(
    received: Sequence[DayPopulation], flagged: dict[tuple[date, str], int], code: dict[str, int]
) -> Traffic:
    """All answers of each day and kind, and those in flagged conversations."""
    return Traffic(
        day=np.array([one.day.toordinal() for one in received], dtype=np.int64),
        kind=np.array([code[one.kind] for one in received], dtype=np.int64),
        answers=np.array([one.answers for one in received], dtype=np.float64),
        flagged=np.array(
            [flagged.get((one.day, one.kind), 0) for one in received], dtype=np.float64
        ),
    )
