"""Ticks of ingestion: each looks in PostgreSQL for what is due."""

import time
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from ingestion.digest import digest_all, prune
from ingestion.search_entries import remake_entries
from portal.celery import wake

SECONDS = 0.4  # no new chunk of a backlog is begun after so long


@shared_task(name="ingestion.tasks.digest_intake")
def digest_intake() -> int:
    """Count and index what has come in; the next tick goes on at once when time is up."""
    until = time.monotonic() + SECONDS
    batches = digest_all(at=timezone.now(), until=until)
    if time.monotonic() >= until:
        wake("ingestion.tasks.digest_intake")
    return batches


@shared_task(name="ingestion.tasks.remake_search")
def remake_search() -> int:
    """Make what an earlier version knew for search anew, a little at a time."""
    return remake_entries(at=timezone.now(), until=time.monotonic() + SECONDS)


@shared_task(name="ingestion.tasks.prune_refusals")
def prune_refusals() -> tuple[int, int]:
    """Forget refusals after a day and finished batches after a week."""
    now = timezone.now()
    day, week = timedelta(days=1), timedelta(days=7)
    return prune(refusals_before=now - day, batches_before=now - week, at=now)
