"""The level over time, by what the address asks for; as a page and as CSV."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from ingestion.access import AssistantRequest, assistant_page
from portal.accounts.models import Role
from reviews.pages.trends.filters import read_filters
from reviews.pages.trends.page import TABLES
from reviews.pages.trends.page import trends as trends_page
from reviews.pages.trends.tables import table_csv


@assistant_page(Role.LEAD)
@require_GET
def trends(request: AssistantRequest) -> HttpResponse:
    """The chart, what moved with it, and two stretches compared."""
    filters = read_filters(request.GET)
    page = trends_page(assistant=request.assistant, filters=filters, at=timezone.now())
    return render(request, "reviews/trends/trends.html", {"page": page})


@assistant_page(Role.LEAD)
@require_GET
def trends_csv(request: AssistantRequest) -> HttpResponse:
    """One table of the page, ?of= days, levels, compare, signals or changes; the same filters."""
    of = request.GET.get("of", "days")
    if of not in TABLES:
        raise Http404(f"There is no such table. Ask for one of {', '.join(TABLES)}.")
    now, filters = timezone.now(), read_filters(request.GET)
    page = trends_page(assistant=request.assistant, filters=filters, at=now)
    name = f"{request.assistant.slug}-{of}-{page.days.first}-{page.days.last}.csv"
    response = HttpResponse(table_csv(page, of), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
