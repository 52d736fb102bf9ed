"""When conversations of an assistant last arrived, and whether that is too long ago."""

from __future__ import annotations

from datetime import datetime, timedelta

from ingestion.models import Assistant, IntakeBatch

QUIET_AFTER = timedelta(hours=26)


