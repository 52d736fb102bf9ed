"""Use the embedded servers: start them if they do not run, and count as a user until we leave."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from portal.running.embedded import locks, postgres, redis_server
from portal.running.embedded.errors import EmbeddedError, unusable
from portal.running.embedded.place import Place, find_place
from portal.running.embedded.process import command_of
from portal.running.progress import step

BASE = Path(__file__).resolve().parent.parent.parent.parent
START_TIMEOUT = 120.0
_held: dict[Path, locks.Lock] = {}


@dataclass(frozen=True)
class Servers:
    """Where the two servers answer."""

    database_url: str
    redis_url: str


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


def _noted(place: Place) -> dict[str, int] | None:
    """What the keeper wrote down, true or not any more."""
    try:
        return dict(json.loads(place.state_file.read_text()))
    except (OSError, ValueError):
        return None


def _is_keeper(pid: int) -> bool:
    """True while it lives: a dead process that nobody waited for has no command line."""
    return "portal.running.embedded.keeper" in command_of(pid)


def _answering(place: Place) -> dict[str, int] | None:
    """What the keeper wrote, if it lives and its servers answer."""
    state = _noted(place)
    if state is None or not _is_keeper(state["keeper"]):
        return None
    alive = postgres.answers(place, state["postgres"]) and redis_server.answers(
        place, state["redis"]
    )
    return state if alive else None


def _await_keeper(place: Place, keeper: subprocess.Popen[str]) -> dict[str, int]:
    """Wait for the keeper we started, or for one whose starter died before it held its lock."""
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if state := _answering(place):
            if state["keeper"] != keeper.pid:
                _dismiss(keeper)
            return state
        if keeper.poll() is not None:
            words = keeper.stderr.read().strip() if keeper.stderr else ""
            raise EmbeddedError(words or f"The embedded servers ended; see {place.log}.")
        time.sleep(0.02)
    _dismiss(keeper)
    raise EmbeddedError(f"The embedded servers did not start in time; see {place.log}.")


def _dismiss(keeper: subprocess.Popen[str]) -> None:
    keeper.terminate()
    keeper.wait()


def _start_keeper(place: Place, base: Path) -> dict[str, int]:
    keeper = subprocess.Popen(  # noqa: S603 - our own module, no shell
        [sys.executable, "-m", "portal.running.embedded.keeper", str(base)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=BASE,
        text=True,
        start_new_session=True,
    )
    with step("Starting PostgreSQL and Redis", _say, quiet=1.5):
        return _await_keeper(place, keeper)


def _find_or_start(place: Place, base: Path) -> dict[str, int]:
    """The servers that answer, if need be after a keeper has started or ended its own."""
    keeper = locks.open_lock(place, "keeper")
    deadline = time.monotonic() + START_TIMEOUT
    try:
        while not (state := _answering(place)):
            if keeper.take():
                keeper.release()
                return _start_keeper(place, base)
            if time.monotonic() > deadline:
                raise EmbeddedError(f"The embedded servers do not answer; see {place.log}.")
            time.sleep(0.1)
    finally:
        keeper.close()
    return state


def _count_as_user(place: Place) -> None:
    if place.var not in _held:
        lock = locks.open_lock(place, "users")
        lock.take(shared=True, wait=START_TIMEOUT)
        _held[place.var] = lock


def ensure(database: str = "plumbline", base: Path = BASE) -> Servers:
    """Start what is not running, make `database` if it is missing, and say where they answer.

    Raises EmbeddedError with the reason and the fix. Safe to call from many processes at once.
    """
    try:
        place = find_place(base)
        starting = locks.open_lock(place, "start")
        if not starting.take(wait=START_TIMEOUT):
            raise EmbeddedError("Another process takes too long to start the servers: try again.")
        try:
            _count_as_user(place)
            state = _find_or_start(place, base)
            postgres.make_database(place, state["postgres"], database)
        finally:
            starting.close()
        return Servers(
            database_url=postgres.url(place, state["postgres"], database),
            redis_url=redis_server.url(place, state["redis"]),
        )
    except OSError as error:
        raise unusable(error) from error


def attend(base: Path = BASE) -> None:
    """Count as a user without starting anything: what somebody else starts then stays."""
    try:
        _count_as_user(find_place(base))
    except OSError as error:
        raise unusable(error) from error


def is_running(base: Path = BASE) -> bool:
    """True while the servers' parent lives; cheap enough to ask twice a second."""
    state = _noted(find_place(base))
    return state is not None and _is_keeper(state["keeper"])


def stop(base: Path = BASE, timeout: float = 20.0) -> bool:
    """Leave; True when the servers ended because nobody else uses them.

    False means that others still do, or that they take longer than `timeout` seconds.
    """
    place = find_place(base)
    if lock := _held.pop(place.var, None):
        lock.close()
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        state = _noted(place)
        if state is None or not _is_keeper(state["keeper"]):
            return True
        if _is_used(place):
            return False
        time.sleep(0.05)
    return False


def _is_used(place: Place) -> bool:
    """True when another process uses the servers; False too while they are being ended."""
    users = locks.open_lock(place, "users")
    try:
        return not users.take() and place.state_file.exists() and not _is_ending(place)
    finally:
        users.close()


def _is_ending(place: Place) -> bool:
    """The keeper holds the lock of starting only while it ends the servers."""
    starting = locks.open_lock(place, "start")
    try:
        return not starting.take()
    finally:
        starting.close()
