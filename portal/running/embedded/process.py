"""Child processes that end with their parent, whatever ends it."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.running.embedded.errors import EmbeddedError

PR_SET_PDEATHSIG = 1


def run_as(user: str | None) -> dict[str, Any]:
    """The arguments of subprocess that change to `user`."""
    if user is None:
        return {}
    account = pwd.getpwnam(user)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def end_with_parent(number: int) -> Callable[[], None]:
    """For `preexec_fn`: ask the kernel for a signal when the parent dies (Linux only).

    Called after the change of user, which would clear it.
    """
    if not sys.platform.startswith("linux"):
        return lambda: None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os.kill(os.getpid(), signal.SIGKILL)

    return ask


@dataclass
class Process:
    """A running child, the signal that ends it well, and its log."""

    popen: subprocess.Popen[bytes]
    end_signal: signal.Signals
    log: Path

    @property
    def has_ended(self) -> bool:
        return self.popen.poll() is not None

    def end(self, timeout: float = 20.0) -> None:
        """Ask it to end, wait, and insist if it does not."""
        if self.has_ended:
            return
        self.popen.send_signal(self.end_signal)
        try:
            self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()


def start(
    command: list[str], *, log: Path, user: str | None, end_signal: str, told: str = ""
) -> Process:
    """Start a server in its own process group, its output in `log`; `told` is its input."""
    number = signal.Signals[end_signal]
    with log.open("ab") as output:
        popen = subprocess.Popen(  # noqa: S603 - our own binaries, no shell
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            process_group=0,
            preexec_fn=end_with_parent(number),
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            **run_as(user),
        )
    assert popen.stdin is not None  # noqa: S101 - it was made with a pipe
    with suppress(BrokenPipeError), popen.stdin as pipe:  # a server that ended at once: see its log
        pipe.write(told.encode())
    return Process(popen, number, log)


def command_of(pid: int) -> str:
    """The command line of a process; nothing for one that ended, waited for or not."""
    proc = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self").exists():
        try:
            return proc.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    ps = ["/bin/ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(ps, capture_output=True, text=True, check=False).stdout  # noqa: S603


def end_leftover(pid_file: Path, mark: str, number: signal.Signals, timeout: float = 20.0) -> None:
    """End a server that outlived its keeper; `mark` in its command line tells it is really ours.

    A note of a process that is no longer, or is somebody else by now, is removed.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return
    deadline = time.monotonic() + timeout
    if mark in command_of(pid):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    while mark in command_of(pid):
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"An old server (process {pid}) does not end: kill it and try again."
            )
        time.sleep(0.05)
    pid_file.unlink(missing_ok=True)


def free_port(wanted: int | None = None) -> int:
    """`wanted` if it is free on the loopback address, else any that is."""
    for port in [*([wanted] if wanted else []), 0]:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise RuntimeError("no free port on 127.0.0.1")
