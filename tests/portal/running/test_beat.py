"""Beat without Django: it sends the timetable's ticks by their roads, and notes that it does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest
import redis
from django.conf import settings

from portal.running import embedded
from portal.running.beat import NOTE_EVERY, Notes
from portal.ticks.models import TaskRun
from portal.timetable import ROUTES, TIMETABLE

LOADED = "import portal.running.beat, sys; print([m for m in sys.modules if m.startswith(NAMES)])"


def test_beat_loads_neither_pages_nor_mathematics() -> None:
    heavy = ("numpy", "scipy", "django.db", "django.template", "ingestion", "reviews", "allauth")
    command = [sys.executable, "-c", LOADED.replace("NAMES", repr(heavy))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.django_db(transaction=True)
def test_it_notes_itself_now_and_then() -> None:
    database = str(settings.DATABASES["default"]["NAME"])
    notes = Notes(embedded.ensure(database).database_url)
    notes.sent()
    assert TaskRun.objects.get().name == "beat"
    TaskRun.objects.all().delete()
    notes.sent()
    assert not TaskRun.objects.exists()
    notes.noted -= NOTE_EVERY
    notes.sent()
    assert TaskRun.objects.exists()


def test_a_silent_database_does_not_stop_it() -> None:
    Notes("postgres://nobody@127.0.0.1:1/nothing").sent()


def test_every_tick_takes_its_road() -> None:
    url = embedded.ensure("postgres").redis_url.removesuffix("/0") + "/9"
    queues = redis.Redis.from_url(url)
    queues.flushdb()
    environ = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
        "REDIS_URL": url,
        "DEMO": "True",
        "SECRET_KEY": "x" * 50,
    }
    beat = subprocess.Popen([sys.executable, "-m", "portal.running.beat"], env=environ)
    often = {name for name, seconds in TIMETABLE if seconds <= 5}
    found: set[tuple[str, str]] = set()
    deadline = time.monotonic() + 60
    try:
        while {name for name, _ in found} < often and time.monotonic() < deadline:
            for queue in ("plumbline", "outside"):
                while message := queues.lpop(queue):
                    assert isinstance(message, bytes)
                    found.add((json.loads(message)["headers"]["task"], queue))
            time.sleep(0.1)
    finally:
        beat.terminate()
        assert beat.wait(20) == 0
        queues.flushdb()
    assert {name for name, _ in found} >= often
    for name, queue in found:
        assert queue == ROUTES.get(name, {"queue": "plumbline"})["queue"]
