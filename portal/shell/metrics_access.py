"""Who may read the metrics: this machine itself, or whoever brings the token."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

# A proxy leaves at least one of them; then the caller is not who connected.
FORWARDED = (
    "Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP",
)  # fmt: skip
REFUSED = (
    "Metrics are for programs on the portal's own machine that ask it directly, and for those that "
    "send the header `Authorization: Bearer` with METRICS_TOKEN.\n"
)


def _is_this_machine(request: HttpRequest) -> bool:
    """True when nothing stands between a program on this machine and us."""
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _has_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not settings.METRICS_TOKEN or scheme.lower() != "bearer":
        return False
    return constant_time_compare(token.strip(), settings.METRICS_TOKEN)


def for_monitoring(
    view: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """A view that is no page: 403, in words, for everybody else."""

    @wraps(view)
    def inner(request: HttpRequest) -> HttpResponse:
        if _is_this_machine(request) or _has_token(request):
            return view(request)
        return HttpResponse(REFUSED, content_type="text/plain", status=403)

    return inner
