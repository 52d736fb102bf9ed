"""Is it alive, can it work, how much does it do: for load balancers and monitoring."""

from __future__ import annotations

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET
from prometheus_client import CollectorRegistry, Gauge, generate_latest

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
        "SELECT count(*) FROM reviews_reportdelivery WHERE sent_at IS NULL",
    ),
}


@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("alive\n", content_type="text/plain")


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
    """Ready when PostgreSQL answers and is migrated. A silent Redis is named, but pages work."""
    database, broker = _database_answers(), _redis_answers()
    body = {"ready": database, "database": database, "redis": broker}
    return JsonResponse(body, status=200 if database else 503)


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Gauges for Prometheus: what waits. Counts only, nothing of any team's content."""
    registry = CollectorRegistry()
    with connection.cursor() as cursor:
        for name, (words, query) in GAUGES.items():
            cursor.execute(query)
            Gauge(name, words, registry=registry).set(cursor.fetchone()[0])
    return HttpResponse(generate_latest(registry), content_type="text/plain; version=0.0.4")
