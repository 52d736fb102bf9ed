"""Figures of one channel or language. The rollups do not know them, so the grades of the days that
are asked for are counted again, from their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from django.db import connection

from ingestion.models import Assistant
from reviews.measure.counted import COUNTED
from reviews.measure.figures import REASONS, Figures
from reviews.models import DRAWN
from reviews.stats.graded import GradedAnswers, Traffic

# The answers of some days whose conversation came through a channel or in a language. They are
# found by `sample_by_day` and their primary keys; a flag or a thumb is looked for only where an
# answer was chosen.
FITTING = """
    FROM reviews_sample s JOIN ingestion_conversation c ON c.id = s.conversation_id
    WHERE s.assistant_id = %(assistant)s AND s.day BETWEEN %(first)s AND %(last)s
"""
FITS = """(%(channel)s::text IS NULL OR c.channel = %(channel)s)
      AND (%(language)s::text IS NULL OR c.language = %(language)s)"""
BAD_IDS = """
    SELECT conversation_id FROM reviews_flag
    WHERE assistant_id = %(assistant)s AND withdrawn_at IS NULL AND conversation_id IS NOT NULL
    UNION
    SELECT conversation_id FROM ingestion_signal
    WHERE assistant_id = %(assistant)s AND name = 'thumbs' AND value = -1
      AND conversation_id IS NOT NULL
"""
COUNT = f"""
WITH bad AS MATERIALIZED ({BAD_IDS}), chosen AS MATERIALIZED (
    SELECT s.id, s.day, s.kind, s.reason, s.probability,
        s.conversation_id IN (SELECT conversation_id FROM bad) AS flagged
    {FITTING} AND {FITS} AND s.reason = ANY(%(reasons)s)
), {COUNTED}, graded AS (
    SELECT counted.*, reason = ANY(%(drawn)s) AS drawn, v.number
    FROM counted JOIN reviews_definitionversion v ON v.id = counted.version_id
    WHERE place = 'first' AND verdict IN ('good', 'not_good')
)
SELECT day, kind, drawn, flagged, reviewer_id, number, verdict = 'not_good' AS failed, gold,
    count(*),
    coalesce(sum(1 / probability) FILTER (WHERE drawn), 0),
    coalesce(sum(1 / probability ^ 2) FILTER (WHERE drawn), 0)
FROM graded
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
"""  # noqa: S608 - pieces of our own only
# Of a million conversations only the chosen ones are read: what share of a day's answers fits is
# estimated from those drawn at random, each standing for 1 / chance of them.
SHARES = f"""
SELECT s.day, s.kind, coalesce(sum(1 / s.probability) FILTER (WHERE {FITS}), 0),
    sum(1 / s.probability)
{FITTING} AND s.reason = ANY(%(drawn)s)
GROUP BY 1, 2
"""
FLAGGED = f"""
SELECT c.day, c.kind, sum(c.answers)::float8
FROM ingestion_conversation c
WHERE c.id IN ({BAD_IDS}) AND c.assistant_id = %(assistant)s
  AND c.day BETWEEN %(first)s AND %(last)s AND {FITS}
GROUP BY 1, 2
"""  # noqa: S608 - pieces of this file only
# The newest answers tell which channels there are; those of half a year would take long to read.
KNOWN = """
SELECT DISTINCT c.channel, c.language
FROM (
    SELECT conversation_id FROM reviews_sample
    WHERE assistant_id = %(assistant)s AND day BETWEEN %(first)s AND %(last)s
    ORDER BY day DESC, id DESC LIMIT 5000
) newest JOIN ingestion_conversation c ON c.id = newest.conversation_id
"""
MOST_CHOICES = 60


@dataclass(frozen=True)
class Attributes:
    """A channel, a language, or both; None keeps everything."""

    channel: str | None = None
    language: str | None = None

    def __bool__(self) -> bool:
        return self.channel is not None or self.language is not None


def channels_and_languages(
    assistant: Assistant, first: date, last: date
) -> tuple[list[str], list[str]]:
    """Those of the newest answers chosen in some days, sorted, without the empty one; one query."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, {"assistant": assistant.pk, "first": first, "last": last})
        rows = cursor.fetchall()
    channels = sorted({channel for channel, _ in rows if channel})
    languages = sorted({language for _, language in rows if language})
    return channels[:MOST_CHOICES], languages[:MOST_CHOICES]


