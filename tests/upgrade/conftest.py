"""Databases of their own beside the tests' one, on the embedded server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from portal.running import embedded
from portal.running.embedded.lease import BASE
from portal.running.embedded.place import find_place


@pytest.fixture
def programs() -> Path:
    """PostgreSQL's own programs, of the version of the embedded server."""
    return find_place(BASE).postgres_bin


@pytest.fixture
def other_database(worker_id: str) -> Iterator[str]:
    """The name of an empty database; dropped afterwards."""
    name = f"plumbline_other_{worker_id}"
    url = embedded.ensure("postgres").database_url
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(drop)
        embedded.ensure(name)
        yield name
        server.execute(drop)
