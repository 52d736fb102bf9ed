"""What a reviewer sends: a level for each criterion, a note, the evidence. Values only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Mark:
    """What was chosen for one criterion: a level's id, or None for "can't judge"."""

    level: int | None
    went_wrong: str = ""


@dataclass(frozen=True)
class Form:
    """A filled grading form. `marks` maps a criterion's id to its mark."""

    version: int
    marks: Mapping[int, Mark]
    note: str = ""
    is_urgent: bool = False
    evidence: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    seconds: int | None = None
