"""Is this team ready to notice, tell and fix?"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from ingestion.access import AssistantRequest, assistant_page
from portal.accounts.models import Role
from reviews.pages.answer.readiness import readiness as checklist


@assistant_page(Role.LEAD)
@require_GET
def readiness(request: AssistantRequest) -> HttpResponse:
    """The checklist, computed now."""
    page = checklist(assistant=request.assistant, at=timezone.now())
    return render(request, "reviews/answer/readiness.html", {"page": page})
