"""When conversations of an assistant last arrived, and whether that is too long ago."""

from __future__ import annotations

from datetime import datetime, timedelta

from ingestion.models import Assistant, IntakeBatch

QUIET_AFTER = timedelta(hours=26)


def quiet_since(assistant: Assistant, at: datetime) -> datetime | None:
    """When the last conversation arrived, if that is too long ago to be normal."""
    newest_batch = (
        IntakeBatch.objects.filter(assistant=assistant)
        .order_by("-id")
        .values_list("received_at", flat=True)
        .first()
    )
    is_quiet = newest_batch is not None and at - newest_batch > QUIET_AFTER
    return newest_batch if is_quiet else None
