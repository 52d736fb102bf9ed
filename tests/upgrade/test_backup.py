"""Backup and restore as docs/operating.md says: `pg_dump` of a server in use, into an empty one."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connections

from ingestion.models import Conversation
from portal.running import embedded
from tests.world import World


def ids(url: str) -> set[str]:
    with psycopg.connect(url) as other:
        rows = other.execute("SELECT external_id FROM ingestion_conversation").fetchall()
    return {external_id for (external_id,) in rows}


def run(program: Path, *words: str) -> None:
    done = subprocess.run([str(program), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@contextmanager
def arriving(world: World) -> Iterator[list[str]]:
    """Conversations come in without a pause; the list holds those that were acknowledged."""
    acknowledged: list[str] = []
    some, enough = threading.Event(), threading.Event()

    def send() -> None:
        while not enough.is_set():
            acknowledged.extend(one.external_id for one in world.conversations(5))
            some.set()
        connections.close_all()

    sender = threading.Thread(target=send)
    sender.start()
    assert some.wait(20)
    try:
        yield acknowledged
    finally:
        enough.set()
        sender.join()


@pytest.mark.django_db(transaction=True)
def test_a_backup_of_a_running_server_can_be_restored(
    other_database: str, programs: Path, tmp_path: Path
) -> None:
    world = World()
    world.grade()
    settings_of = settings.DATABASES["default"]
    backup = tmp_path / "plumbline.dump"
    here = embedded.ensure(str(settings_of["NAME"])).database_url
    there = embedded.ensure(other_database).database_url

    with arriving(world) as acknowledged:
        before = set(acknowledged)
        run(programs / "pg_dump", "--format=custom", f"--file={backup}", here)
        after = set(acknowledged)
    run(programs / "pg_restore", "--no-owner", "--exit-on-error", f"--dbname={there}", str(backup))

    restored = ids(there)
    assert before <= restored <= set(Conversation.objects.values_list("external_id", flat=True))
    assert len(after) > len(before), "nothing arrived meanwhile"
    refused = pytest.raises(psycopg.Error, match="only added, never changed")
    with psycopg.connect(there, autocommit=True) as other, refused:
        other.execute("DELETE FROM reviews_grade")
