"""How much memory a running demo takes: the proportional share (PSS) of all its processes.

What several processes share counts once in the sum. Linux only: it reads /proc.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


def _parents() -> dict[int, int]:
    """Every process and its parent."""
    found = {}
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):
            # pid (name) state parent ...: the name may hold anything, also brackets.
            found[int(folder.name)] = int(
                (folder / "stat").read_text().rpartition(")")[2].split()[1]
            )
    return found


def family(*roots: int) -> set[int]:
    """The processes and all that they started."""
    parents, members = _parents(), set(roots)
    while more := {pid for pid, parent in parents.items() if parent in members} - members:
        members |= more
    return members & parents.keys()


def pss(pid: int) -> float:
    """Its proportional share in MB; nothing for a process that ended."""
    with suppress(OSError):
        found = re.search(r"^Pss:\s+(\d+) kB", (PROC / str(pid) / "smaps_rollup").read_text(), re.M)
        return int(found[1]) / 1000 if found else 0.0
    return 0.0


def name_of(command: str) -> str:
    """Which program of the demo a command line is.

    >>> name_of("python -m granian --interface wsgi ..."), name_of("postgres: checkpointer")
    ('web', 'PostgreSQL')
    >>> name_of("python -m celery --app portal.celery:app worker --queues outside --pool threads")
    'outside'
    """
    names = {
        "redis-server": "Redis",
        "valkey-server": "Redis",
        "postgres": "PostgreSQL",
        "portal.running.embedded.keeper": "keeper of the servers",
        "granian": "web",
        "watchdog": "watchdog",
        "portal.running.workers": "workers",
        "outside": "outside",
        " worker": "worker",
        "beat": "beat",
        "manage.py demo": "demo",
    }
    return next((name for mark, name in names.items() if mark in command), "others")


def by_program(*roots: int) -> dict[str, tuple[float, int]]:
    """Megabytes and number of processes of each program."""
    megabytes: Counter[str] = Counter()
    processes: Counter[str] = Counter()
    parents = _parents()

    def name(pid: int) -> str:
        command = ""
        with suppress(OSError):
            command = (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        found = name_of(command)
        parent = parents.get(pid)
        return name(parent) if found == "others" and parent in members and parent else found

    members = family(*roots)
    for pid in members:
        megabytes[name(pid)] += pss(pid)  # type: ignore[assignment]  # Counter of floats
        processes[name(pid)] += 1
    return {one: (float(megabytes[one]), processes[one]) for one, _ in megabytes.most_common()}
