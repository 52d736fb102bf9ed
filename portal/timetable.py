"""What beat sends when, and by which road: for Celery with Django, and for beat without it.

Each entry only wakes a tick up; the tick looks in PostgreSQL for what is due. A lost, doubled or
late message changes nothing but the delay.
"""

from __future__ import annotations

from typing import Any

from kombu import Exchange, Queue

TIMETABLE: tuple[tuple[str, float], ...] = (
    ("ingestion.tasks.digest_intake", 2.0),
    ("ingestion.tasks.remake_search", 10.0),
    ("ingestion.tasks.prune_refusals", 3600.0),
    ("reviews.tasks.choose_samples", 3.0),
    ("reviews.tasks.make_rollups", 2.0),
    ("reviews.tasks.find_drift", 3600.0),
    ("reviews.tasks.watch_due", 10.0),
    ("reviews.tasks.look_back", 10.0),
    ("reviews.tasks.hold_drills", 10.0),
    ("reviews.tasks.thin_out_assessments", 86400.0),
    ("reviews.tasks.find_parts", 60.0),
    ("reviews.tasks.write_reports", 60.0),
    ("reviews.tasks.write_alerts", 10.0),
    ("reviews.tasks.notice_silence", 600.0),
    ("reviews.tasks.deliver_mails", 5.0),
    ("reviews.tasks.deliver_posts", 5.0),
    ("portal.ticks.tasks.forget_set_aside", 3600.0),
)
# A message that waited longer than its period has been overtaken by the next one.
SCHEDULE: dict[str, dict[str, Any]] = {
    name: {"task": name, "schedule": seconds, "options": {"expires": max(seconds, 10.0)}}
    for name, seconds in TIMETABLE
}
# What talks to the outside may have to wait for it, so it has a queue and a process of its own. A
# worker that is told no queue takes from both.
DEFAULT_QUEUE = "plumbline"
QUEUES = [Queue(name, Exchange(name), routing_key=name) for name in (DEFAULT_QUEUE, "outside")]
ROUTES = {
    "reviews.tasks.deliver_mails": {"queue": "outside"},
    "reviews.tasks.deliver_posts": {"queue": "outside"},
}
REDIS_TIMEOUTS = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0}
BROKER_OPTIONS: dict[str, Any] = {
    **REDIS_TIMEOUTS,
    "socket_timeout": 5.0,
    "visibility_timeout": 600,
    "retry_on_timeout": False,
    "max_retries": 1,
}
