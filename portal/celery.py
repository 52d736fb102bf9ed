"""Celery for web and workers; beat has its own (portal/running/beat.py), by the same timetable."""

import gc
import os
import sys
import time
from typing import Any

import structlog
from celery import Celery
from celery.signals import celeryd_init, setup_logging, task_postrun, task_prerun, worker_init
from django.conf import settings
from kombu.exceptions import OperationalError

from portal.logs.config import say_in_a_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
# The checks import every page, which a worker never shows; `make check` and web run them.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("plumbline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

WAKE_EVERY = 0.5
_woken: dict[tuple[str, tuple[object, ...]], float] = {}


@setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Leave logging as the settings have it."""


@celeryd_init.connect
def say_all_in_lines(instance: Any, **_: object) -> None:
    """In production a worker prints no banner, and its farewell is a line of the log too."""
    if not (settings.DEBUG or settings.DEMO):
        instance.quiet = True
        sys.modules[type(instance).__module__].safe_say = say_in_a_line  # type: ignore[attr-defined]


@worker_init.connect
def share_memory(**_: object) -> None:
    """What is loaded before the children are made is never collected, so it stays shared."""
    gc.collect()
    gc.freeze()


@task_prerun.connect
def name_the_task(task_id: str, task: Any, **_: object) -> None:
    """All lines that a task logs carry its name and id."""
    structlog.contextvars.bind_contextvars(task=task.name, task_id=task_id)


@task_postrun.connect
def forget_the_task(**_: object) -> None:
    """The next one has another id."""
    structlog.contextvars.unbind_contextvars("task", "task_id")


def wake(task: str, *args: object) -> bool:
    """Ask for a task now, and go on at once when Redis is silent: the timetable finds the work.

    Asking again within WAKE_EVERY seconds is left to the timetable too: one tick does the work of
    all. Call it with `transaction.on_commit(partial(wake, "reviews.tasks.make_rollups"))`.
    """
    now = time.monotonic()
    if now - _woken.get((task, args), -WAKE_EVERY) < WAKE_EVERY:
        return False
    _woken[task, args] = now
    try:
        app.send_task(task, args=args, retry=False, ignore_result=True, expires=60)
    except OperationalError:
        return False
    return True
