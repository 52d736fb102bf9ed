"""While the story is told, every page says so and comes back by itself; only the demo has this.

The story is one transaction: until it is whole nobody sees half of it, and nobody's click gets in
its way.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render

from portal.demo import progress

OPEN = ("/static/", "/health/")
AGAIN_IN = 2  # seconds


class StoryIsBeingTold:
    """Answers in place of the pages for as long as somebody tells."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        now = None if request.path.startswith(OPEN) else progress.look()
        if now is None:
            return self.get_response(request)
        response = self._wait(request, now)
        response["Retry-After"] = str(AGAIN_IN)
        response["Cache-Control"] = "no-store"
        return response

    def _wait(self, request: HttpRequest, now: progress.Progress) -> HttpResponse:
        if request.method in ("GET", "HEAD") and not request.path.startswith("/api/v1/"):
            return render(request, "portal/story.html", {"now": now, "again_in": AGAIN_IN})
        sentence = (
            f"The demo's story is being told: {now.words}. Nothing was stored; send it again."
        )
        return JsonResponse({"error": sentence}, status=HTTPStatus.SERVICE_UNAVAILABLE)
