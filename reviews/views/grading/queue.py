"""What waits and why, and the answers that a lead decides."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ingestion.access import AssistantRequest, assistant_page
from portal.accounts.access import for_team
from portal.accounts.models import Role
from portal.celery import wake
from portal.refused import Refused
from reviews.definition.versions import current_version_id, published_version
from reviews.grading.grades import record_decision
from reviews.grading.kind_first import put_kind_first
from reviews.models import Assignment
from reviews.pages.grading.conversation import lay_out
from reviews.pages.grading.queue import decided_words, differing, queue_page
from reviews.pages.grading.review import criteria_html
from reviews.sampling.choosing import shown_policy_of
from reviews.views.grading.forms import grade_form


@assistant_page(Role.LEAD)
@require_GET
def queue(request: AssistantRequest) -> HttpResponse:
    """The next hundred places, in the order they are handed out."""
    context = {
        **vars(queue_page(request.assistant)),
        "now": timezone.now(),
        "policy": shown_policy_of(request.assistant),
    }
    return render(request, "reviews/grading/queue.html", context)


@assistant_page(Role.LEAD)
@require_POST
def kind_first(request: AssistantRequest) -> HttpResponse:
    """Put the waiting answers of one kind first."""
    kind, now = request.POST.get("kind", ""), timezone.now()
    put_kind_first(assistant=request.assistant, kind=kind, by=request.user, at=now)
    return redirect("queue", request.assistant.pk)


@assistant_page(Role.LEAD)
@require_http_methods(["GET", "POST"])
def decide(request: AssistantRequest, assignment_id: int) -> HttpResponse:
    """A lead decides where blind reviews disagree, with both before them."""
    places = Assignment.objects.filter(
        assistant=request.assistant, purpose=Assignment.Purpose.ADJUDICATION
    ).select_related("sample__conversation", "reviewer")
    place = for_team(places, request.user, role=Role.LEAD, pk=assignment_id)
    is_decided = place.state != Assignment.State.OPEN
    is_told = request.method == "POST" and place.reviewer != request.user
    if is_decided and not is_told:
        return redirect("queue", request.assistant.pk)
    if is_decided:
        return _decision_page(request, place, error=decided_words(place), status=409)
    if request.method != "POST":
        return _decision_page(request, place)
    try:
        form, now = grade_form(request.POST), timezone.now()
        record_decision(assignment_id=place.pk, lead=request.user, form=form, at=now)
    except Refused as refused:
        return _decision_page(request, place, error=str(refused), status=422)
    transaction.on_commit(partial(wake, "reviews.tasks.make_rollups"))
    return redirect("queue", request.assistant.pk)


def _decision_page(
    request: AssistantRequest, place: Assignment, *, error: str = "", status: int = 200
) -> HttpResponse:
    version = current_version_id(request.assistant.pk)
    if version is None:
        return redirect("queue", request.assistant.pk)
    context = {
        **vars(differing(place)),
        "place": place,
        "reading": lay_out(place.sample.conversation, place.sample.answer_index),
        "definition": published_version(version),
        "criteria": criteria_html(version),
        "error": error,
        "note": request.POST.get("note", ""),
    }
    return render(request, "reviews/grading/decide.html", context, status=status)
