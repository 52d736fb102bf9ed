"""The servers' parent: starts them, and ends them when nobody uses them any more.

Run as `python -m portal.running.embedded.keeper CHECKOUT` by lease.ensure(), never by hand.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

from portal.running.embedded import locks, postgres, redis_server
from portal.running.embedded.errors import EmbeddedError, unusable
from portal.running.embedded.place import Place, find_place
from portal.running.embedded.process import Process, free_port

START_TIMEOUT = 60.0
ATTEMPTS = 3
POLL = 0.25


class _EndedAtOnceError(EmbeddedError):
    """A server ended while it started; its port may have been taken in between."""


def _old_ports(place: Place) -> dict[str, int]:
    ports = place.var / "ports.json"
    try:
        return dict(json.loads(ports.read_text()))
    except (OSError, ValueError):
        return {}


def _wait_until_they_answer(place: Place, ports: dict[str, int], servers: list[Process]) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        for server in servers:
            if server.has_ended:
                words = postgres.last_words(server.log)
                raise _EndedAtOnceError(f"A server ended at once. Its last words:\n{words}")
        if redis_server.answers(place, ports["redis"]) and postgres.answers(
            place, ports["postgres"]
        ):
            return
        time.sleep(0.05)
    raise EmbeddedError(f"The servers did not answer in {START_TIMEOUT:.0f} s; see {place.log}.")


def _start(place: Place, servers: list[Process], wanted: dict[str, int]) -> dict[str, int]:
    """Start both, on the wanted ports where they are free."""
    ports = {name: free_port(wanted.get(name)) for name in ("postgres", "redis")}
    servers.append(redis_server.launch(place, ports["redis"]))
    servers.append(postgres.launch(place, ports["postgres"]))
    _wait_until_they_answer(place, ports, servers)
    (place.var / "ports.json").write_text(json.dumps(ports))
    return ports


def _start_patiently(place: Place, servers: list[Process]) -> dict[str, int]:
    """Start both on the ports of last time; on others when those are taken in between."""
    for _ in range(ATTEMPTS - 1):
        try:
            return _start(place, servers, _old_ports(place))
        except _EndedAtOnceError:
            _end(servers)
            (place.var / "ports.json").unlink(missing_ok=True)
            time.sleep(0.5)
    return _start(place, servers, {})


def _end(servers: list[Process]) -> None:
    while servers:
        servers.pop().end()


def _announce(place: Place, ports: dict[str, int]) -> None:
    half = place.state_file.with_suffix(".half")
    half.write_text(json.dumps({"keeper": os.getpid(), **ports}))
    half.replace(place.state_file)


def _serve_until_unused(place: Place, servers: list[Process]) -> list[locks.Lock]:
    """Stay until a server died, or until nobody uses them; then nobody may start meanwhile.

    The locks in the answer hold new users back until the servers have ended.
    """
    starting, users = locks.open_lock(place, "start"), locks.open_lock(place, "users")
    while not any(server.has_ended for server in servers):
        time.sleep(POLL)
        if not starting.take():
            continue
        if users.take():
            return [starting, users]
        starting.release()
    return []


def _has_users(place: Place) -> bool:
    users = locks.open_lock(place, "users")
    try:
        return not users.take()
    finally:
        users.close()


def keep(base: Path) -> None:
    """Start the servers, write where they are, stay until they are not needed."""
    place = find_place(base)
    only_one = locks.open_lock(place, "keeper")
    if not only_one.take(wait=30.0):
        raise EmbeddedError("The servers of this checkout take too long to end: try again.")
    if not _has_users(place):
        return  # whoever started us was killed while we waited
    servers: list[Process] = []
    held: list[locks.Lock] = []
    try:
        postgres.make_data(place)
        _announce(place, _start_patiently(place, servers))
        held = _serve_until_unused(place, servers)
    finally:
        _end(servers)
        place.state_file.unlink(missing_ok=True)
        for lock in [*held, only_one]:
            lock.release()


def main() -> int:
    """Entry point; says in one line on stderr why it could not start."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        keep(Path(sys.argv[1]))
    except EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{unusable(error)}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
