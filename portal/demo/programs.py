"""What runs in the demo: the same programs as in production, on the loopback address. No Django."""

from __future__ import annotations

import sys
from pathlib import Path

from portal.supervisor import Program

VAR = Path(__file__).resolve().parent.parent.parent / "var"
LOGS = VAR / "log"


def programs(port: int) -> list[Program]:
    """Web first: it is up while the story is told; the others wait for the story's end."""
    web = ("granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port))
    celery = ("celery", "--app", "portal.celery:app")
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    commands = {
        "web": (*web, "--blocking-threads", "8", "--no-ws", "portal.wsgi:application"),
        "worker": (*celery, "worker", "--queues", "plumbline", "--concurrency", "2", *quiet),
        # Mails and webhooks: threads, because they wait for others and do nothing else.
        "outside": (
            *(*celery, "worker", "--queues", "outside", "--hostname", "outside@%h"),
            *("--pool", "threads", "--concurrency", "2", *quiet),
        ),
        "beat": ("portal.beat",),
    }
    return [
        Program(name, (sys.executable, "-m", *command), LOGS / f"{name}.log")
        for name, command in commands.items()
    ]
