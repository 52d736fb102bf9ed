"""The first page: to the assistant a person works on, or what to do when there is none."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from ingestion.models import Assistant
from portal.accounts.access import TeamRequest, reaches, visible_to
from portal.accounts.models import Role, Team


@login_required
@require_safe
def home(request: TeamRequest) -> HttpResponse:
    """Straight on when there is one assistant; a choice when there are more."""
    assistants = list(
        visible_to(Assistant.objects.select_related("team"), request.user).order_by("name")[:50]
    )
    if len(assistants) == 1:
        return redirect("assistant_home", assistants[0].pk)
    teams = [
        team
        for team in visible_to(Team.objects.order_by("name"), request.user)
        if reaches(team.member_role, Role.ADMIN)  # type: ignore[attr-defined]
    ]
    return render(request, "portal/home.html", {"assistants": assistants, "admin_of": teams})
