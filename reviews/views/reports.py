"""The archive of weekly reports, and stopping their mails."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from ingestion.access import AssistantRequest, assistant_page
from portal import given
from portal.accounts.access import TeamRequest, for_team
from portal.accounts.forms import MailForm
from portal.accounts.models import Membership, Role
from portal.words import whole
from reviews.answer.shown import KindLine
from reviews.charts.interval import IntervalRow, range_bar
from reviews.models import Report
from reviews.reports.content import OwnershipReport, QualityReport
from reviews.reports.reports import content_of, gets_weekly, stop_weekly, want_weekly
from reviews.stats.intervals import Rate

PAGE = 60


@assistant_page(Role.AGENT)
@require_GET
def reports(request: AssistantRequest) -> HttpResponse:
    """Every report there is, newest first."""
    rows = Report.objects.filter(assistant=request.assistant).order_by("-week", "kind")[:PAGE]
    return render(
        request, "reviews/reports/reports.html", {"rows": [(row, content_of(row)) for row in rows]}
    )


@assistant_page(Role.AGENT)
@require_GET
def report(request: AssistantRequest, kind: str, week: str) -> HttpResponse:
    """One report as it was written; it never changes."""
    day = given.day(week)
    if day is None:
        raise Http404("There is no such report.")
    rows = Report.objects.filter(assistant=request.assistant, kind=kind, week=day)
    row = for_team(rows, request.user)
    content = content_of(row)
    if content is None:
        return render(request, "reviews/reports/report_unreadable.html", {"row": row})
    if isinstance(content, OwnershipReport):
        return render(
            request, "reviews/reports/report_ownership.html", {"report": content, "row": row}
        )
    return render(
        request,
        "reviews/reports/report_quality.html",
        {"report": content, "row": row, "bars": _bars(content)},
    )


def _bars(content: QualityReport) -> list[tuple[KindLine, IntervalRow | None]]:
    """Each kind with the drawing of its range."""
    bars = []
    for line in content.kinds:
        drawing = None
        if line.now.share is not None and line.now.low is not None and line.now.high is not None:
            rate = Rate(line.now.share / 100, line.now.low / 100, line.now.high / 100, 0)
            drawing = range_bar(rate, tone=line.tone)
        bars.append((line, drawing))
    return bars


@csrf_exempt  # mail programs post here for one-click unsubscribe (RFC 8058); the token is signed
@require_http_methods(["GET", "POST"])
def stop_mails(request: HttpRequest, token: str) -> HttpResponse:
    """Stop the weekly mails without signing in. Opening the page changes nothing."""
    if request.method == "GET":
        return render(request, "reviews/reports/stop_mails.html", {"token": token})
    member = stop_weekly(token=token, at=timezone.now())
    if member is None:
        raise Http404("This link does not work any more.")
    return render(
        request, "reviews/reports/stop_mails.html", {"stopped": True, "team": member.team}
    )


@login_required
@require_http_methods(["GET", "POST"])
def mail_settings(request: TeamRequest) -> HttpResponse:
    """Which teams' weekly mails a person gets."""
    members = (
        Membership.objects.current()
        .filter(user=request.user)
        .select_related("team", "mail_preference")
    )
    if request.method == "POST":
        chosen = whole(request.POST.get("membership"))
        member = for_team(members, request.user, pk=chosen or 0)
        form = MailForm(request.POST)
        wanted = form.is_valid() and form.cleaned_data["weekly"]
        want_weekly(member=member, wanted=wanted, at=timezone.now())
        messages.success(request, "Saved.")
        return redirect("mail_settings")
    rows = [(member, gets_weekly(member)) for member in members.order_by("team__name")]
    return render(request, "reviews/reports/mail_settings.html", {"rows": rows})
