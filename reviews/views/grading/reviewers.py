"""How alike people grade; a reviewer sees their own part."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from ingestion.access import AssistantRequest, assistant_page, may
from portal.accounts.models import Role
from reviews.pages.grading.reviewers import reviewers_page


@assistant_page(Role.REVIEWER)
@require_GET
def reviewers(request: AssistantRequest) -> HttpResponse:
    """Agreement, pairs that differ, habits: of everybody for leads, else one's own."""
    is_lead = may(request, Role.LEAD)
    page = reviewers_page(
        assistant=request.assistant,
        at=timezone.now(),
        only=None if is_lead else request.user,
    )
    return render(request, "reviews/grading/reviewers.html", {"page": page, "is_own": not is_lead})
