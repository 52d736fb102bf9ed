"""`python -m portal.running.beat`: send every tick when the timetable says so.

Celery's own beat, without Django: it needs the timetable, Redis and one line in the database that
says it works, and nothing of the hundred megabytes that pages and mathematics take.
"""

from __future__ import annotations

import logging.config
import os
import sys
import time
from pathlib import Path

import psycopg
from celery import Celery
from celery.apps.beat import Beat
from celery.signals import after_task_publish, setup_logging
from django.core.exceptions import ImproperlyConfigured

from portal import timetable
from portal.logs.config import configure_structlog, log_what_nobody_caught, logging_config
from portal.running import env
from portal.ticks.notes import BEAT, SUCCEEDED

NOTE_EVERY = 10.0  # seconds between two notes that beat works
BASE = Path(__file__).resolve().parent.parent.parent


@setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Leave logging as we have it."""


class Notes:
    """Notes now and then that ticks are sent; what cannot be noted is let go."""

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url
        self.noted = -NOTE_EVERY

    def sent(self, **_: object) -> None:
        """A tick went out. A connection each time: six a minute cost less than one that is kept."""
        now = time.monotonic()
        if now - self.noted < NOTE_EVERY:
            return
        try:
            with psycopg.connect(self.database_url, connect_timeout=5, autocommit=True) as database:
                database.execute(SUCCEEDED, (BEAT,))
        except psycopg.Error:
            return
        self.noted = now


def app_of(redis_url: str) -> Celery:
    """The same timetable and the same roads as the workers have."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)  # Celery would load Django for it
    app = Celery("plumbline", broker=redis_url)
    app.conf.update(
        beat_schedule=timetable.SCHEDULE,
        task_default_queue=timetable.DEFAULT_QUEUE,
        task_queues=timetable.QUEUES,
        task_routes=timetable.ROUTES,
        task_ignore_result=True,
        broker_transport_options=timetable.BROKER_OPTIONS,
        broker_connection_retry_on_startup=True,
        timezone="UTC",
        worker_hijack_root_logger=False,
    )
    return app


def main() -> int:
    """Run until somebody asks to end."""
    try:
        here = env.read(os.environ, BASE)
    except ImproperlyConfigured as error:
        sys.stderr.write(f"{error}\n")
        return 1
    is_quiet = not (here.debug or here.demo)
    logging.config.dictConfig(logging_config(as_json=is_quiet))
    configure_structlog()
    log_what_nobody_caught()
    notes = Notes(here.database_url)
    after_task_publish.connect(notes.sent)
    Beat(app=app_of(here.redis_url), scheduler="celery.beat:Scheduler", quiet=is_quiet).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
