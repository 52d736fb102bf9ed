"""Reading JSON from rows, whatever they hold.

What was stored may be of a shape that this version does not know: an older or a newer version
wrote it, or a hand, or a bad disk. Whoever reads it gets what can be read, never an error, so that
one row stops no list, no page and nobody else's work; what cannot be read is said where it would
stand.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
import structlog

T = TypeVar("T")
NOT_READABLE = "(This cannot be read.)"

log = structlog.get_logger(__name__)


def shaped(content: object, shape: type[T], *, of: str) -> T | None:
    """What a row holds, as `shape`; None when it cannot be read as that, which is logged with the
    name of the row, `of`."""
    try:
        return msgspec.convert(content, shape)
    except (msgspec.ValidationError, ValueError, TypeError):  # its own checks may say no as well
        log.warning("unreadable", key=of)
        return None


def mapping(content: object) -> dict[str, Any]:
    """A JSON object; empty when it is something else.

    >>> mapping({"a": 1}), mapping(["a"])
    ({'a': 1}, {})
    """
    return content if isinstance(content, dict) else {}


def mappings(content: object) -> list[dict[str, Any]]:
    """A list of JSON objects; what is none is empty, so that places in the list stay the same.

    >>> mappings([{"a": 1}, "b"]), mappings("c")
    ([{'a': 1}, {}], [])
    """
    return [mapping(one) for one in content] if isinstance(content, list) else []


def text(content: object, instead: str = NOT_READABLE) -> str:
    """Words; `instead` when it is something else.

    >>> text("a"), text(None, ""), text(5)
    ('a', '', '(This cannot be read.)')
    """
    return content if isinstance(content, str) else instead
