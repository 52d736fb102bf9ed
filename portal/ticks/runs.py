"""Note when each task began, succeeded, failed or was discarded, by the database's own clock.

What cannot be noted is let go: a note must never stop the work, nor fail it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import psycopg
from django.db import DatabaseError, InterfaceError, connection, transaction

from portal.ticks.notes import SUCCEEDED
from portal.ticks.reasons import reason_of

BEGAN: LiteralString = """
INSERT INTO ticks_taskrun (name, started_at, last_error, discarded)
VALUES (%s, statement_timestamp(), '', 0)
ON CONFLICT (name) DO UPDATE SET started_at = excluded.started_at
"""
FAILED: LiteralString = """
INSERT INTO ticks_taskrun (name, failed_at, last_error, discarded)
VALUES (%s, statement_timestamp(), %s, 0)
ON CONFLICT (name) DO UPDATE
SET failed_at = excluded.failed_at, last_error = excluded.last_error
"""
DISCARDED: LiteralString = """
INSERT INTO ticks_taskrun (name, last_error, discarded) VALUES (%s, '', %s)
ON CONFLICT (name) DO UPDATE SET discarded = ticks_taskrun.discarded + excluded.discarded
"""
AGES = """
SELECT name, extract(epoch FROM statement_timestamp() - started_at)::float8,
       extract(epoch FROM statement_timestamp() - succeeded_at)::float8,
       failed_at, last_error, discarded
FROM ticks_taskrun ORDER BY name
"""


@dataclass(frozen=True)
class Ran:
    """How a task stands: seconds since it began and succeeded last, None for never."""

    name: str
    began: float | None
    succeeded: float | None
    failed_at: datetime | None
    last_error: str
    discarded: int


def short(task: str) -> str:
    """The name that is kept.

    >>> short("reviews.tasks.make_rollups")
    'make_rollups'
    """
    return task.rpartition(".")[2][:60]


def _note(statement: LiteralString, *values: Any) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
    except (DatabaseError, InterfaceError):
        return False
    return True


def _note_apart(statement: LiteralString, rows: Iterable[tuple[object, ...]]) -> bool:
    """Through a connection of its own, closed again: for a worker's main process, whose children
    must not inherit a pool."""
    options = {**connection.get_connection_params(), "autocommit": True}
    try:
        with psycopg.connect(**options) as own:
            for row in rows:
                own.execute(statement, row)
    except psycopg.Error:
        return False
    return True


def began(task: str) -> bool:
    """A worker took the task up."""
    return _note(BEGAN, short(task))


def succeeded(task: str) -> bool:
    """It came to its end (or, for beat, a tick was sent)."""
    return _note(SUCCEEDED, short(task))


def failed(task: str, error: BaseException, *, apart: bool = False) -> bool:
    """It ended with an error; `apart` when this is not the process that did the work."""
    row = (short(task), str(reason_of(error))[:300])
    return _note_apart(FAILED, [row]) if apart else _note(FAILED, *row)


def discarded(counts: dict[str, int]) -> bool:
    """So many ticks of each task had expired before a worker came to them."""
    return _note_apart(DISCARDED, [(short(task), n) for task, n in sorted(counts.items())])


def all_runs() -> list[Ran]:
    """Every task that ever ran, in one small query."""
    with connection.cursor() as cursor:
        cursor.execute(AGES)
        return [Ran(*row) for row in cursor.fetchall()]
