"""Celery and the whole timetable in one list.

Each entry only wakes a tick up; the tick looks in PostgreSQL for what is due. A lost, doubled or
late message changes nothing but the delay.
"""

import os
import sys
import time
from typing import Any

import structlog
from celery import Celery
from celery.signals import celeryd_init, setup_logging, task_postrun, task_prerun
from django.conf import settings
from kombu.exceptions import OperationalError

from portal.logs.config import say_in_a_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("plumbline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

TIMETABLE: tuple[tuple[str, float], ...] = (
    ("ingestion.tasks.digest_intake", 2.0),
    ("ingestion.tasks.prune_refusals", 3600.0),
    ("reviews.tasks.choose_samples", 3.0),
    ("reviews.tasks.make_rollups", 2.0),
    ("reviews.tasks.find_drift", 3600.0),
    ("reviews.tasks.watch_due", 10.0),
    ("reviews.tasks.thin_out_assessments", 86400.0),
    ("reviews.tasks.find_parts", 60.0),
    ("reviews.tasks.write_reports", 60.0),
    ("reviews.tasks.write_alerts", 10.0),
    ("reviews.tasks.notice_silence", 600.0),
    ("reviews.tasks.deliver_mails", 5.0),
    ("reviews.tasks.deliver_posts", 5.0),
    ("portal.ticks.tasks.forget_set_aside", 3600.0),
)

WAKE_EVERY = 0.5
_woken: dict[tuple[str, tuple[object, ...]], float] = {}

# A message that waited longer than its period has been overtaken by the next one.
app.conf.beat_schedule = {
    name: {"task": name, "schedule": seconds, "options": {"expires": max(seconds, 10.0)}}
    for name, seconds in TIMETABLE
}


@setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Leave logging as the settings have it."""


@celeryd_init.connect
def say_all_in_lines(instance: Any, **_: object) -> None:
    """In production a worker prints no banner, and its farewell is a line of the log too."""
    if not (settings.DEBUG or settings.DEMO):
        instance.quiet = True
        sys.modules[type(instance).__module__].safe_say = say_in_a_line  # type: ignore[attr-defined]


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
