"""Is it alive, can it work, how much does it do: for load balancers and monitoring."""

from __future__ import annotations

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from portal.shell.metrics_access import for_monitoring
from portal.ticks import seen
from portal.ticks.runs import all_runs
from portal.version import VERSION

GAUGES = {
    "plumbline_intake_batches_uncounted": (
        "Batches that wait to be counted",
        "SELECT count(*) FROM ingestion_intakebatch WHERE counted_at IS NULL",
    ),
    "plumbline_assignments_open": (
        "Places in the queue that wait for a grade",
        "SELECT count(*) FROM reviews_assignment WHERE state = 'open'",
    ),
    "plumbline_dirty_days": ("Days to count again", "SELECT count(*) FROM reviews_dirtyday"),
    "plumbline_report_deliveries_unsent": (
        "Reports not yet sent",
        "SELECT count(*) FROM reviews_reportdelivery WHERE sent_at IS NULL AND given_up_at IS NULL",
    ),
    "plumbline_alert_deliveries_unsent": (
        "Mails and posts of alerts not yet sent",
        "SELECT count(*) FROM reviews_alertdelivery WHERE sent_at IS NULL AND given_up_at IS NULL",
    ),
    "plumbline_mail_failures": (
        "Times in a row that the mail server took no mail",
        "SELECT coalesce(max(failures), 0) FROM accounts_mailserver",
    ),
    "plumbline_addresses_refused": (
        "Addresses that the mail server says have no mailbox",
        "SELECT count(*) FROM accounts_refusedaddress",
    ),
}


@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """The process answers, and says of which release it is."""
    return HttpResponse(f"alive\nPlumbline {VERSION}\n", content_type="text/plain")


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM reviews_report LIMIT 0")
    except DatabaseError:
        return False
    return True


def _redis_answers() -> bool:
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=1.0, socket_connect_timeout=1.0
        ) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


@require_GET
def ready(request: HttpRequest) -> HttpResponse:
    """Ready when PostgreSQL answers and is migrated. A silent Redis, a worker or a beat that does
    not work are named, but pages work, so this process is not taken out of the balance for them."""
    database, broker = _database_answers(), _redis_answers()
    body: dict[str, object] = {"ready": database, "database": database, "redis": broker}
    if database:
        found = seen.programs()
        late = seen.late_words(found)
        body |= {"background": not late, "late": late, **found}
    return JsonResponse(body, status=200 if database else 503)


def _add_tasks(registry: CollectorRegistry) -> None:
    """Of each periodic task: what is set aside, when it succeeded, how many ticks came too late."""
    aside = Gauge(
        "plumbline_set_aside",
        "Pieces of work that failed and wait to be tried again, by task",
        ["task"],
        registry=registry,
    )
    for task, many in seen.set_aside_counts().items():
        aside.labels(task).set(many)
    age = Gauge(
        "plumbline_task_success_age_seconds",
        "Seconds since the task came to its end last (beat: since it sent a tick)",
        ["task"],
        registry=registry,
    )
    discarded = Counter(
        "plumbline_ticks_discarded",
        "Ticks that waited in a queue until they had expired, by task",
        ["task"],
        registry=registry,
    )
    for run in all_runs():
        discarded.labels(run.name).inc(run.discarded)
        if run.succeeded is not None:
            age.labels(run.name).set(max(run.succeeded, 0.0))


@require_GET
@for_monitoring
def metrics(request: HttpRequest) -> HttpResponse:
    """Gauges for Prometheus: what waits. Counts only, nothing of any team's content."""
    registry = CollectorRegistry()
    with connection.cursor() as cursor:
        for name, (words, query) in GAUGES.items():
            cursor.execute(query)
            Gauge(name, words, registry=registry).set(cursor.fetchone()[0])
    _add_tasks(registry)
    return HttpResponse(generate_latest(registry), content_type="text/plain; version=0.0.4")
