"""An assistant's first page, by role."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from ingestion.access import AssistantRequest, assistant_page, may
from portal.accounts.models import Role
from reviews.pages.answer.home import my_parts, newest_conversation, own_flags, reviewer_home
from reviews.pages.answer.lead_home import lead_home


@assistant_page(Role.AGENT)
@require_GET
def assistant_home(request: AssistantRequest) -> HttpResponse:
    """Leads: is it getting worse? Reviewers: start. Agents: their flags."""
    now = timezone.now()
    if may(request, Role.LEAD):
        if newest_conversation(request.assistant) is None:
            return render(request, "reviews/answer/home_empty.html")
        page = lead_home(assistant=request.assistant, at=now)
        return render(request, "reviews/answer/home_lead.html", {"page": page})
    parts = my_parts(request.assistant, request.user)
    if may(request, Role.REVIEWER):
        reviewing = reviewer_home(assistant=request.assistant, user=request.user, at=now)
        context = {"page": reviewing, "parts": parts}
        return render(request, "reviews/answer/home_reviewer.html", context)
    flags = own_flags(request.assistant, request.user)
    return render(request, "reviews/answer/home_agent.html", {"flags": flags, "parts": parts})
