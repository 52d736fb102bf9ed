"""Read the files of a folder into narrow structs; what does not fit is named by file and line.

Only the fields that are asked for are decoded, so the texts of a large file are never kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T")
# `Expected ... - at `$.retrieved[...].score``, `Object missing required field `id``.
PATH = re.compile(r"\s+- at `\$\.?(?P<path>[^`]*)`$")
MISSING = re.compile(r"missing required field `(?P<field>[^`]+)`")


class BadInputError(Exception):
    """A file that cannot be replayed; the message names file, line, field and the fix."""


def bad(path: Path, line: int | None, field: str, reason: str, fix: str) -> BadInputError:
    """The message for a value that does not fit.

    >>> print(bad(Path("run/grades.jsonl"), 7, "verdict", "It is 'ok'.", "Use pass or fail."))
    run/grades.jsonl, line 7, field verdict: It is 'ok'. Use pass or fail.
    """
    where = f"{path}, line {line}" if line is not None else str(path)
    return BadInputError(f"{where}, field {field}: {reason} {fix}".rstrip())


def _decoded(path: Path, line: int | None, error: msgspec.DecodeError) -> BadInputError:
    text = str(error)
    if not isinstance(error, msgspec.ValidationError):
        where = f"{path}, line {line}" if line is not None else str(path)
        return BadInputError(f"{where}: no JSON ({text}). Write one JSON object a line.")
    missing = MISSING.search(text)
    at = PATH.search(text)
    field = at["path"] if at else ""
    if missing:
        field = f"{field}.{missing['field']}" if field else missing["field"]
        return bad(path, line, field, "It is missing.", "Add it.")
    return bad(path, line, field or "(whole line)", f"{PATH.sub('', text)}.", "Mend the value.")


def read_lines(path: Path, shape: type[T]) -> Iterator[tuple[int, T]]:
    """Every line of a JSONL file with its number. Raises BadInputError for one that does not fit.

    A broken last line is an error too: a file that was cut off would replay as a shorter history.
    """
    decode = msgspec.json.Decoder(shape).decode
    number = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    yield number, decode(line)
                except msgspec.DecodeError as error:
                    if line.strip():
                        raise _decoded(path, number, error) from error
                except (UnicodeDecodeError, RecursionError) as error:
                    raise BadInputError(
                        f"{path}, line {number}: no text in UTF-8 that can be read ({error}). "
                        "Write the file in UTF-8."
                    ) from error
    except OSError as error:
        raise BadInputError(f"{path} cannot be read: {error.strerror}.") from error


def read_whole(path: Path, shape: type[T]) -> T:
    """A JSON file as a whole."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=shape)
    except msgspec.DecodeError as error:
        raise _decoded(path, None, error) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise BadInputError(f"{path}: no JSON that can be read ({error}).") from error
    except OSError as error:
        raise BadInputError(f"{path} cannot be read: {error.strerror}.") from error


class Days:
    """Moments as days since 0001-01-01 (`date.toordinal`), by the calendar of UTC.

    Files of one day repeat one date thousands of times, so dates are kept once read.
    """

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def of_date(self, text: str) -> int:
        """A date such as 2026-11-17. ValueError: none."""
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = date.fromisoformat(text).toordinal()
        return found

    def of_moment(self, text: str) -> int:
        """A moment with a zone, such as 2026-11-17T10:12:00Z. ValueError: none, or no zone.

        >>> days = Days()
        >>> days.of_moment("2026-11-17T23:30:00-02:00") - days.of_date("2026-11-17")
        1
        """
        if text[10:11] == "T" and (text[19:] == "Z" or text[19:] == "+00:00"):
            return self.of_date(text[:10])
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError("no zone")
        return moment.astimezone(UTC).toordinal()
