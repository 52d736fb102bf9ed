"""Every component on one page, to look at them light and dark; in development and the demo only."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from reviews.charts.interval import interval_row, range_bar
from reviews.readings import READINGS
from reviews.stats.intervals import Rate, difference


@require_GET
def gallery(request: HttpRequest) -> HttpResponse:
    """The components with made-up values."""
    if not (settings.DEBUG or settings.DEMO):
        raise Http404
    usual, now = Rate(0.89, 0.86, 0.91, 900), Rate(0.52, 0.40, 0.64, 58)
    context = {
        "readings": READINGS.values(),
        "usual": usual,
        "now": now,
        "change": difference(now, usual),
        "row": interval_row(usual, now, low=0.35, tone="bad"),
        "bar": range_bar(now),
    }
    return render(request, "portal/gallery.html", context)
