"""Which fields a view asks for, noted while it asks: so a field without a form enters by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

FIRST, LAST = "tests.fuzz.asked.NoteQueries", "tests.fuzz.asked.NoteFields"
_names: set[str] = set()


class Noting(QueryDict):
    """A form or a query that notes every name it is asked for."""

    def __getitem__(self, name: str) -> Any:
        _names.add(name)
        return super().__getitem__(name)

    def getlist(self, name: str, default: Any = None) -> list[Any]:
        _names.add(name)
        return super().getlist(name, default)

    def get(self, name: str, default: Any = None) -> Any:
        _names.add(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        _names.add(str(name))
        return super().__contains__(name)


def noting(given: QueryDict) -> Noting:
    """The same, and it notes."""
    copy = Noting(mutable=True, encoding=given.encoding)
    for name, values in given.lists():
        copy.setlist(name, values)
    _names.clear()
    return copy


def asked() -> Iterator[str]:
    """What was asked for since the last form began to note."""
    yield from sorted(name for name in _names if name and len(name) < 60)


class NoteQueries:
    """Middleware before the API's gate: programs' endpoints are asked queries only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/api/"):
            request.GET = noting(request.GET)  # type: ignore[assignment]  # it is one
        return self.get_response(request)


class NoteFields(NoteQueries):
    """Middleware next to the view."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            request.POST = noting(request.POST)  # type: ignore[assignment]
        else:
            request.GET = noting(request.GET)  # type: ignore[assignment]
        return self.get_response(request)
