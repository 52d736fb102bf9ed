"""The note that something came to its end; apart, because beat writes it without Django."""

from __future__ import annotations

from typing import LiteralString

BEAT = "beat"
SUCCEEDED: LiteralString = """
INSERT INTO ticks_taskrun (name, succeeded_at, last_error, discarded)
VALUES (%s, statement_timestamp(), '', 0)
ON CONFLICT (name) DO UPDATE SET succeeded_at = excluded.succeeded_at
"""
