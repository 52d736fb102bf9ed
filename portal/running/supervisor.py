"""Runs several programs as one: starts them, restarts what dies, and leaves nothing behind.

    with Signals() as signals, Supervisor(programs, say=print) as supervisor:
        while not signals.wait(0.5):
            supervisor.check()

No Django here. A watchdog process ends the programs when we are killed too hard to do it ourselves.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from portal.running import watchdog
from portal.running.embedded.process import end_with_parent

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LAST_LINES = 12


class ProgramKeepsDyingError(Exception):
    """A program ended again and again; the message holds the end of its log."""


@dataclass(frozen=True)
class Program:
    """A long-running command and where its output goes."""

    name: str
    command: tuple[str, ...]
    log: Path


@dataclass(frozen=True)
class Patience:
    """How often a program may die, and how long it may take to end."""

    deaths: int = 4
    within: float = 60.0
    to_end: float = 10.0


class Signals:
    """Counts the requests to stop: the first is a wish, the second is in a hurry."""

    def __init__(self) -> None:
        self.count = 0
        self._event = threading.Event()
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        for number in STOP_SIGNALS:
            self._before[number] = signal.signal(number, self._receive)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        self._event.set()

    def wait(self, seconds: float) -> bool:
        """True as soon as somebody asked us to stop."""
        return self._event.wait(seconds)

    @property
    def in_a_hurry(self) -> bool:
        return self.count > 1


@dataclass
class _Child:
    program: Program
    popen: subprocess.Popen[bytes]
    deaths: list[float] = field(default_factory=list)

    @property
    def has_ended(self) -> bool:
        return self.popen.poll() is not None

    @property
    def ending(self) -> str:
        code = self.popen.returncode
        return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


class Supervisor:
    """Starts the programs on entering, ends them and all their children on leaving."""

    def __init__(
        self,
        programs: list[Program],
        *,
        say: Callable[[str], object],
        environ: Mapping[str, str] | None = None,
        folder: Path | None = None,
        patience: Patience | None = None,
        in_a_hurry: Callable[[], bool] = lambda: False,
    ) -> None:
        self.programs = programs
        self.say = say
        self.environ = environ
        self.folder = folder
        self.patience = patience or Patience()
        self.in_a_hurry = in_a_hurry
        self.children: list[_Child] = []
        self.passing: list[subprocess.Popen[bytes]] = []
        self.last_added = time.monotonic()

    def __enter__(self) -> Self:
        self._watchdog = subprocess.Popen(  # noqa: S603 - our own file, no shell
            [sys.executable, "-I", "-S", watchdog.__file__],
            stdin=subprocess.PIPE,
            bufsize=0,
            process_group=0,
        )
        for program in self.programs:
            self.add(program)
        return self

    def add(self, program: Program) -> None:
        """Start one more."""
        start_log(program.log)
        self.last_added = time.monotonic()
        self.children.append(_Child(program, self._launch(program)))

    def begin(self, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
        """Start something that ends by itself; it speaks where we speak, and ends when we do."""
        popen = subprocess.Popen(  # noqa: S603 - the caller's fixed command, no shell
            command,
            stdin=subprocess.DEVNULL,
            cwd=self.folder,
            env=self.environ,
            process_group=0,
            preexec_fn=end_with_parent(signal.SIGKILL),
        )
        self._tell_watchdog("add", popen.pid)
        self.passing.append(popen)
        return popen

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _launch(self, program: Program) -> subprocess.Popen[bytes]:
        with program.log.open("ab") as output:
            popen = subprocess.Popen(  # noqa: S603 - the caller's fixed commands, no shell
                program.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=self.environ,
                process_group=0,
            )
        self._tell_watchdog("add", popen.pid)
        return popen

    def _tell_watchdog(self, word: str, pid: int) -> None:
        """A watchdog that somebody killed must not keep us from working."""
        try:
            assert self._watchdog.stdin is not None  # noqa: S101 - it was made with a pipe
            self._watchdog.stdin.write(f"{word} {pid}\n".encode())
        except BrokenPipeError:
            pass

    def _sweep(self, child: _Child) -> None:
        """End what a dead program left in its process group."""
        watchdog.sweep(child.popen.pid)
        self._tell_watchdog("gone", child.popen.pid)

    def _still_passing(self) -> list[subprocess.Popen[bytes]]:
        """What has begun and not yet ended by itself."""
        for popen in self.passing:
            if popen.poll() is not None:
                self._tell_watchdog("gone", popen.pid)
        self.passing = [popen for popen in self.passing if popen.returncode is None]
        return self.passing

    def check(self) -> None:
        """Restart what died; raises ProgramKeepsDyingError when that does not help."""
        self._still_passing()
        for child in self.children:
            if not child.has_ended:
                continue
            self._sweep(child)
            now = time.monotonic()
            child.deaths = [t for t in child.deaths if now - t < self.patience.within] + [now]
            if len(child.deaths) >= self.patience.deaths:
                raise ProgramKeepsDyingError(self._obituary(child))
            self.say(f"{child.program.name} ended ({child.ending}); starting it again.")
            child.popen = self._launch(child.program)

    def _obituary(self, child: _Child) -> str:
        times, log = len(child.deaths), child.program.log
        words = "\n".join(f"  {line}" for line in last_lines(log))
        return f"{child.program.name} ended {times} times ({child.ending}). End of {log}:\n{words}"

    def stop(self) -> None:
        """End all programs, politely first, and whatever they started."""
        for passing in self._still_passing():
            passing.terminate()
            passing.wait()
            watchdog.sweep(passing.pid)
        for child in self.children:
            if not child.has_ended:
                child.popen.terminate()
        deadline = time.monotonic() + self.patience.to_end
        while not all(child.has_ended for child in self.children):
            if self.in_a_hurry() or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        for child in self.children:
            self._sweep(child)
            child.popen.wait()
        self.children.clear()
        if self._watchdog.stdin is not None:
            self._watchdog.stdin.close()
        self._watchdog.wait()


def start_log(log: Path) -> None:
    """An empty log; the one of the last run is kept beside it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
    log.touch()


def last_lines(log: Path, count: int = LAST_LINES) -> list[str]:
    """The end of a log, without empty lines."""
    if not log.exists():
        return []
    return [line for line in log.read_text(errors="replace").splitlines() if line.strip()][-count:]
