"""`make bench start`: from a bare copy of the checkout to the first page, and what it takes idle.

A copy of the committed and changed files, without .venv/ and var/, in a folder of its own; in it
`make demo`, as README says. pip's cache is as it is on this machine. Linux only.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

from bench.memory import by_program
from bench.verdicts import Line
from portal.running.embedded.place import outside
from portal.running.embedded.process import free_port

HOUSE = Path(__file__).resolve().parent.parent
COLD, WARM, MEMORY = 45.0, 10.0, 450.0
IDLE = 30.0
GIVEN_UP_AFTER = 900.0


@dataclass
class Start:
    """When what happened, in seconds since `make demo`."""

    installed: float = 0.0
    page: float = 0.0
    ready: float = 0.0
    memory: dict[str, tuple[float, int]] = field(default_factory=dict)


def copy_checkout(folder: Path) -> None:
    """What a clone would hold, with the changes that are not committed yet."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=HOUSE, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (HOUSE / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(HOUSE / name, folder / name)


def answers(port: int) -> bool:
    """True when somebody who opens the address sees a page."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/accounts/login/")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@contextmanager
def demo(folder: Path, port: int, story: str, start: Start) -> Iterator[subprocess.Popen[bytes]]:
    """`make demo`, until its log-ins are printed; ended and waited for afterwards."""
    real = {"DATABASE_URL", "REDIS_URL", "EMBEDDED_DATABASE", "DEMO", "STORY", "PORT", "MAKELEVEL"}
    environ = {name: value for name, value in os.environ.items() if name not in real}
    said, begun = folder / "said", time.monotonic()
    with said.open("wb") as output:
        make = subprocess.Popen(
            ["make", "demo", f"PORT={port}", f"STORY={story}"],
            cwd=folder, env=environ, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        while "Ctrl-C" not in said.read_text():
            now = time.monotonic() - begun
            if make.poll() is not None or now > GIVEN_UP_AFTER:
                raise RuntimeError(f"make demo did not get ready:\n{said.read_text()}")
            if not start.installed and (folder / ".venv" / ".requirements.txt.sha256").exists():
                start.installed = now
            if not start.page and answers(port):
                start.page = now
            time.sleep(0.05)
        start.ready = time.monotonic() - begun
        yield make
    finally:
        os.killpg(make.pid, signal.SIGINT)
        make.wait(60)


def one_start(folder: Path, story: str) -> Start:
    """Start, be idle for a while, look at the memory, stop."""
    start, port = Start(), free_port()
    with demo(folder, port, story, start) as make:
        end = time.monotonic() + IDLE
        while time.monotonic() < end:
            answers(port)
            time.sleep(2)
        keeper = int(json.loads((folder / "var" / "embedded.json").read_text())["keeper"])
        start.memory = by_program(make.pid, keeper)
    return start


def measure() -> list[Line]:
    """Cold, warm and empty, in this order."""
    folder = Path(tempfile.mkdtemp(prefix="plumbline-start-")).resolve()
    folder.chmod(0o755)
    try:
        copy_checkout(folder)
        cold, warm = one_start(folder, "drop"), one_start(folder, "drop")
        empty = one_start(folder, "none")
    finally:
        shutil.rmtree(folder)
        shutil.rmtree(outside(folder), ignore_errors=True)
    total = sum(megabytes for megabytes, _ in empty.memory.values())
    told = sum(megabytes for megabytes, _ in warm.memory.values())
    reached = cold.page <= COLD
    lines = [
        Line("cold start: packages are in after", f"{cold.installed:.1f} s"),
        Line("cold start: first page", f"{cold.page:.1f} s", f"<= {COLD:.0f} s", reached),
        Line("cold start: the whole story is told", f"{cold.ready:.1f} s"),
        Line("warm start", f"{warm.ready:.1f} s", f"<= {WARM:.0f} s", warm.ready <= WARM),
        Line("idle, no story (PSS)", f"{total:.0f} MB", f"<= {MEMORY:.0f} MB", total <= MEMORY),
        Line("idle, with the story (PSS)", f"{told:.0f} MB"),
    ]
    for name, (megabytes, processes) in empty.memory.items():
        lines.append(Line(f"  {name}, {processes} processes", f"{megabytes:.0f} MB"))
    return lines
