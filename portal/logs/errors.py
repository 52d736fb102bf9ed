"""What may be said of an error: its class, its codes, and the lines of code that it went through.

Never its message. Messages quote what was worked on: a number that cannot be read, a key that is
not there, and in psycopg's case the whole row that broke a rule. No Django here.
"""

from __future__ import annotations

import errno
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

BASE = Path(__file__).resolve().parent.parent.parent
MOST_FRAMES, MOST_CAUSES = 40, 5
# The names that PostgreSQL tells of a broken rule; they are of our tables, not of their rows.
NAMED = ("constraint_name", "table_name", "column_name")


def described(error: BaseException) -> str:
    """The class of an error and its codes.

    >>> described(ValueError("invalid literal: 'my secret'")), described(FileNotFoundError(2, "x"))
    ('ValueError', 'FileNotFoundError ENOENT')
    """
    return " ".join([_class_of(error), *_codes(error)])


def _class_of(error: BaseException) -> str:
    kind = type(error)
    return (
        kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    )


def _codes(error: BaseException) -> Iterator[str]:
    if isinstance(state := getattr(error, "sqlstate", None), str):
        yield state
        told = getattr(error, "diag", None)
        for name in NAMED:
            if value := getattr(told, name, None):
                yield f"{name.removesuffix('_name')}={value}"
    if isinstance(error, OSError) and isinstance(error.errno, int):
        yield errno.errorcode.get(error.errno, str(error.errno))
    if isinstance(code := getattr(error, "smtp_code", None), int):
        yield str(code)


def lines_of(error: BaseException) -> list[str]:
    """Every line of code that an error went through, with its causes, outermost first.

    As Python's own traceback, but without the messages, and with each frame in one line.
    """
    lines: list[str] = []
    one: BaseException | None = error
    seen: list[BaseException] = []
    while one is not None and len(seen) < MOST_CAUSES and all(one is not other for other in seen):
        seen.append(one)
        if len(seen) > 1:
            lines.append(f"from {described(one)}")
        lines += _frames(one.__traceback__)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return lines


def _frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)
    left_out = len(frames) - MOST_FRAMES
    shown = [_frame(one) for one in frames[-MOST_FRAMES:]]
    return [f"... {left_out} more", *shown] if left_out > 0 else shown


def _frame(frame: traceback.FrameSummary) -> str:
    place = f"{short(frame.filename)}:{frame.lineno} in {frame.name}"
    if not frame.line or frame.filename.startswith("<"):
        return place  # what was typed on a command line is words of a person, not our code
    return f"{place}: {frame.line}"


def short(name: str) -> str:
    """A file's place below the checkout or among the packages."""
    _, found, rest = name.rpartition("/site-packages/")
    if found:
        return rest
    path = Path(name)
    return path.relative_to(BASE).as_posix() if path.is_relative_to(BASE) else name
