"""Store a file of conversations in bites; going again stores nothing twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from ingestion.digest import digest_all
from ingestion.importers.reading import Line, UnreadableFileError, read_lines
from ingestion.importers.shapes import to_ours
from ingestion.intake import store
from ingestion.models import Assistant
from ingestion.wire import ConversationIn, RefusedRow, check, explain
from portal.refused import Refused

CHUNK = 500


@dataclass
class Progress:
    """How far an import is. `refused` holds only the newest chunk's refusals."""

    accepted: int = 0
    duplicate: int = 0
    refused_count: int = 0
    done: float = 0.0
    refused: list[RefusedRow] = field(default_factory=list)


def _made_date(identity: str, days: int, at: datetime) -> datetime:
    """A moment in the last `days` days that only the id decides."""
    digest = hashlib.sha256(identity.encode()).digest()
    share = int.from_bytes(digest[:8], "big") / float(1 << 64)
    return at - timedelta(days=days * share)


def _convert(
    line: Line, columns: dict[str, str], spread_days: int, at: datetime
) -> ConversationIn | RefusedRow:
    """One line as a checked row, or why not."""
    if line.record is None:
        return RefusedRow(line.number, None, "(the line)", line.problem, "Mend or remove the line.")
    row: dict[str, Any] = to_ours(line.record, columns)
    if spread_days and "started_at" not in row:
        row["started_at"] = _made_date(str(row["id"]), spread_days, at)
        row["attributes"] = {**row.get("attributes", {}), "date_made_by_import": True}
    identity = row["id"] if isinstance(row["id"], str) else None
    try:
        conversation = msgspec.convert(row, ConversationIn)
        check(conversation, at)
    except msgspec.ValidationError as error:
        return RefusedRow(line.number, identity, *explain(error))
    except Refused as unfit:
        return RefusedRow(line.number, identity, unfit.field, unfit.reason, unfit.fix)
    return conversation


def _store(
    assistant: Assistant, chunk: list[tuple[int, ConversationIn]], progress: Progress, at: datetime
) -> None:
    receipt = store(assistant=assistant, rows=chunk, rejected=[], at=at, endpoint="import")
    digest_all(at=at)
    progress.accepted += len(receipt.accepted)
    progress.duplicate += len(receipt.duplicate)
    progress.refused.extend(receipt.rejected)
    progress.refused_count += len(receipt.rejected)


def import_file(
    *,
    assistant: Assistant,
    path: Path,
    at: datetime,
    columns: dict[str, str] | None = None,
    spread_days: int = 0,
) -> Iterator[Progress]:
    """Store the file's conversations; yields after each chunk. A refused row's index is its line.

    Undated conversations are dated `at`, or spread over the last `spread_days` days (and marked
    so in their attributes). Raises UnreadableFileError; what was read before stays stored.
    """
    progress = Progress()
    chunk: list[tuple[int, ConversationIn]] = []
    lines = read_lines(path)
    while True:
        try:
            line = next(lines, None)
        except UnreadableFileError:
            _store(assistant, chunk, progress, at)  # what was read before the break is kept
            yield progress
            raise
        if line is None:
            break
        progress.done = line.done
        row = _convert(line, columns or {}, spread_days, at)
        if isinstance(row, RefusedRow):
            progress.refused.append(row)
            progress.refused_count += 1
        else:
            chunk.append((line.number, row))
        if len(chunk) + len(progress.refused) >= CHUNK:
            _store(assistant, chunk, progress, at)
            yield progress
            chunk, progress.refused = [], []
    _store(assistant, chunk, progress, at)
    progress.done = 1.0
    yield progress
