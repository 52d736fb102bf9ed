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
from psycopg import sql

from ingestion.models import Assistant
from ingestion.population import DayPopulation, population
from reviews.models import DRAWN, FlaggedCount, Rollup, SampleReason
from reviews.stats.counts import Floats, Ints
from reviews.stats.graded import GoldGrades, GradedAnswers, Traffic

# Chosen because somebody said the answer was bad: they speak for the flagged answers only.
SAID_TO_BE_BAD = (SampleReason.FLAGGED, SampleReason.THUMBS_DOWN)

# Half a year of a busy team is some 200,000 rows; as Python objects they take five times as long
# (`python -m bench shortcuts`). So each column comes as one array in PostgreSQL's binary form (by
# COPY: other answers come as text), and what tells rows apart is packed into one number: 20 bits of
# the day, 22 of the kind, 14 of the version, 2 of the reason, 1 for "first", 1 for "flagged", 2 of
# gold + 2.
COUNTED = """
COPY (SELECT array_send(array_agg(packed)), array_send(array_agg(reviewer)),
    array_send(array_agg(good)), array_send(array_agg(not_good)),
    array_send(array_agg(weight)), array_send(array_agg(weight_squared)),
    array_send(array_agg(weight_good)), array_send(array_agg(weight_squared_good))
FROM (
    SELECT ((r.day - date '0001-01-01' + 1)::bigint << 42) | (k.code << 20)
            | (v.number::bigint << 6)
            | (array_position({reasons}::text[], r.reason::text) - 1 << 4)
            | ((r.place = 'first')::int << 3) | (r.flagged::int << 2) | (r.gold + 2) AS packed,
        r.reviewer_id::bigint AS reviewer, r.good, r.not_good,
        r.weight, r.weight_squared, r.weight_good, r.weight_squared_good
    FROM reviews_rollup r
    JOIN reviews_definitionversion v ON v.id = r.version_id
    JOIN unnest({kinds}::text[], {codes}::bigint[]) AS k(kind, code) ON k.kind = r.kind
    WHERE r.assistant_id = {assistant} AND r.day BETWEEN {first} AND {last}
      AND r.reason = ANY({reasons}) AND v.number >= {from_version}
      AND (r.place = 'first' OR (r.place = 'second' AND r.gold <> -1))
      AND r.good + r.not_good > 0
) AS counted
) TO STDOUT (FORMAT BINARY)
"""
REASONS = (*DRAWN, *SAID_TO_BE_BAD)
COLUMNS: tuple[tuple[str, str], ...] = (
    ("packed", ">i8"),
    ("reviewer", ">i8"),
    ("good", ">i4"),
    ("not_good", ">i4"),
    ("weight", ">f8"),
    ("weight_squared", ">f8"),
    ("weight_good", ">f8"),
    ("weight_squared_good", ">f8"),
)
# Of an array's binary form: dimensions, nulls, type, length and first index, 4 bytes each.
ARRAY_HEADER = 20


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
    """The figures of conversations from `first` to `last`, both included, in four queries.

    With `from_version` (`definitions.series_start`) only grades by that version or a later one.
    Traffic is exact at any moment; grades and flags are as of the last `make_rollups`.
    """
    received = population(assistant=assistant, first=first, last=last)
    flags = FlaggedCount.objects.filter(assistant=assistant, day__range=(first, last))
    flagged = {
        (day, kind): answers for day, kind, answers in flags.values_list("day", "kind", "answers")
    }
    graded = Rollup.objects.filter(assistant=assistant, day__range=(first, last))
    known = {one.kind for one in received} | set(graded.values_list("kind", flat=True).distinct())
    kinds = sorted(known)
    code = {kind: number for number, kind in enumerate(kinds)}
    rows = counted_rows(assistant, first, last, kinds, from_version)
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


def counted_rows(
    assistant: Assistant, first: date, last: date, kinds: Sequence[str], from_version: int
) -> Columns:
    """The rollups' rows as arrays of one length, in an order that depends on nothing but them."""
    values: dict[str, Any] = {
        "assistant": assistant.pk,
        "first": first,
        "last": last,
        "reasons": [one.value for one in REASONS],
        "kinds": list(kinds),
        "codes": list(range(len(kinds))),
        "from_version": from_version,
    }
    with connection.cursor() as cursor:
        literals = {name: sql.Literal(value) for name, value in values.items()}
        with cursor.copy(sql.SQL(COUNTED).format(**literals)) as copy:
            copy.set_types(["bytea"] * len(COLUMNS))
            (arrays,) = copy.rows()
    rows: Columns = {
        name: _from_binary(array, dtype)
        for (name, dtype), array in zip(COLUMNS, arrays, strict=True)
    }
    order = np.lexsort((rows["reviewer"], rows["packed"]))
    rows = {name: values[order] for name, values in rows.items()}
    return {**rows, **_unpacked(rows["packed"])}


def _from_binary(array: bytes | None, dtype: str) -> NDArray[Any]:
    """An array without nulls from what PostgreSQL's array_send gave; none at all is empty."""
    if array is None:
        array = b"\0" * ARRAY_HEADER
    element = np.dtype([("size", ">i4"), ("value", dtype)])
    values = np.frombuffer(array, dtype=element, offset=ARRAY_HEADER)["value"]
    return values.astype(np.float64 if dtype == ">f8" else np.int64)


def _unpacked(packed: Ints) -> Columns:
    """The columns that COUNTED packed into one number."""
    return {
        "day": packed >> 42,
        "kind": (packed >> 20) & ((1 << 22) - 1),
        "version": (packed >> 6) & ((1 << 14) - 1),
        "drawn": ((packed >> 4) & 3) < len(DRAWN),
        "is_first": ((packed >> 3) & 1).astype(np.bool_),
        "flagged": ((packed >> 2) & 1).astype(np.bool_),
        "gold": ((packed & 3) - 2).astype(np.int8),
    }


def _both(rows: Columns, good: str, not_good: str) -> NDArray[Any]:
    """A column of the good answers, and below it the same of those that were not."""
    return np.concatenate([rows[good], rows[not_good]])


def _of_both(rows: Columns, all_: str, good: str) -> Floats:
    """A sum over the good answers, and below it what the others have of it."""
    return np.concatenate([rows[good], rows[all_] - rows[good]])


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
        weight=np.where(drawn, _of_both(rows, "weight", "weight_good"), 0.0),
        weight_squared=np.where(
            drawn, _of_both(rows, "weight_squared", "weight_squared_good"), 0.0
        ),
    )
    return answers.where(answers.n > 0)


def _gold(rows: Columns) -> GoldGrades:
    """Both blind grades of each answer that two people graded."""
    n = _both(rows, "good", "not_good")
    gold = _both(rows, "gold", "gold")
    keep = (gold != Rollup.Gold.NONE.value) & (n > 0)
    return GoldGrades(
        day=_both(rows, "day", "day")[keep],
        reviewer=_both(rows, "reviewer", "reviewer")[keep],
        not_good=gold[keep] == Rollup.Gold.NOT_GOOD.value,
        failed=np.repeat([False, True], len(rows["day"]))[keep],
        waits=gold[keep] == Rollup.Gold.WAITS.value,
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
