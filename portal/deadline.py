"""Talk to the outside within a time that is counted over all of it.

A time-out of a socket begins anew with each letter that drips in; what is here does not.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from threading import Thread, Timer


class Deadline:
    """So many seconds from now, whatever happens meanwhile."""

    def __init__(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        """True when no time is left."""
        return time.monotonic() >= self.until

    def left(self) -> float:
        """The seconds that are left; raises TimeoutError when there are none."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("out of time")
        return left


class Cutter:
    """Ends a connection at its deadline, also in the middle of a handshake or of a slow line.

    It works on a copy of the descriptor, so the connection may be wrapped in TLS meanwhile.
    """

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._copy = connection.dup()
        self._timer = self._begin(deadline)

    def _begin(self, deadline: Deadline) -> Timer:
        timer = Timer(max(deadline.until - time.monotonic(), 0.0), self._cut)
        timer.daemon = True
        timer.start()
        return timer

    def _cut(self) -> None:
        with suppress(OSError):  # it ended by itself just now
            self._copy.shutdown(socket.SHUT_RDWR)

    def move(self, deadline: Deadline) -> None:
        """Cut at another time."""
        self._timer.cancel()
        self._timer = self._begin(deadline)

    def close(self) -> None:
        """Cut no more."""
        self._timer.cancel()
        self._copy.close()


def look_up(host: str, port: int, deadline: Deadline) -> tuple[str, ...]:
    """The addresses of a name, each once. Raises OSError, UnicodeError or TimeoutError.

    A look-up cannot be stopped, so it runs in a thread that is left behind when it takes too long.
    """
    found: list[tuple[str, ...]] = []
    failed: list[OSError | UnicodeError] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.append(tuple(dict.fromkeys(str(one[4][0]) for one in answers)))
        except (OSError, UnicodeError) as error:
            failed.append(error)

    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(deadline.left())
    if failed:
        raise failed[0]
    if not found:
        raise TimeoutError(f"no address of {host} in time")
    return found[0]


def connect(addresses: tuple[str, ...], port: int, deadline: Deadline) -> socket.socket:
    """A connection to the first of the addresses that takes one. Raises OSError."""
    last: OSError = ConnectionError()
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=deadline.left())
        except OSError as error:
            last = error
    raise last
