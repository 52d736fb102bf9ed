"""A database that is migrated once, which every test worker's own database is a copy of.

It is kept on the server under a name made of the migrations' text; other migrations make another.
The copy is migrated as always, which finds nothing left to do. `tests/upgrade` really runs every
migration, on rows.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.apps import apps
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from tests.servers import BASE, environment

PREFIX = "plumbline_tests_"
LOCK = 0x7E57  # one worker makes it, the others wait and find it
MIGRATE_SECONDS = 300


def template_name() -> str:
    """The name that belongs to the migrations as they are on disk."""
    disk = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    return PREFIX + text_of({key: _file(migration) for key, migration in disk.items()})


def _file(migration: Migration) -> Path:
    return Path(str(sys.modules[type(migration).__module__].__file__))


def text_of(migrations: Mapping[tuple[str, str], Path]) -> str:
    """A short name for all that these files say, and for the apps that are installed."""
    text = hashlib.sha256(Path(__file__).read_bytes())
    for (label, name), file in sorted(migrations.items()):
        text.update(f"{label}.{name}\0".encode())
        text.update(file.read_bytes())
    for label in sorted(config.label for config in apps.get_app_configs()):
        text.update(f"{label}\0".encode())  # each brings rows of its own after migrating
    return text.hexdigest()[:16]


def make_template() -> str:
    """The name of the migrated database; made now if these migrations have none yet."""
    name = template_name()
    with _server() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])  # ends with the connection
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        there = {row[0] for row in cursor.fetchall()}
        if name in there:
            return name
        for old in there:  # of other migrations, or half made by a run that was cut off
            cursor.execute(f'DROP DATABASE IF EXISTS "{old}" WITH (FORCE)')
        half = f"{name}_half"
        cursor.execute(f'CREATE DATABASE "{half}"')
        _migrate(half)
        _leave_alone(half)
        cursor.execute(f'ALTER DATABASE "{half}" RENAME TO "{name}"')
        # Nobody is ever on it: it can be copied at any moment.
        cursor.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
    return name


@contextmanager
def _server() -> Iterator[CursorWrapper]:
    with connection._nodb_cursor() as cursor:
        yield cursor


def _leave_alone(database: str) -> None:
    """No autovacuum in the copies. Tests take their rows back, so it would find tables that are
    empty for good, and from then on the planner looks through thousands of a test's own rows once
    for each of them."""
    parameters = {**connection.get_connection_params(), "dbname": database}
    with psycopg.connect(**parameters, autocommit=True) as other:
        tables = other.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (name,) in tables.fetchall():
            off = sql.SQL("ALTER TABLE {} SET (autovacuum_enabled = false)")
            other.execute(off.format(sql.Identifier(name)))


def _migrate(database: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=BASE,
        env=environment(database=database),
        check=True,
        timeout=MIGRATE_SECONDS,
    )
