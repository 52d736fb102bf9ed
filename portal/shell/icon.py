"""The picture beside the address, where browsers ask for it without having read a page of ours."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Send on to the picture; a proxy's own page of an error has no `<link>` that names it."""
    return redirect(static("favicon.svg"))
