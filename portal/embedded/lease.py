"""Use the embedded servers: start them if they do not run, and count as a user until we leave."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

from portal.embedded import postgres, redis_server
from portal.embedded.errors import EmbeddedError
from portal.embedded.place import Place, find_place

BASE = Path(__file__).resolve().parent.parent.parent
START_TIMEOUT = 90.0
_held: list[TextIOWrapper] = []


@dataclass(frozen=True)
class Servers:
    """Where the two servers answer."""

    database_url: str
    redis_url: str


def _state(place: Place) -> dict[str, int] | None:
    """What the keeper wrote, if its servers answer."""
    try:
        state = dict(json.loads(place.state_file.read_text()))
    except (OSError, ValueError):
        return None
    alive = postgres.answers(place, state["postgres"]) and redis_server.answers(
        place, state["redis"]
    )
    return state if alive else None


def _await_keeper(place: Place, keeper: subprocess.Popen[str]) -> dict[str, int]:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if keeper.poll() is not None:
            words = keeper.stderr.read().strip() if keeper.stderr else ""
            raise EmbeddedError(words or f"The embedded servers ended; see {place.log}.")
        if place.state_file.exists() and (state := _state(place)):
            return state
        time.sleep(0.05)
    keeper.terminate()
    raise EmbeddedError(f"The embedded servers did not start in time; see {place.log}.")


def _start_keeper(place: Place, base: Path) -> dict[str, int]:
    place.state_file.unlink(missing_ok=True)
    keeper = subprocess.Popen(  # noqa: S603 - our own module, no shell
        [sys.executable, "-m", "portal.embedded.keeper", str(base)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=BASE,
        text=True,
        start_new_session=True,
    )
    return _await_keeper(place, keeper)


def _count_as_user(place: Place) -> None:
    if not _held:
        lock = (place.var / "embedded.users.lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_SH)
        _held.append(lock)


def ensure(database: str = "plumbline", base: Path = BASE) -> Servers:
    """Start what is not running, make `database` if it is missing, and say where they answer.

    Raises EmbeddedError with the reason and the fix. Safe to call from many processes at once.
    """
    place = find_place(base)
    try:
        start_lock = (place.var / "embedded.start.lock").open("w")
    except OSError as error:
        raise EmbeddedError(
            f"Cannot write in {place.var} ({error.strerror}). Make it writable for "
            "this account, or set DATABASE_URL and REDIS_URL to real servers."
        ) from error
    with start_lock:
        fcntl.flock(start_lock, fcntl.LOCK_EX)
        _count_as_user(place)
        state = _state(place) or _start_keeper(place, base)
        postgres.make_database(place, state["postgres"], database)
    return Servers(
        database_url=postgres.url(place, state["postgres"], database),
        redis_url=redis_server.url(place, state["redis"]),
    )


def _is_running(pid: int) -> bool:
    """True for a live process; a dead child of ours that nobody waited for is not one."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def stop(base: Path = BASE, timeout: float = 20.0) -> bool:
    """Leave; True when the servers ended because nobody else uses them.

    False means that others still do, or that they take longer than `timeout` seconds.
    """
    place = find_place(base)
    try:
        keeper = int(json.loads(place.state_file.read_text())["keeper"])
    except (OSError, ValueError, KeyError):
        return True
    while _held:
        _held.pop().close()
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if not _is_running(keeper):
            return True
        with (place.var / "embedded.users.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if place.state_file.exists():
                    return False
        time.sleep(0.1)
    return False
