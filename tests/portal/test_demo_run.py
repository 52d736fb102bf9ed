"""`manage.py demo` in a copy of the checkout: it answers, tells where, and leaves nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

from portal.running.embedded.place import outside
from portal.running.embedded.process import command_of, free_port

HOUSE = Path(__file__).resolve().parent.parent.parent
SOURCES = ("portal", "ingestion", "reviews", "templates", "static")


@dataclass(frozen=True)
class Demo:
    """A running demo and what it said."""

    process: subprocess.Popen[str]
    port: int
    said: list[str]


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A second checkout, with servers and a database of its own."""
    folder = Path(tempfile.mkdtemp(prefix="plumbline-", dir="/tmp")).resolve()
    folder.chmod(0o755)
    for name in SOURCES:
        shutil.copytree(HOUSE / name, folder / name, ignore=shutil.ignore_patterns("*.pyc"))
    for name in ("manage.py", "pyproject.toml"):
        shutil.copy(HOUSE / name, folder)
    yield folder
    shutil.rmtree(folder)
    if os.geteuid() == 0:
        shutil.rmtree(outside(folder), ignore_errors=True)


def _processes_of(checkout: Path, port: int) -> list[str]:
    """Command lines that name the checkout, and on Linux whatever was told the demo's port."""
    if not Path("/proc/self").exists():
        ps = subprocess.run(["ps", "-axo", "args="], capture_output=True, text=True, check=True)
        return [line for line in ps.stdout.splitlines() if str(checkout) in line]
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words, told = command_of(int(process.name)), (process / "environ").read_bytes()
            if str(checkout) in words or f"PORT={port}".encode() in told.split(b"\0"):
                found.append(words)
    return found


def _get(port: int, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    return connection.getresponse().status


@pytest.fixture
def demo(checkout: Path) -> Iterator[Demo]:
    """The demo without a story, as soon as it says that it is ready."""
    port = free_port()
    real = {"DATABASE_URL", "REDIS_URL", "EMBEDDED_DATABASE"}
    process = subprocess.Popen(
        [sys.executable, str(checkout / "manage.py"), "demo", f"--port={port}", "--story=none"],
        cwd=checkout,
        env={name: value for name, value in os.environ.items() if name not in real},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line.strip())
        if line.startswith("Ctrl-C"):
            break
    yield Demo(process, port, said)
    process.kill()
    process.wait()


def test_the_demo_runs_and_leaves_nothing_behind(demo: Demo, checkout: Path) -> None:
    assert f"Plumbline runs at http://127.0.0.1:{demo.port}/" in demo.said
    assert _get(demo.port, "/health/ready") == 200
    told = checkout / "var" / "demo.json"
    assert stat.S_IMODE(told.stat().st_mode) == 0o600
    assert set(json.loads(told.read_text())["api_keys"]) == {"ingest", "flag", "read"}
    assert len(_processes_of(checkout, demo.port)) >= 5

    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(20) == 0
    deadline = time.monotonic() + 5
    while _processes_of(checkout, demo.port) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert _processes_of(checkout, demo.port) == []
