"""Locks in PostgreSQL that end with the connection of whoever holds them.

Held while something is sent, without a transaction that stays open for as long; a worker that is
killed lets go at once. (A pooler in front must give each program a session of its own.)
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, connection


@contextmanager
def locked(name: str, number: int = 0) -> Iterator[bool]:
    """True while nobody else holds the lock `name`, `number`; False at once when somebody does.

    The same connection may take it twice, so do not ask for one you hold.
    """
    # Two whole numbers of 32 bits, with a sign, are what PostgreSQL takes.
    key = [zlib.crc32(name.encode()) - 2**31, number % 2**31]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        is_mine = bool(cursor.fetchone()[0])
    try:
        yield is_mine
    finally:
        if is_mine:
            with suppress(DatabaseError), connection.cursor() as cursor:  # gone with its connection
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)
