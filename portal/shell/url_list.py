"""Every address of the product and who may use it, read off the views themselves.

Nothing is written down here that a view does not do: the role comes from the decorator that checks
it, "signed in" from Django's `login_required`, methods from `require_http_methods` or the class.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

ANYBODY, SIGNED_IN = "anonymous", "member"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
REAUTHENTICATION = ("allauth.account.decorators", "reauthentication_required.<locals>.decorator")


@dataclass(frozen=True)
class Address:
    """One address. `who` is "anonymous", "member" (of any team: somebody signed in), the least
    role of the team, or "key:" and the scope that an API key needs; `changes` the same for
    methods other than GET and HEAD; `only` says in words whom of those the view lets through."""

    path: str
    name: str
    methods: tuple[str, ...]
    who: str
    changes: str
    only: str


def addresses() -> list[Address]:
    """All of them, in the order in which Django looks."""
    return [
        Address(path, pattern.name or "", methods_of(pattern.callback), *who_may(pattern.callback))
        for path, pattern in _walk(get_resolver().url_patterns, "/")
    ]


def _walk(patterns: list[Any], before: str) -> Iterator[tuple[str, URLPattern]]:
    for one in patterns:
        path = before + str(one.pattern).removeprefix("^").removesuffix("$")
        if isinstance(one, URLResolver):
            yield from _walk(one.url_patterns, path)
        else:
            yield path, one


def who_may(view: Callable[..., Any]) -> tuple[str, str, str]:
    """`who`, `changes` and `only` of a view, as Address has them."""
    if scope := getattr(view, "scope", None):
        return f"key:{scope.value}", f"key:{scope.value}", ""
    if role := getattr(view, "role", None):
        only: str = getattr(view, "only", "")
        return role.value, getattr(view, "changes", role).value, only
    who = SIGNED_IN if _asks_to_sign_in(view) else ANYBODY
    return who, who, ""


def _asks_to_sign_in(view: Callable[..., Any]) -> bool:
    """True behind `login_required` (which leaves `login_url` on what it wraps) or behind
    allauth's `reauthentication_required`, which leaves nothing but itself."""
    if hasattr(view, "login_url"):
        return True
    made_of = getattr(view, "view_class", None)
    return made_of is not None and any(
        (one.__module__, one.__qualname__) == REAUTHENTICATION
        for layer in _layers(made_of.dispatch)
        for one in _kept(layer).get("decorators", ())
    )


def methods_of(view: Callable[..., Any]) -> tuple[str, ...]:
    """The methods that a view does not answer with 405, in the order of METHODS."""
    if method := getattr(view, "method", None):
        return (method,)
    if made_of := getattr(view, "view_class", None):
        # A view that needs its path's arguments cannot be made here; its class tells enough.
        known = {name.upper() for name in made_of.http_method_names if hasattr(made_of, name)}
        return tuple(one for one in METHODS if one in known or (one == "HEAD" and "GET" in known))
    allowed = set(METHODS)
    for layer in _layers(view):
        allowed &= set(_kept(layer).get("request_method_list", METHODS))
    return tuple(one for one in METHODS if one in allowed)


def _layers(view: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """A view and each one that it wraps."""
    layer: Callable[..., Any] | None = view
    while layer is not None:
        yield layer
        layer = getattr(layer, "__wrapped__", None)


def _kept(layer: Callable[..., Any]) -> dict[str, Any]:
    """What a decorator keeps for its run: the variables its inner function closes over."""
    return dict(inspect.getclosurevars(layer).nonlocals) if inspect.isfunction(layer) else {}
