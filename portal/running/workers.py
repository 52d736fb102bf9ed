"""`python -m portal.running.workers`: worker, outside and beat from one start, sharing memory.

The program is loaded once and frozen, then each is forked from it and lives as if it had been
started alone: own process, own queue, own children. One that ends is started again; when one keeps
ending, all end, and whoever supervises us sees it. For one machine; in production they may as well
be started apart (docs/operating.md).
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from importlib import import_module
from socket import gethostname
from types import FrameType
from typing import Any

from portal.celery import app
from portal.running import beat
from portal.running.embedded.process import end_with_parent

# What every worker loads when it begins: loaded before, so that it is shared.
SHARED = (
    "celery.apps.worker",
    "celery.concurrency.prefork",
    "celery.concurrency.thread",
    "celery.contrib.django.task",
    "celery.events.receiver",
    "celery.worker.components",
    "celery.worker.consumer",
    "celery.worker.control",
    "kombu.transport.redis",
    "psycopg_pool",
    "redis",
)
# As `celery worker` is told on a command line; its command itself loads a shell's worth of modules.
QUIET = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True}
WORKERS: dict[str, dict[str, Any]] = {
    "worker": {"queues": "plumbline", "pool_cls": "prefork"},
    # Mails and webhooks: threads, because they wait for others and do nothing else.
    "outside": {"queues": "outside", "pool_cls": "threads"},
}
BEAT = "beat"
MOST_DEATHS, WITHIN, PAUSE = 4, 60.0, 1.0


def work(name: str) -> int:
    """One of the workers, until it is asked to end."""
    host = f"{name}@{gethostname()}"
    worker = app.Worker(hostname=host, concurrency=2, **QUIET, **WORKERS[name])
    worker.start()
    return int(worker.exitcode or 0)


class Family:
    """The three, and what became of them."""

    def __init__(self) -> None:
        self.running: dict[int, str] = {}
        self.deaths: list[float] = []
        self.is_ending = False

    def begin(self, name: str) -> None:
        """Fork one."""
        die_with_us = end_with_parent(signal.SIGTERM)
        pid = os.fork()
        if pid:
            self.running[pid] = name
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        die_with_us()
        os._exit(beat.main() if name == BEAT else work(name))

    def end(self, number: int, frame: FrameType | None) -> None:
        """Hand the wish on; each finishes what it has."""
        self.is_ending = True
        for pid in self.running:
            os.kill(pid, signal.SIGTERM)

    def watch(self) -> int:
        """Until all have ended; 1 when one kept ending."""
        while self.running:
            try:
                pid, status = os.waitpid(-1, 0)
            except InterruptedError:
                continue
            name = self.running.pop(pid, "")
            if self.is_ending or not name:
                continue
            now = time.monotonic()
            self.deaths = [then for then in self.deaths if now - then < WITHIN] + [now]
            if len(self.deaths) >= MOST_DEATHS:
                self.end(signal.SIGTERM, None)
                continue
            code = os.waitstatus_to_exitcode(status)
            sys.stderr.write(f"{name} ended ({code}); starting it again.\n")
            time.sleep(PAUSE)
            if not self.is_ending:
                self.begin(name)
        return int(len(self.deaths) >= MOST_DEATHS)


def main() -> int:
    """Load, freeze, fork, watch."""
    app.loader.import_default_modules()
    for name in SHARED:
        import_module(name)
    gc.collect()
    gc.freeze()
    family = Family()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, family.end)
    for name in (*WORKERS, BEAT):
        family.begin(name)
    return family.watch()


if __name__ == "__main__":
    sys.exit(main())
