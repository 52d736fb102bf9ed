"""What went wrong, in a sentence of our own: messages of errors may hold values of rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from zoneinfo import ZoneInfoNotFoundError

import msgspec
from celery.exceptions import SoftTimeLimitExceeded, TimeLimitExceeded
from django.db import DatabaseError, InterfaceError, OperationalError

BASE = Path(__file__).resolve().parent.parent.parent
NUMBER = "A stored number is too large or too small to count with."
UNREADABLE = "Something stored cannot be read."
TOO_LONG = "It took too long."
UNKNOWN = "The program met something that it cannot deal with."
# By SQLSTATE, the longest that fits; https://www.postgresql.org/docs/current/errcodes-appendix.html
STATES = {
    "22003": NUMBER,
    "22012": NUMBER,
    "22008": "A stored date lies outside what can be counted with.",
    "22": UNREADABLE,
    "23": "It breaks a rule of the database.",
    "40": "Others were at work on the same rows.",
    "54": "A stored text is too long for the database to index.",
    "55": "Others were at work on the same rows.",
    "57014": TOO_LONG,
    "XX": "The database cannot read a stored row.",
}
# Operational errors that are about one piece of work; all others mean that the database is away.
ABOUT_ONE = ("40", "54", "55P03", "57014")
# Errors of any class that everybody meets: read-only, tables not migrated, no rights.
ABOUT_ALL = ("25", "42")
CLASSES: tuple[tuple[type[BaseException], str], ...] = (
    (SoftTimeLimitExceeded, TOO_LONG),
    (TimeLimitExceeded, TOO_LONG),
    (TimeoutError, TOO_LONG),
    (ZoneInfoNotFoundError, "The team’s time zone is not known."),
    (ArithmeticError, NUMBER),
    (msgspec.MsgspecError, UNREADABLE),
    (MemoryError, "It does not fit into memory."),
    (ValueError, UNREADABLE),
    (LookupError, UNREADABLE),
    (TypeError, UNREADABLE),
    (AttributeError, UNREADABLE),
)


@dataclass(frozen=True)
class Reason:
    """Why a piece of work failed; holds nothing of what was worked on."""

    error: str
    place: str
    words: str

    def __str__(self) -> str:
        where = f" in {self.place}" if self.place else ""
        return f"{self.words} ({self.error}{where})"


def sqlstate(error: BaseException) -> str:
    """PostgreSQL's five letters for an error of the database, or nothing."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def is_outage(error: BaseException) -> bool:
    """True when the database itself is away or unfit, so that nobody's work can be blamed."""
    if isinstance(error, InterfaceError) or sqlstate(error).startswith(ABOUT_ALL):
        return True
    return isinstance(error, OperationalError) and not sqlstate(error).startswith(ABOUT_ONE)


def reason_of(error: BaseException) -> Reason:
    """Class, place in our code and a plain sentence."""
    return Reason(type(error).__name__[:80], _place(error.__traceback__)[:120], _words(error))


def _words(error: BaseException) -> str:
    if isinstance(error, DatabaseError):
        state = sqlstate(error)
        for length in (5, 2):
            if words := STATES.get(state[:length]):
                return words
    return next((words for kind, words in CLASSES if isinstance(error, kind)), UNKNOWN)


def _place(traceback: TracebackType | None) -> str:
    """The innermost line of our own code (not of this room, which only passes errors on)."""
    place = ""
    while traceback is not None:
        code = traceback.tb_frame.f_code
        path = Path(code.co_filename)
        if path.is_relative_to(BASE):
            name = path.relative_to(BASE).as_posix()
            if not name.startswith((".venv/", "portal/ticks/")):
                place = f"{name}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place
