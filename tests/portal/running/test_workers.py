"""Worker, outside and beat from one start: they work, are started again, and leave nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings

from bench.memory import family
from portal.celery import app
from portal.running import embedded
from portal.running.embedded.place import find_place
from portal.running.embedded.process import free_port
from portal.ticks.models import TaskRun

pytestmark = [
    pytest.mark.long,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="who is whose child is read there"),
]


def until(condition: Callable[[], bool], seconds: float = 40.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def launch(database_url: str, redis_url: str) -> subprocess.Popen[bytes]:
    environ = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "DEMO": "True",
        "SECRET_KEY": "x" * 50,
    }
    return subprocess.Popen([sys.executable, "-m", "portal.running.workers"], env=environ)


@pytest.fixture
def start() -> Iterator[subprocess.Popen[bytes]]:
    """The three on the tests' own database, with a Redis database of their own."""
    servers = embedded.ensure(str(settings.DATABASES["default"]["NAME"]))
    url = servers.redis_url.removesuffix("/0") + "/9"
    redis.Redis.from_url(url).flushdb()
    process = launch(servers.database_url, url)
    yield process
    process.kill()
    process.wait()
    redis.Redis.from_url(url).flushdb()


def works() -> bool:
    """True when beat sent, worker counted and outside looked for mails."""
    done = TaskRun.objects.filter(succeeded_at__isnull=False).values_list("name", flat=True)
    return {"beat", "digest_intake", "deliver_mails"} <= set(done)


def test_the_three_work_and_come_back(start: subprocess.Popen[bytes]) -> None:
    until(works)
    children = family(start.pid) - {start.pid}
    assert len(children) == 5  # worker and its two, outside, beat
    for pid in children:
        os.kill(pid, signal.SIGKILL)
    TaskRun.objects.all().delete()
    until(works)
    left = family(start.pid)
    start.send_signal(signal.SIGTERM)
    assert start.wait(30) == 0
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left), 10)


def test_nothing_outlives_its_start(start: subprocess.Popen[bytes]) -> None:
    until(lambda: len(family(start.pid)) == 6)
    left = family(start.pid) - {start.pid}
    start.kill()
    start.wait()
    until(lambda: not any(family(pid) for pid in left), 30)


def test_when_one_keeps_ending_all_end(start: subprocess.Popen[bytes]) -> None:
    until(lambda: len(family(start.pid)) == 6)
    deadline = time.monotonic() + 50
    while start.poll() is None and time.monotonic() < deadline:
        for pid in family(start.pid) - {start.pid}:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.3)
    assert start.wait(1) == 1


class OwnRedis:
    """A Redis that a test may end and start again, on one port."""

    def __init__(self) -> None:
        self.port = free_port()
        self.begin()

    def begin(self) -> None:
        program = find_place(settings.BASE_DIR).redis_server
        options = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "")
        self.process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


def test_all_come_back_without_a_hand_when_redis_was_gone_and_when_it_was_silent() -> None:
    servers = embedded.ensure(str(settings.DATABASES["default"]["NAME"]))
    own = OwnRedis()
    process = launch(servers.database_url, f"redis://127.0.0.1:{own.port}/0")
    try:
        until(works)
        own.end()
        time.sleep(5)  # several tries to connect
        own.begin()
        TaskRun.objects.all().delete()
        until(works, 60)
        own.process.send_signal(signal.SIGSTOP)
        time.sleep(7)  # longer than every time-out
        own.process.send_signal(signal.SIGCONT)
        TaskRun.objects.all().delete()
        until(works, 60)
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()
        own.end()


def test_a_worker_never_gives_redis_up() -> None:
    assert app.conf.broker_connection_max_retries is None
