"""What two shortcuts buy that make the code longer: each beside the plain way to the same."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from statistics import median
from typing import Any

import msgspec
import numpy as np
from django.db import connection
from django.utils import timezone

from bench import furnish
from bench.figures import FIRST, WEEKS, seconds
from bench.graded import REVIEWERS, Graded, fill
from bench.intake import conversation
from bench.verdicts import Line
from ingestion.api.auth import Caller, read_caller
from ingestion.intake import store
from ingestion.models import Assistant
from ingestion.wire import ConversationIn
from portal.accounts.access import key_digest
from portal.accounts.models import Team, User
from reviews.measure import figures
from reviews.measure.rollups import count_day
from reviews.models import Rollup

SIZE = 200_000
STORED = 400
LEAST = 1.1  # a shortcut that buys less than a tenth is not worth its lines

PLAIN = """
SELECT r.day, r.kind, v.number, r.reason, r.place, r.flagged, r.gold, r.reviewer_id, r.good,
    r.not_good, r.weight, r.weight_squared, r.weight_good, r.weight_squared_good
FROM reviews_rollup r JOIN reviews_definitionversion v ON v.id = r.version_id
WHERE r.assistant_id = %s AND r.day BETWEEN %s AND %s AND r.reason = ANY(%s)
  AND (r.place = 'first' OR (r.place = 'second' AND r.gold <> -1)) AND r.good + r.not_good > 0
ORDER BY r.day, r.kind, v.number, r.reason, r.place, r.flagged, r.gold, r.reviewer_id
"""


def plain_rows(graded: Graded) -> int:
    """The counted rows as Python has them from a cursor, then as arrays; how many answers."""
    values: list[Any] = [graded.assistant.pk, graded.first, graded.last]
    reasons = [one.value for one in figures.REASONS]
    with connection.cursor() as cursor:
        cursor.execute(PLAIN, [*values, reasons])
        columns: list[Any] = list(zip(*cursor.fetchall(), strict=True))
    day, kind, version, reason, place, flagged, gold, *counts = columns
    codes = {name: code for code, name in enumerate(sorted(set(kind)))}
    _ = (
        np.array([one.toordinal() for one in day]), np.array([codes[one] for one in kind]),
        np.array(version), np.array([one in reasons[:2] for one in reason]), np.array(flagged),
        np.array(gold),
    )  # fmt: skip
    _, good, not_good, *_ = (np.array(one) for one in counts)
    return int((good + not_good)[np.array([one == "first" for one in place])].sum())


def packed_rows(graded: Graded) -> int:
    """The same by packed numbers in the database's own form."""
    kinds = sorted(
        Rollup.objects.filter(assistant=graded.assistant).values_list("kind", flat=True).distinct()
    )
    rows = figures.counted_rows(graded.assistant, graded.first, graded.last, kinds, 0)
    return int((rows["good"] + rows["not_good"])[rows["is_first"]].sum())


def of_figures(team: Team) -> list[Line]:
    """Half a year of grades, loaded packed and plain."""
    assistant = Assistant.objects.create(team=team, name="Shortcuts", slug="shortcuts")
    people = [
        User.objects.create_user(f"s{number}@bench.example", None, name=f"S {number}").pk
        for number in range(REVIEWERS)
    ]
    first, days = FIRST - timedelta(weeks=WEEKS), 7 * WEEKS
    graded = Graded(assistant, furnish.desk(assistant).version, people, first, days, SIZE)
    fill(graded)
    for day in range(days):
        count_day(assistant_id=assistant.pk, day=first + timedelta(days=day))
    if plain_rows(graded) != packed_rows(graded):
        raise RuntimeError("the two ways count different answers")
    count = Rollup.objects.filter(assistant=assistant).count()
    return beside(
        f"figures: {count:,} rows of half a year, plain / packed",
        seconds(lambda: plain_rows(graded)),
        seconds(lambda: packed_rows(graded)),
    )


def of_intake(secret: str) -> list[Line]:
    """One conversation at a time, its key read for each, and remembered with proof."""
    digest = key_digest(secret)
    rows = [
        msgspec.convert(conversation(number, "short"), ConversationIn, strict=False)
        for number in range(2 * STORED)
    ]

    def anew(row: ConversationIn) -> None:
        caller = known(digest)
        store(assistant=caller.assistant, rows=[(0, row)], rejected=[], at=timezone.now())

    def remembered(row: ConversationIn) -> None:
        now = timezone.now()
        store(assistant=kept.assistant, rows=[(0, row)], rejected=[], at=now, proof=kept.proof)

    kept = known(digest)
    ways: tuple[Callable[[ConversationIn], None], ...] = (anew, remembered)
    taken: tuple[list[float], list[float]] = ([], [])
    for number, row in enumerate(rows):  # in turn, so that a slow moment hits both
        start = time.perf_counter()
        ways[number % 2](row)
        taken[number % 2].append(time.perf_counter() - start)
    return beside("intake: one conversation, key read / proved", median(taken[0]), median(taken[1]))


def known(digest: str) -> Caller:
    """The caller, as the endpoint reads it."""
    caller = read_caller(digest)
    if caller is None:
        raise RuntimeError("the key of the benchmark does not work")
    return caller


def beside(name: str, plain: float, short: float) -> list[Line]:
    """Both times, and by how much the shortcut is faster."""
    ratio = plain / short
    return [
        Line(name, f"{plain * 1000:.2f} / {short * 1000:.2f} ms"),
        Line(f"{name}, ratio", f"{ratio:.2f}", f">= {LEAST}", ratio >= LEAST),
    ]


def measure(team: Team, secret: str) -> list[Line]:
    """Both."""
    return of_intake(secret) + of_figures(team)
