"""What waits and why, and the answers that a lead decides."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ingestion.access import AssistantRequest, assistant_page
from portal.accounts.access import for_team
from portal.accounts.models import Role, User
from portal.celery import wake
from portal.refused import Refused
from reviews.definition.versions import current_version_id, published_version
from reviews.grading.form import Form
from reviews.grading.grades import record_grade
from reviews.grading.queue import LEASE
from reviews.models import Assignment, Grade
from reviews.pages.grading.conversation import lay_out
from reviews.pages.grading.review import criteria_html
from reviews.sampling.choosing import NORMAL_PRIORITY, shown_policy_of
from reviews.views.grading.forms import grade_form

MOST = 100
KIND_FIRST_PRIORITY = 60


@assistant_page(Role.LEAD)
@require_GET
def queue(request: AssistantRequest) -> HttpResponse:
    """The next hundred places, in the order they are handed out."""
    waiting = Assignment.objects.filter(
        assistant=request.assistant, state=Assignment.State.OPEN
    ).select_related("sample__conversation", "reviewer")
    reviews = waiting.filter(purpose=Assignment.Purpose.REVIEW).order_by("priority", "id")
    decisions = waiting.filter(purpose=Assignment.Purpose.ADJUDICATION).order_by("id")
    rows = list(reviews[: MOST + 1])
    context = {
        "rows": rows[:MOST],
        "more": len(rows) > MOST,
        "decisions": list(decisions[:MOST]),
        "now": timezone.now(),
        "policy": shown_policy_of(request.assistant),
        "kinds": sorted({row.sample.kind for row in rows if row.sample.kind}),
    }
    return render(request, "reviews/queue.html", context)


@assistant_page(Role.LEAD)
@require_POST
def kind_first(request: AssistantRequest) -> HttpResponse:
    """Put the waiting answers of one kind first. Which answers were drawn does not change, so the
    figures stay right; the others only wait longer."""
    kind = request.POST.get("kind", "")
    Assignment.objects.filter(
        assistant=request.assistant,
        state=Assignment.State.OPEN,
        priority=NORMAL_PRIORITY,
        sample__kind=kind,
    ).update(priority=KIND_FIRST_PRIORITY)
    return redirect("queue", request.assistant.pk)


def _record(place: Assignment, lead: User, form: Form, now: datetime) -> None:
    """Take the decision and write it down; when it is refused, nothing was taken."""
    with transaction.atomic():
        Assignment.objects.filter(pk=place.pk, state=Assignment.State.OPEN).update(
            reviewer=lead, claimed_at=now, lease_until=now + LEASE
        )
        record_grade(assignment_id=place.pk, reviewer=lead, form=form, at=now)


def _decided_words(place: Assignment) -> str:
    """What to say to a lead who decides what another one decided."""
    who = place.reviewer if place.state == Assignment.State.DONE else None
    if who is None:
        return "There is nothing to decide any more: the reviews agree by now. Nothing was changed."
    return f"{who} decided it while you had it open. Nothing was changed; your comment is below."


@assistant_page(Role.LEAD)
@require_http_methods(["GET", "POST"])
def decide(request: AssistantRequest, assignment_id: int) -> HttpResponse:
    """A lead decides where blind reviews disagree, with both before them."""
    places = Assignment.objects.filter(
        assistant=request.assistant, purpose=Assignment.Purpose.ADJUDICATION
    ).select_related("sample__conversation", "reviewer")
    place = for_team(places, request.user, role=Role.LEAD, pk=assignment_id)
    version = current_version_id(request.assistant.pk)
    is_decided = place.state != Assignment.State.OPEN
    is_told = request.method == "POST" and place.reviewer != request.user
    if version is None or (is_decided and not is_told):
        return redirect("queue", request.assistant.pk)
    error, status, now = "", 200, timezone.now()
    if is_decided:
        error, status = _decided_words(place), 409
    elif request.method == "POST":
        try:
            _record(place, request.user, grade_form(request.POST), now)
            transaction.on_commit(partial(wake, "reviews.tasks.make_rollups"))
            return redirect("queue", request.assistant.pk)
        except Refused as refused:
            error, status = str(refused), 422
    grades = (
        Grade.objects.that_count()
        .filter(assignment__sample=place.sample)
        .select_related("reviewer")
        .prefetch_related("levels__criterion", "levels__level")
    )
    context = {
        "place": place,
        "reading": lay_out(place.sample.conversation, place.sample.answer_index),
        "definition": published_version(version),
        "criteria": criteria_html(version),
        "grades": grades,
        "skips": place.sample.skips.select_related("reviewer"),
        "error": error,
        "note": request.POST.get("note", ""),
    }
    return render(request, "reviews/decide.html", context, status=status)
