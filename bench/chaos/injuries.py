"""What is done to the house, one thing a round. Each is a context manager: the harm is done on
entering and undone on leaving; what was killed is started again by whoever starts it in real life.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import redis

from bench.chaos.house import DATABASE, House
from bench.chaos.outside import MOODS, MailServer
from portal.running.embedded.process import end_with_parent

STOPPED_FOR = 8.0
AT_ONCE = 0.1  # a kill is over at once: what is measured after it is the whole recovery
ROOT = Path(__file__).resolve().parent.parent.parent
CLOCKS = (
    "2027-03-28T00:59:30+00:00",  # half a minute before London's clocks go forward
    "2027-03-28T01:00:30+00:00",
    "2026-10-25T00:59:30+00:00",  # and before they go back
    "2026-10-25T01:00:30+00:00",
)


@dataclass(frozen=True)
class Injury:
    """A name for the table, how long it lasts, and how it is done."""

    name: str
    lasts: float
    do: Callable[[], AbstractContextManager[None]]


def _signal_all(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


@contextmanager
def killed(house: House, name: str, *, child: bool) -> Iterator[None]:
    """SIGKILL to the main process, or to one of its children alone."""
    pids = house.processes(name)
    _signal_all(pids[1:2] if child and len(pids) > 1 else pids[:1], signal.SIGKILL)
    yield


@contextmanager
def stopped(house: House, name: str) -> Iterator[None]:
    """SIGSTOP to all its processes, SIGCONT after a while: silent, not gone."""
    pids = house.processes(name)
    _signal_all(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal_all(pids, signal.SIGCONT)


@contextmanager
def flushed(house: House) -> Iterator[None]:
    """Redis forgets everything."""
    with suppress(redis.RedisError), redis.Redis.from_url(house.redis_url) as client:
        client.flushall()
    yield


@contextmanager
def second_beat(house: House, environ: dict[str, str]) -> Iterator[None]:
    """Two beats at once."""
    assert house.supervisor is not None
    beat = next(one for one in house.supervisor.programs if one.name == "beat")
    with (house.folder / "log" / "second_beat.log").open("ab") as log:
        extra = subprocess.Popen(
            beat.command, cwd=ROOT, env=environ, stdout=log, stderr=log,
            preexec_fn=end_with_parent(signal.SIGKILL),
        )  # fmt: skip
    try:
        yield
    finally:
        extra.kill()
        extra.wait()


@contextmanager
def bad_mail(mails: MailServer, mood: str) -> Iterator[None]:
    """The mail server in another mood."""
    mails.mood = mood
    try:
        yield
    finally:
        mails.mood = "well"


@contextmanager
def clock_jumps(house: House, environ: dict[str, str], moment: str) -> Iterator[None]:
    """Every tick once by a clock that is wrong, across a change of summer time."""
    command = [sys.executable, "-m", "bench.chaos.clock", moment]
    with (house.folder / "log" / "clock.log").open("ab") as log:
        extra = subprocess.Popen(
            command, cwd=ROOT, env=environ, stdout=log, stderr=log,
            preexec_fn=end_with_parent(signal.SIGKILL),
        )  # fmt: skip
    try:
        yield
        with suppress(subprocess.TimeoutExpired):
            extra.wait(30)
    finally:
        extra.kill()
        extra.wait()


@contextmanager
def full_disk(house: House) -> Iterator[None]:
    """A file takes all that is left on the database's disk."""
    ballast = house.disk() / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(b"\0" * 1_000_000):
            pass
    try:
        yield
    finally:
        ballast.unlink(missing_ok=True)


@contextmanager
def connections_cut(house: House) -> Iterator[None]:
    """Every session of the database is ended at once, as a failover does."""
    import psycopg  # noqa: PLC0415 - only here

    with suppress(psycopg.Error), psycopg.connect(house.database_url, autocommit=True) as own:
        own.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = %s AND pid <> pg_backend_pid()",
            [DATABASE],
        )
    yield


def all_injuries(house: House, mails: MailServer, environ: dict[str, str]) -> list[Injury]:
    """Everything we know to do, in the order of the table."""
    found = []
    for name in house.programs():
        found += [
            Injury(f"kill -9 {name}", AT_ONCE, partial(killed, house, name, child=False)),
            Injury(f"kill -9 a child of {name}", AT_ONCE, partial(killed, house, name, child=True)),
            Injury(f"stop {name}", STOPPED_FOR, partial(stopped, house, name)),
        ]
    for name in ("postgres", "redis"):
        found += [
            Injury(f"kill -9 {name}", AT_ONCE, partial(killed, house, name, child=False)),
            Injury(f"stop {name}", STOPPED_FOR, partial(stopped, house, name)),
        ]
    found += [
        Injury("kill -9 one backend", AT_ONCE, partial(killed, house, "postgres", child=True)),
        Injury("all sessions cut", AT_ONCE, partial(connections_cut, house)),
        Injury("redis flushed", AT_ONCE, partial(flushed, house)),
        Injury("two beats", STOPPED_FOR, partial(second_beat, house, environ)),
    ]
    for mood in MOODS[1:]:
        name = f"mail server: {mood.replace('_', ' ')}"
        found.append(Injury(name, 12, partial(bad_mail, mails, mood)))
    for moment in CLOCKS:
        name = f"clock at {moment[:16]}"
        found.append(Injury(name, 2, partial(clock_jumps, house, environ, moment)))
    if house.on_small_disk:
        found.append(Injury("disk full", 6, partial(full_disk, house)))
    return found


def rounds_of(injuries: list[Injury], rounds: int, dice: random.Random) -> list[Injury]:
    """So many rounds: each injury before any comes again, in an order by the dice."""
    plan: list[Injury] = []
    while len(plan) < rounds:
        deck = list(injuries)
        dice.shuffle(deck)
        plan += deck
    return plan[:rounds]
