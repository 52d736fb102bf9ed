"""What runs in the demo: the same as in production, on the loopback address. No Django here."""

from __future__ import annotations

import sys
from pathlib import Path

from portal.running.supervisor import Program

VAR = Path(__file__).resolve().parent.parent.parent / "var"
LOGS = VAR / "log"


def programs(port: int, *, sharing: bool = False) -> list[Program]:
    """Web first: it is up while the story is told; the others wait for the story's end.

    `sharing`: worker, outside and beat are forked from one start, which saves 85 megabytes.
    """
    web = ("granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port))
    celery = ("celery", "--app", "portal.celery:app")
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    commands: dict[str, tuple[str, ...]] = {
        "web": (*web, "--blocking-threads", "8", "--no-ws", "portal.wsgi:application")
    }
    if sharing:
        commands["workers"] = ("portal.running.workers",)
    else:
        commands["worker"] = (
            *(*celery, "worker", "--queues", "plumbline"),
            *("--concurrency", "2", *quiet),
        )
        commands["outside"] = (  # threads, because they wait for others and do nothing else
            *(*celery, "worker", "--queues", "outside", "--hostname", "outside@%h"),
            *("--pool", "threads", "--concurrency", "2", *quiet),
        )
        commands["beat"] = ("portal.running.beat",)
    return [
        Program(name, (sys.executable, "-m", *command), LOGS / f"{name}.log")
        for name, command in commands.items()
    ]
