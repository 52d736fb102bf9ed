"""The embedded Redis (or Valkey): a wheel's program or the system's, started by us."""

from __future__ import annotations

import signal
import socket

from portal.running.embedded.place import Place, secret
from portal.running.embedded.process import Process, end_leftover, start


def _password(place: Place) -> str:
    return secret(place.state / "redis_password")


def launch(place: Place, port: int) -> Process:
    """Start the server as our child. It carries no truth, so it keeps nothing on disk.

    Its settings come by its standard input: the password is in no command line.
    """
    pid_file = place.redis / "redis.pid"
    end_leftover(pid_file, "-server 127.0.0.1:", signal.SIGTERM)
    told = (
        f"bind 127.0.0.1\nport {port}\nrequirepass {_password(place)}\n"
        f'save ""\nappendonly no\ndir "{place.redis}"\npidfile "{pid_file}"\n'
        "maxmemory-policy noeviction\n"
    )
    command = [str(place.redis_server), "-"]
    log = place.log / "redis.log"
    return start(command, log=log, user=place.user, end_signal="SIGTERM", told=told)


def url(place: Place, port: int) -> str:
    """Where the server answers."""
    return f"redis://:{_password(place)}@127.0.0.1:{port}/0"


def answers(place: Place, port: int) -> bool:
    """True when the server takes commands."""
    asked = f"AUTH {_password(place)}\r\nPING\r\n".encode()
    told = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as server:
            server.sendall(asked)
            while told.count(b"\r\n") < 2 and (more := server.recv(100)):
                told += more
    except OSError:
        return False
    return told == b"+OK\r\n+PONG\r\n"
