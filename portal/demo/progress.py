"""How far the story is told: noted by who tells it, read by who waits for it. No Django."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from portal.demo.programs import VAR
from portal.running.embedded.process import command_of

TELLER = "tell_story"
"""The management command that tells it."""
FILE = VAR / "telling.json"


@dataclass(frozen=True)
class Progress:
    """The week that is being told, and how many there are."""

    week: int
    weeks: int

    @property
    def words(self) -> str:
        """Such as "week 4 of 10"."""
        return f"week {self.week} of {self.weeks}"


def note(progress: Progress, file: Path = FILE) -> None:
    """Say how far it is, whole or not at all."""
    half = file.with_suffix(".half")
    half.write_text(json.dumps({"pid": os.getpid(), **vars(progress)}))
    half.replace(file)


def forget(file: Path = FILE) -> None:
    """Nothing is being told."""
    file.unlink(missing_ok=True)


def look(file: Path = FILE) -> Progress | None:
    """How far it is; None when nobody tells, also when who told was killed."""
    try:
        told = json.loads(file.read_text())
    except (OSError, ValueError):
        return None
    if TELLER not in command_of(int(told["pid"])):
        return None
    return Progress(told["week"], told["weeks"])
