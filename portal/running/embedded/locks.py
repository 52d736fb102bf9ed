"""Locks between processes of one checkout; the kernel releases those of a process that died.

start   held while somebody starts the servers, or the keeper ends them
users   shared by every process that uses the servers
keeper  held by the one process that is the servers' parent
"""

from __future__ import annotations

import fcntl
import time
from typing import Literal, TextIO

from portal.running.embedded.errors import unusable
from portal.running.embedded.place import Place


class Lock:
    """A lock on an open file."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def take(self, *, shared: bool = False, wait: float = 0.0) -> bool:
        """True when we hold it, at the latest after `wait` seconds."""
        how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        deadline = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(self._file, how | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(0.02)
            else:
                return True

    def release(self) -> None:
        """Give it back, for good when the file is closed with it."""
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give it back and forget the file (children that were forked may hold it still)."""
        self._file.close()


def open_lock(place: Place, name: Literal["start", "users", "keeper"]) -> Lock:
    """The lock `name` of a checkout, not yet taken."""
    try:
        return Lock((place.var / f"embedded.{name}.lock").open("w"))
    except OSError as error:
        raise unusable(error) from error
