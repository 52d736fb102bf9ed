"""Whether a web process forgets what it refuses: its memory before and after many refusals."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

from bench import load
from bench.server import web
from bench.verdicts import Line

BODIES, KEYLESS = 200, 20_000
MOST_GROWTH = 40  # megabytes; one body that is kept is 30
PATH = "/api/v1/conversations"


def _descendants(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended while we looked
            continue
        if int(fields[1]) == parent:
            pid = int(stat.parent.name)
            found += [pid, *_descendants(pid)]
    return found


def _megabytes() -> float:
    """The proportional share (PSS) of memory of all our children that serve pages."""
    total = 0
    for pid in _descendants(os.getpid()):
        if b"granian" in Path(f"/proc/{pid}/cmdline").read_bytes():
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1000


def _send(port: int, request: bytes, times: int, status: int) -> None:
    connection = load.Connection(port)
    for _ in range(times):
        answered, body = connection.send(request)
        if answered != status:
            raise RuntimeError(f"{answered} instead of {status}: {body[:200]!r}")


def measure(key: str) -> list[Line]:
    """Bodies of 39 kB that are 40 MB unpacked, and requests without a key."""
    bomb = load.post(
        PATH,
        gzip.compress(b" " * 40_000_000),
        Authorization=f"Bearer {key}",
        Content_Encoding="gzip",
        Content_Type="application/json",
    )
    keyless = load.post(PATH, b"{}", Content_Type="application/json")
    lines = []
    with web(workers=1, threads=2) as port:
        for name, request, times, status in (
            (f"{BODIES} refused bodies of {len(bomb) // 1000} kB", bomb, BODIES, 413),
            (f"{KEYLESS:,} requests without a key", keyless, KEYLESS, 401),
        ):
            _send(port, request, 10, status)
            before = _megabytes()
            _send(port, request, times, status)
            after = _megabytes()
            grown = after - before
            said = f"{before:.0f} to {after:.0f} MB"
            lines.append(
                Line(f"memory: {name}", said, f"+ {MOST_GROWTH} MB at most", grown < MOST_GROWTH)
            )
    return lines