def only(
    whole: Figures, wanted: Attributes, *, assistant: Assistant, first: date, last: date
) -> Figures:
    """`whole` (from `figures.load`) with the answers and traffic that fit `wanted`, of the days
    `first` to `last`; three queries, over the answers chosen in these days.

    Gold stays that of all answers: how often reviewers err does not depend on a channel. Flagged
    answers are counted; how many others fit is estimated from the drawn ones of the same day and
    kind (of the kind, or of all, where none was drawn).
    """
    values: dict[str, Any] = {
        "assistant": assistant.pk,
        "first": first,
        "last": last,
        "channel": wanted.channel,
        "language": wanted.language,
        "reasons": [one.value for one in REASONS],
        "drawn": [one.value for one in DRAWN],
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNT, values)
        rows = cursor.fetchall()
        cursor.execute(SHARES, values)
        shares = cursor.fetchall()
        cursor.execute(FLAGGED, values)
        flagged = {(day, kind): answers for day, kind, answers in cursor.fetchall()}
    kinds = sorted({*whole.kinds, *(row[1] for row in rows)})
    answers = _answers(rows, {kind: code for code, kind in enumerate(kinds)})
    return replace(
        whole,
        answers=answers,
        traffic=_traffic(whole, kinds, _Shares.of(shares), flagged, first, last),
        kinds=kinds,
        reviewers=np.unique(answers.reviewer).tolist(),
        versions=np.unique(answers.version).tolist(),
    )


def _answers(rows: Sequence[tuple[Any, ...]], code: Mapping[str, int]) -> GradedAnswers:
    columns = list(zip(*rows, strict=True)) if rows else [()] * 11
    days, kinds, drawn, flagged, reviewer, version, failed, gold, n, weight, squared = columns
    return GradedAnswers(
        day=np.array([one.toordinal() for one in days], dtype=np.int64),
        kind=np.array([code[one] for one in kinds], dtype=np.int64),
        drawn=np.array(drawn, dtype=np.bool_),
        flagged=np.array(flagged, dtype=np.bool_),
        reviewer=np.array(reviewer, dtype=np.int64),
        version=np.array(version, dtype=np.int64),
        failed=np.array(failed, dtype=np.bool_),
        gold=np.array(gold, dtype=np.int8),
        n=np.array(n, dtype=np.int64),
        weight=np.array(weight, dtype=np.float64),
        weight_squared=np.array(squared, dtype=np.float64),
    )


@dataclass(frozen=True)
class _Shares:
    """What share of the drawn answers fits: of a day and kind, of a kind, of all."""

    of_cell: Mapping[tuple[date, str], float]
    of_kind: Mapping[str, float]
    of_all: float

    @classmethod
    def of(cls, rows: Sequence[tuple[date, str, float, float]]) -> _Shares:
        by_kind: dict[str, tuple[float, float]] = {}
        for _, kind, fits, drawn in rows:
            known = by_kind.get(kind, (0.0, 0.0))
            by_kind[kind] = (known[0] + fits, known[1] + drawn)
        fits_all, drawn_all = (sum(one[place] for one in by_kind.values()) for place in (0, 1))
        return cls(
            of_cell={(day, kind): fits / drawn for day, kind, fits, drawn in rows},
            of_kind={kind: fits / drawn for kind, (fits, drawn) in by_kind.items()},
            of_all=fits_all / drawn_all if drawn_all else 1.0,
        )

    def at(self, day: date, kind: str) -> float:
        """The share of a day and kind, by the nearest that is known."""
        return self.of_cell.get((day, kind), self.of_kind.get(kind, self.of_all))


def _traffic(
    whole: Figures,
    kinds: Sequence[str],
    shares: _Shares,
    flagged: Mapping[tuple[date, str], float],
    first: date,
    last: date,
) -> Traffic:
    there = whole.traffic.between(first.toordinal(), last.toordinal())
    cells = [
        (date.fromordinal(int(day)), whole.kinds[int(kind)])
        for day, kind in zip(there.day, there.kind, strict=True)
    ]
    code = {kind: number for number, kind in enumerate(kinds)}
    return Traffic(
        day=there.day,
        kind=np.array([code[kind] for _, kind in cells], dtype=np.int64),
        answers=there.answers * np.array([shares.at(*one) for one in cells], dtype=np.float64),
        flagged=np.array([flagged.get(one, 0.0) for one in cells], dtype=np.float64),
    )
