"""Real servers on real sockets, on the database of the test that runs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from portal.running.embedded.process import end_with_parent, free_port

BASE = Path(__file__).resolve().parent.parent
TERM, START_SECONDS = 15, 60


def environment(*, database: str | None = None, **more: str) -> dict[str, str]:
    """The settings of a program of ours that works on the database of this test, or on another."""
    told = connection.settings_dict
    user, password = quote(told["USER"]), quote(told["PASSWORD"])
    place = f"{told['HOST']}:{told['PORT']}/{database or told['NAME']}"
    return os.environ | {
        "DATABASE_URL": f"postgres://{user}:{password}@{place}",
        "REDIS_URL": settings.REDIS_URL,
        "DEMO": "True",
        "PYTHONUNBUFFERED": "1",
        **more,
    }


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _running(command: Sequence[str], port: int, log: Path, told: dict[str, str]) -> Iterator[int]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=BASE,
            env=told,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=end_with_parent(TERM),
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def granian(log: Path, **told: str) -> Iterator[int]:
    """The web server of production; yields its port."""
    port = free_port()
    command = ["-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--blocking-threads", "4", "--no-ws", "portal.wsgi:application"]
    with _running(command, port, log, environment(**told)) as running:
        yield running


@contextmanager
def runserver(log: Path, **told: str) -> Iterator[int]:
    """Django's own server for development; yields its port."""
    port = free_port()
    command = ["manage.py", "runserver", "--noreload", "--skip-checks", f"127.0.0.1:{port}"]
    with _running(command, port, log, environment(**told)) as running:
        yield running
