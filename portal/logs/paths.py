"""The address of a request as it may be written down: the pattern it fits, with its numbers.

Queries, secrets of links and whatever else somebody typed into an address stay out. No Django here.
"""

from __future__ import annotations

import re
from typing import Any

PART = re.compile(r"<(?:\w+:)?(?P<name>\w+)>")
# The only values in our addresses that are safe to show: days and the numbers of rows.
HARMLESS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,18}")
HIDDEN = "..."
STATIC = "/static/"


def shown_path(request: Any) -> str:
    """The path of a request, without what may be secret."""
    match = getattr(request, "resolver_match", None)
    if match is None:
        return f"{STATIC}{HIDDEN}" if str(request.path).startswith(STATIC) else HIDDEN
    return filled_in(str(match.route), match.kwargs)


def filled_in(route: str, values: dict[str, Any]) -> str:
    """A pattern with the harmless ones of its values.

    >>> filled_in("a/<int:one>/", {"one": 7}), filled_in("join/<str:secret>/", {"secret": "x"})
    ('/a/7/', '/join/.../')
    """

    def value(part: re.Match[str]) -> str:
        text = str(values.get(part["name"], ""))
        return text if HARMLESS.fullmatch(text) else HIDDEN

    return "/" + PART.sub(value, route).lstrip("/")
