"""What was typed into a form whose post could not be taken: signed out, or the form was too old.

A page with scripts keeps it in the browser (static/js/kept.js); it is told here which posts came.
A page without gets what it sent back on a page of its own, to be sent again after signing in.
"""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

KEPT_FIELD = "plumbline_kept"  # the number of a post that the browser keeps
OURS = ("csrfmiddlewaretoken", "plumbline_")
NUMBER = re.compile(r"[0-9a-fA-F-]{1,40}")
SECRET = re.compile("password|secret|^code$|token", re.IGNORECASE)
REMEMBERED = 600  # seconds; the next page of the tab reads it and takes it away
MOST = 200_000  # characters that are offered again on a page; more is no form of ours


def acknowledge(request: HttpRequest, response: HttpResponseBase) -> None:
    """Tell the browser that a post which it keeps was taken, or shown again with its faults (422)
    or with what somebody else changed meanwhile (409)."""
    shown = response.status_code in (409, 422) and not getattr(request, "unsent", False)
    if response.status_code >= 400 and not shown:
        return
    number = request.POST.get(KEPT_FIELD, "")
    if NUMBER.fullmatch(number):
        response.set_cookie(
            f"plumbline_got_{number}",
            "1",
            max_age=REMEMBERED,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """The fields of a post of one of our pages; none when they hold a password, or came from
    another site: what that sends is never laid out to be sent again."""
    said = request.headers.get("Origin") or request.headers.get("Referer", "")
    own = f"{request.scheme}://{request.get_host()}"
    if said != own and not said.startswith(f"{own}/"):
        return []
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        if not name.startswith(OURS)
        for value in values
    ]
    too_long = sum(len(value) for _, value in fields) > MOST
    secret = any(SECRET.search(name) for name, _ in fields)
    empty = not any(value.strip() for _, value in fields)
    return [] if too_long or secret or empty else fields


def offer(request: HttpRequest, sign_in: str, *, status: int) -> HttpResponse:
    """The way to sign in; for a page that keeps nothing itself, with what it sent laid out."""
    fields = [] if KEPT_FIELD in request.POST else _typed(request)
    if not fields:
        return HttpResponseRedirect(sign_in)
    context = {"fields": fields, "sign_in": sign_in, "signed_out": status == 401}
    return render(request, "portal/unsent.html", context, status=status)


def has_typed(request: HttpRequest) -> bool:
    """True when there is something to lay out for a page that keeps nothing itself."""
    return KEPT_FIELD not in request.POST and bool(_typed(request))
