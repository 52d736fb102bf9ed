"""The tick that forgets, and how runs of all tasks are noted: Celery tells, `runs.py` writes."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any

from celery import shared_task, signals
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from portal.ticks import aside, runs

GONE_AFTER = timedelta(days=1)
FLUSH_AFTER = 1.0
main_process = threading.Event()  # set in a worker's main process, whose children do the work


@shared_task(name="portal.ticks.tasks.forget_set_aside")
def forget_set_aside() -> int:
    """Forget what was set aside and is not there any more."""
    return aside.forget(before=timezone.now() - GONE_AFTER)


@signals.worker_init.connect
def note_main(**_: object) -> None:
    """This is the process that takes messages and makes the others."""
    main_process.set()


@signals.worker_process_init.connect
def note_child(**_: object) -> None:
    """This is one that does the work."""
    main_process.clear()


@signals.task_prerun.connect
def note_start(task: Any, **_: object) -> None:
    """A tick begins."""
    runs.began(task.name)


@signals.task_success.connect
def note_success(sender: Any, **_: object) -> None:
    """A tick came to its end."""
    runs.succeeded(sender.name)


@signals.task_failure.connect
def note_failure(sender: Any, exception: BaseException, **_: object) -> None:
    """A tick ended with an error. One that was killed is told in the main process."""
    if main_process.is_set():
        runs.failed(sender.name, exception, apart=True)
        return
    runs.failed(sender.name, exception)
    with suppress(DatabaseError, InterfaceError):  # the next tick will run into it again
        aside.put_overdue()


class Discarded:
    """Counts in memory, and writes after a moment: a long queue expires all at once."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def add(self, task: str) -> None:
        """One more."""
        with self._lock:
            self._counts[task] += 1
            if self._timer is None:
                self._timer = threading.Timer(FLUSH_AFTER, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Write what was counted; what cannot be written is kept until the next one comes."""
        with self._lock:
            counts, self._counts, self._timer = self._counts, Counter(), None
        if counts and not runs.discarded(dict(counts)):
            with self._lock:
                self._counts.update(counts)


discarded = Discarded()


@signals.task_revoked.connect
def note_discarded(sender: Any, expired: bool, **_: object) -> None:
    """A message had expired when a worker came to it; told in the main process."""
    if expired:
        discarded.add(sender.name)


@signals.worker_shutdown.connect
def write_discarded(**_: object) -> None:
    """Nothing that was counted is lost when a worker is asked to end."""
    discarded.flush()
