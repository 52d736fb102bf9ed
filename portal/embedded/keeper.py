"""The servers' parent: starts them, and ends them when nobody uses them any more.

Run as `python -m portal.embedded.keeper CHECKOUT` by lease.ensure(), never by hand.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
import time
from pathlib import Path

from portal.embedded import postgres, redis_server
from portal.embedded.errors import EmbeddedError
from portal.embedded.place import Place, find_place
from portal.embedded.process import Process, free_port

START_TIMEOUT = 60.0
POLL = 0.25


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
                raise EmbeddedError(f"A server ended at once. Its last words:\n{words}")
        if redis_server.answers(place, ports["redis"]) and postgres.answers(
            place, ports["postgres"]
        ):
            return
        time.sleep(0.05)
    raise EmbeddedError(f"The servers did not answer in {START_TIMEOUT:.0f} s; see {place.log}.")


def _serve_until_unused(place: Place, servers: list[Process]) -> None:
    """Poll: end when a server died, or when the start lock and the users lock can both be had."""
    start_lock = (place.var / "embedded.start.lock").open("w")
    users_lock = (place.var / "embedded.users.lock").open("w")
    while not any(server.has_ended for server in servers):
        time.sleep(POLL)
        try:
            fcntl.flock(start_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        try:
            fcntl.flock(users_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(start_lock, fcntl.LOCK_UN)
            continue
        return
    fcntl.flock(start_lock, fcntl.LOCK_EX)


def keep(base: Path) -> None:
    """Start the servers, write where they are, stay until they are not needed."""
    place = find_place(base)
    servers: list[Process] = []
    try:
        postgres.make_data(place)
        old = _old_ports(place)
        ports = {name: free_port(old.get(name)) for name in ("postgres", "redis")}
        servers.append(redis_server.launch(place, ports["redis"]))
        servers.append(postgres.launch(place, ports["postgres"]))
        _wait_until_they_answer(place, ports, servers)
        (place.var / "ports.json").write_text(json.dumps(ports))
        half = place.state_file.with_suffix(".half")
        half.write_text(json.dumps({"keeper": os.getpid(), **ports}))
        half.rename(place.state_file)
        _serve_until_unused(place, servers)
    finally:
        for server in servers:
            server.end()
        place.state_file.unlink(missing_ok=True)


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
        sys.stderr.write(f"The embedded servers could not start: {error}. Is var/ writable?\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
