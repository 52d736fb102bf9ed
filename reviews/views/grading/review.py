"""The review screen: take an answer, grade it, undo, skip, leave."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from ingestion.access import AssistantRequest, assistant_page
from portal import given
from portal.accounts.access import for_team
from portal.accounts.models import Role
from portal.celery import wake
from portal.refused import Refused
from portal.words import whole
from reviews.definition.markup import as_document
from reviews.grading.grades import record_grade, take_back
from reviews.grading.holding import is_proof
from reviews.grading.queue import extend, release, save_draft, skip
from reviews.models import Assignment, Skip
from reviews.pages.grading.review import (
    SITTING,
    criteria_html,
    items_of,
    review_page,
    sitting,
    take_more,
)
from reviews.sampling.choosing import shown_policy_of
from reviews.views.grading.forms import grade_form

MAX_DRAFT = 50_000


def _done(request: AssistantRequest) -> int:
    given = request.POST.get("done") or request.GET.get("done", "")
    return min(whole(given) or 0, 10_000)


def _is_screen(request: AssistantRequest) -> bool:
    """True when the review screen asks; other pages of ours send what waited, and take no more."""
    return request.script == "review"


@assistant_page(Role.REVIEWER)
@require_GET
def review(request: AssistantRequest) -> HttpResponse:
    """The screen with the answer in hand and the next one behind it."""
    done = _done(request)
    if done and done % SITTING == 0 and "more" not in request.GET:
        return redirect(f"{reverse('review_done', args=[request.assistant.pk])}?done={done}")
    return _screen(request, done)


def _screen(request: AssistantRequest, done: int, **extra: Any) -> HttpResponse:
    """The screen as it stands for this person; `error` and `note` when a form was refused."""
    page = review_page(
        assistant=request.assistant, reviewer=request.user, done=done % SITTING, at=timezone.now()
    )
    context = {
        "page": page,
        "done": done,
        "skip_reasons": Skip.Reason.choices,
        "meets_all": shown_policy_of(request.assistant).allow_meets_all,
        "criteria": criteria_html(page.definition.pk) if page.definition else "",
        "definition_html": as_document(page.definition.text) if page.definition else "",
        **extra,
    }
    template = "reviews/grading/review.html" if page.items else "reviews/grading/review_empty.html"
    return render(request, template, context, status=422 if extra else 200)


def _place(request: AssistantRequest, assignment_id: int) -> Assignment:
    places = Assignment.objects.filter(assistant=request.assistant)
    return for_team(places, request.user, role=Role.REVIEWER, pk=assignment_id)


def _refusal(request: AssistantRequest, refused: Refused, assignment_id: int) -> HttpResponse:
    gone = refused.field == "assignment"
    if request.script:
        words = {"code": refused.field, "field": refused.field, "message": str(refused)}
        return JsonResponse(words, status=409 if gone else 422)
    note = request.POST.get("note", "")
    if gone:
        said = f" Your comment was: “{note}”" if note.strip() else ""
        messages.error(request, f"{refused}{said}")
        return redirect("review", request.assistant.pk)
    return _screen(request, _done(request), error=str(refused), note=note)


@assistant_page(Role.REVIEWER)
@require_POST
def grade(request: AssistantRequest, assignment_id: int) -> HttpResponse:
    """Save a grade. A script gets the answer after the next one; a plain form the next page."""
    if not Assignment.objects.filter(pk=assignment_id, assistant=request.assistant).exists():
        raise Http404
    try:
        proof = request.POST.get("held", "")
        record_grade(
            assignment_id=assignment_id,
            reviewer=request.user,
            form=grade_form(request.POST),
            at=timezone.now(),
            had_it=is_proof(proof, assignment_id=assignment_id, reviewer_id=request.user.pk),
        )
    except Refused as refused:
        return _refusal(request, refused, assignment_id)
    transaction.on_commit(partial(wake, "reviews.tasks.make_rollups"))
    done = _done(request) + 1
    if not request.script:
        return redirect(f"{reverse('review', args=[request.assistant.pk])}?done={done}")
    return _after(request, done, assignment_id)


def _after(request: AssistantRequest, done: int, gone: int) -> HttpResponse:
    """For scripts: the newest item in hand, which the page does not show yet, or 204."""
    if not _is_screen(request):
        return HttpResponse(status=204)
    shown = {whole(pk) for pk in request.POST.getlist("shown")} - {gone, None}
    places = take_more(
        assistant=request.assistant, reviewer=request.user, at=timezone.now(), have=len(shown)
    )
    if not places:
        return HttpResponse(status=204)
    context = {"items": items_of(places, request.user), "done": done, "hide": True}
    return HttpResponse(
        render_to_string("reviews/grading/_items.html", {**context, "team": request.assistant.team})
    )


@assistant_page(Role.REVIEWER)
@require_POST
def review_undo(request: AssistantRequest) -> HttpResponse:
    """Take back the grade that is named, or this person's newest; it is in hand again."""
    named = whole(request.POST.get("assignment")) or 0
    try:
        take_back(
            assistant=request.assistant,
            reviewer=request.user,
            at=timezone.now(),
            named=named if "assignment" in request.POST else None,
        )
    except Refused as refused:
        if request.script:
            return JsonResponse({"code": "assignment", "message": str(refused)}, status=409)
        messages.error(request, str(refused))
        return _to_review(request, _done(request))
    transaction.on_commit(partial(wake, "reviews.tasks.make_rollups"))
    return _to_review(request, max(_done(request) - 1, 0))


