"""What people see when something cannot be done: what happened, what is safe, what to do."""

from __future__ import annotations

import secrets

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.accounts.access import RoleNeeded, reaches
from portal.accounts.models import Role

log = structlog.get_logger(__name__)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the browser sent something that no page of ours sends."""
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: says which roles may."""
    needed = exception.needed if isinstance(exception, RoleNeeded) else None
    who = [role.label for role in Role if needed and reaches(role, needed)]
    return render(request, "403.html", {"who": who, "needed": needed}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: not there, or not this person's to see; the two look the same."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a short code to quote, which is in the log too; touches no database."""
    code = secrets.token_hex(3).upper()
    log.error("server_error", code=code, path=request.path)
    return render(request, "500.html", {"code": code}, status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that is too old or came from elsewhere."""
    return render(request, "403_csrf.html", status=403)
