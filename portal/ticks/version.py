"""Which code runs: two programs that differ in a line have different versions, also within one
release (that is `portal.version`)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent.parent
SOURCES = ("portal", "ingestion", "reviews")


def version_of(files: Iterable[Path]) -> str:
    """A short name for the contents of `files`."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def program_version() -> str:
    """The version of the code of this process; read once, some ten milliseconds."""
    return version_of(path for root in SOURCES for path in (BASE / root).rglob("*.py"))