def _to_review(request: AssistantRequest, done: int) -> HttpResponse:
    """On with the sitting, also where it would have ended."""
    return redirect(f"{reverse('review', args=[request.assistant.pk])}?done={done}&more=1")


@assistant_page(Role.REVIEWER)
@require_POST
def review_skip(request: AssistantRequest, assignment_id: int) -> HttpResponse:
    """Pass an answer on, with a reason."""
    place = _place(request, assignment_id)
    reason = request.POST.get("reason", "")
    if reason not in Skip.Reason.values:
        return HttpResponse("Choose why you skip it.", status=422, content_type="text/plain")
    skip(assignment=place, reviewer=request.user, reason=reason, at=timezone.now())
    if request.script:
        return _after(request, _done(request), place.pk)
    return redirect(f"{reverse('review', args=[request.assistant.pk])}?done={_done(request)}")


@assistant_page(Role.REVIEWER)
@require_POST
def review_draft(request: AssistantRequest, assignment_id: int) -> HttpResponse:
    """Keep the half filled form; 204 kept, 409 the place went to somebody else."""
    place = _place(request, assignment_id)
    try:
        draft = given.document(request.POST.get("draft", ""), most=MAX_DRAFT)
    except given.NotReadable:
        draft = None
    if not isinstance(draft, dict):
        return HttpResponse("That draft cannot be kept.", status=422, content_type="text/plain")
    kept = save_draft(assignment=place, reviewer=request.user, draft=draft, at=timezone.now())
    if not kept:
        message = "This answer is not in your hand any more."
        return JsonResponse({"code": "assignment", "message": message}, status=409)
    return HttpResponse(status=204)


@assistant_page(Role.REVIEWER)
@require_POST
def review_hold(request: AssistantRequest) -> HttpResponse:
    """Hold on to what is in hand for another fifteen minutes."""
    ids = [pk for pk in map(whole, request.POST.getlist("id")) if pk is not None][:10]
    kept = extend(assignment_ids=ids, reviewer=request.user, at=timezone.now())
    return JsonResponse({"held": kept})


@assistant_page(Role.REVIEWER)
@require_POST
def review_leave(request: AssistantRequest) -> HttpResponse:
    """Give back what is in hand; drafts are kept."""
    release(assistant=request.assistant, reviewer=request.user, at=timezone.now())
    return redirect("assistant_home", request.assistant.pk)


@assistant_page(Role.REVIEWER)
@require_GET
def review_done(request: AssistantRequest) -> HttpResponse:
    """The end of a sitting."""
    done = _done(request)
    if not done:
        raise Http404
    release(assistant=request.assistant, reviewer=request.user, at=timezone.now())
    summary = sitting(assistant=request.assistant, reviewer=request.user, done=min(done, SITTING))
    return render(request, "reviews/grading/review_done.html", {"sitting": summary, "done": done})
