"""Ends a supervisor's programs when the supervisor itself was killed and could not do it.

Run by supervisor.py with a pipe as standard input; a line is `add PID` or `gone PID`. When the
pipe closes, the supervisor is no more, whatever ended it: all that is left is ended.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress

PATIENCE = 8.0


def sweep(pid: int) -> None:
    """Kill what is left of a program's process group."""
    with suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for a group of zombies
        os.killpg(pid, signal.SIGKILL)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def remaining(lines: Iterable[str]) -> set[int]:
    """The programs that were added and are not gone.

    >>> remaining(["add 7", "add 8", "gone 7"])
    {8}
    """
    pids: set[int] = set()
    for line in lines:
        word, pid = line.split()
        (pids.add if word == "add" else pids.discard)(int(pid))
    return pids


def end_all(pids: set[int]) -> None:
    """Ask every program to end (it ends its own children in the right order), then sweep."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and any(_is_there(pid) for pid in pids):
        time.sleep(0.1)
    for pid in pids:
        sweep(pid)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end_all(remaining(sys.stdin))
