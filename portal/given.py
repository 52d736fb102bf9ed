"""What comes from outside, made fit to keep: text, lines, days, JSON. Pure: values in, values out.

PostgreSQL keeps neither a NUL nor half of a surrogate pair, dates at the ends of the calendar
overflow as soon as a zone or a week is added to them, and Python's JSON reader takes what no JSON
is (NaN, Infinity) or what becomes it (1e999). Whoever reads a value from a form, an address or a
stored document reads it through here.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, NoReturn

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
# So far from UTC is no place (14 hours are the most), and PostgreSQL reads no such zone.
NO_ZONE_BEYOND = timedelta(hours=16)
NUL_WAS = "\x1a"  # SUBSTITUTE: stands where a form held a NUL, until a field or `kept` takes it out
DAYS_IN_WORDS = "a day from 1 Jan 2000 to 31 Dec 2099"
MOST_DIGITS = 18  # every number of so many fits into the database's widest column
HALF_PAIR = re.compile("[\ud800-\udfff]")
# Without a look of their own: control characters but tab and line feed.
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# What turns the direction of whatever stands behind it; marks (U+200E, U+200F) do not.
TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
GAPS = re.compile("[ \t\n\u2028\u2029]+")


def cannot_be_kept(text: str) -> bool:
    """True for text that PostgreSQL refuses.

    >>> cannot_be_kept("a\\x00"), cannot_be_kept("a\\ud83d"), cannot_be_kept("a\\u202e")
    (True, True, False)
    """
    return "\x00" in text or HALF_PAIR.search(text) is not None


def kept(text: str) -> str:
    """The text as it can be kept: a NUL, which nobody sees, is left out; half of a surrogate pair
    becomes the sign for a letter that cannot be read.

    >>> kept("a\\x00b"), kept("half \\ud83d") == "half \\ufffd"
    ('ab', True)
    """
    return HALF_PAIR.sub("\ufffd", text.replace("\x00", ""))


def substituted(text: str) -> str:
    """The text of a form as the door lets it through: what cannot be kept is marked, so that a
    field can say so.

    >>> substituted("a\\x00b"), prose(substituted("a\\x00b"))
    ('a\\x1ab', 'ab')
    """
    return HALF_PAIR.sub("\ufffd", text.replace("\x00", NUL_WAS))


def prose(text: str) -> str:
    """Text of many lines: without control characters, lines ended one way.

    >>> prose("a\\r\\nb\\x07\\tc")
    'a\\nb\\tc'
    """
    return CONTROLS.sub("", kept(text).replace("\r\n", "\n").replace("\r", "\n"))


def line(text: str) -> str:
    """Text of one line, such as a name: no breaks, and nothing that turns what stands after it.

    >>> line(" Robin\\u202e \\r\\n\\tSample\\x07 ")
    'Robin Sample'
    """
    return GAPS.sub(_gap, TURNS.sub("", prose(text))).strip()


def _gap(found: re.Match[str]) -> str:
    """Spaces as they are; one for whatever breaks a line."""
    spaces = found[0]
    return spaces if spaces.strip(" ") == "" else " "


def day(text: str | None) -> date | None:
    """The day that an address or a form holds; None for anything else, and for days at the ends of
    the calendar, from which no week can be taken.

    >>> day("2026-11-17"), day("0001-01-01"), day("9999-12-31"), day("soon")
    (datetime.date(2026, 11, 17), None, None, None)
    """
    try:
        given = date.fromisoformat(text or "")
    except ValueError:
        return None
    return given if FIRST_DAY <= given <= LAST_DAY else None


def has_zone(moment: datetime) -> bool:
    """True when a moment has a zone that can be kept.

    >>> from datetime import UTC
    >>> has_zone(datetime(2026, 11, 17, tzinfo=UTC)), has_zone(datetime(2026, 11, 17))
    (True, False)
    >>> has_zone(datetime.fromisoformat("2026-11-17T10:12:00+23:59"))
    False
    """
    offset = moment.utcoffset()
    return offset is not None and abs(offset) < NO_ZONE_BEYOND


class NotReadable(ValueError):
    """A document that is no JSON, or JSON that cannot be kept."""


def _no_constant(name: str) -> NoReturn:
    raise NotReadable(f"{name} is no JSON.")


def _number(digits: str) -> int:
    if len(digits.lstrip("-")) > MOST_DIGITS:
        raise NotReadable(f"A number has more than {MOST_DIGITS} digits.")
    return int(digits)


def _fraction(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise NotReadable("A number is too large.")
    return value


def document(text: str, *, most: int, depth: int = 12) -> Any:
    """The JSON in a text that a browser sent, as it can be kept; raises NotReadable.

    Half of a surrogate pair, as cutting a text by UTF-16 units leaves it, is no reason to lose the
    rest: see `kept`.

    >>> document('{"note": "half \\\\ud83d"}', most=100) == {"note": "half \\ufffd"}
    True
    >>> try: document('[1e999]', most=100)
    ... except NotReadable as error: print(error)
    A number is too large.
    """
    if len(text) > most:
        raise NotReadable(f"It is over {most:,} characters.")
    try:
        value = json.loads(
            text, parse_constant=_no_constant, parse_int=_number, parse_float=_fraction
        )
    except NotReadable:
        raise
    except (ValueError, RecursionError) as error:
        raise NotReadable("It is no JSON, or nested too deep.") from error
    return _each_text(value, kept, depth)


def _each_text(value: Any, change: Callable[[str], str], depth: int) -> Any:
    if isinstance(value, str):
        return change(value)
    if not isinstance(value, dict | list):
        return value
    if depth == 0:
        raise NotReadable("It is nested too deep.")
    if isinstance(value, list):
        return [_each_text(one, change, depth - 1) for one in value]
    return {change(key): _each_text(one, change, depth - 1) for key, one in value.items()}
