"""Celery and the whole timetable in one list.

Each entry only wakes a tick up; the tick looks in PostgreSQL for what is due. A lost, doubled or
late message changes nothing but the delay.
"""

import os
import time

from celery import Celery
from celery.signals import setup_logging
from kombu.exceptions import OperationalError

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
