"""Graded answers, and one answer with all that was said about it."""

from __future__ import annotations

from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ingestion.access import AssistantRequest, assistant_page, may
from ingestion.models import Conversation
from portal.accounts.access import for_team
from portal.accounts.models import Role
from reviews.models import CriterionGrade, Grade, Sample, SampleReason, Verdict
from reviews.pages.grading.answers import answers_page, read_filters
from reviews.pages.grading.conversation import lay_out


@assistant_page(Role.REVIEWER)
@require_GET
def answers(request: AssistantRequest) -> HttpResponse:
    """Graded answers, by what the address asks for."""
    page = answers_page(assistant=request.assistant, filters=read_filters(request.GET))
    context = {
        "page": page,
        "verdicts": [(one.value, one.label) for one in Verdict if one != Verdict.WITHDRAWN],
        "reasons": SampleReason.choices,
    }
    return render(request, "reviews/grading/answers.html", context)


@assistant_page(Role.REVIEWER)
@require_GET
def answer(request: AssistantRequest, sample_id: int) -> HttpResponse:
    """One answer: the conversation, what it was given, every grade, every flag."""
    samples = Sample.objects.filter(assistant=request.assistant).select_related("conversation")
    sample = for_team(samples, request.user, pk=sample_id)
    levels = CriterionGrade.objects.select_related("criterion", "level").order_by(
        "criterion__position"
    )
    grades = (
        Grade.objects.that_count()
        .filter(assignment__sample=sample)
        .select_related("reviewer", "version", "assignment")
        .prefetch_related(Prefetch("levels", queryset=levels))
        .order_by("graded_at")
    )
    context = {
        "sample": sample,
        "reading": lay_out(sample.conversation, sample.answer_index),
        "grades": grades,
        "flags": sample.flags.that_stand().order_by("at")[:20],
        "signals": sample.conversation.signals.order_by("at")[:20],
    }
    # A reviewer who has not graded it yet must not be led by what others said.
    mine = any(grade.reviewer_id == request.user.pk for grade in grades)
    waits_for_me = sample.assignments.open().exists() and not mine
    context["hidden"] = waits_for_me and not may(request, Role.LEAD)
    return render(request, "reviews/grading/answer.html", context)


@assistant_page(Role.AGENT)
@require_GET
def conversation(request: AssistantRequest, conversation_id: int) -> HttpResponse:
    """A conversation, to read."""
    conversations = Conversation.objects.filter(assistant=request.assistant)
    row = for_team(conversations, request.user, pk=conversation_id)
    return render(request, "reviews/grading/conversation.html", {"reading": lay_out(row, None)})
