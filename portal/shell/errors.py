"""What people see when something cannot be done: what happened, what is safe, what to do."""

from __future__ import annotations

import secrets
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string

from portal.accounts.access import RoleNeeded, current_members, reaches
from portal.accounts.models import Role
from portal.gate import unsent
from portal.gate.api_gate import PREFIX, our_fault
from portal.gate.script_answers import is_htmx, is_ours, refused, sign_in_url, signed_out
from portal.logs.paths import shown_path
from portal.words import listed

MOST_NAMED = 3

log = structlog.get_logger(__name__)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the browser sent something that no page of ours sends."""
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: says which roles may, and who in the team has one."""
    context: dict[str, Any] = {}
    if isinstance(exception, RoleNeeded):
        roles = [role for role in Role if reaches(role, exception.needed)]
        context["roles"] = listed([role.label.lower() for role in roles], "or")
        if exception.team:
            members = current_members(exception.team).filter(role__in=roles)
            context["people"] = [member.user for member in members[:MOST_NAMED]]
    return render(request, "403.html", context, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: not there, or not this person's to see; the two look the same."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a short code to quote, in one line of the log with the traceback; no database."""
    code = secrets.token_hex(3).upper()
    log.error("server_error", code=code, path=shown_path(request), exc_info=True)
    if request.path.startswith(PREFIX):
        response = our_fault(code).response()
    else:
        response = HttpResponse(render_to_string("500.html", {"code": code}), status=500)
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django's line has no code
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that is too old or came from elsewhere; a script gets a fresh token too."""
    if is_ours(request) or is_htmx(request):
        get_token(request)  # so that the answer brings the cookie
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated:
            return signed_out(request)
        return refused("token", "That page was too old. It is sent again.", 403)
    user = getattr(request, "user", None)
    away = user is None or not user.is_authenticated
    if away and unsent.KEPT_FIELD in request.POST:
        return redirect(sign_in_url(request))
    if unsent.has_typed(request):
        return unsent.offer(request, sign_in_url(request), status=401 if away else 403)
    return render(request, "403_csrf.html", status=403)
