"""Flag a bad answer in two clicks, and hear what came of it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ingestion.access import AssistantRequest, assistant_page, may
from ingestion.models import Conversation
from portal.accounts import audit
from portal.accounts.access import for_team
from portal.accounts.models import Role
from portal.celery import wake
from portal.forms.opened import FIELD, Since, changed_since
from portal.forms.shared_form import held_while_saving
from portal.given import line, prose
from portal.refused import Refused
from portal.words import whole
from reviews.grading.flagging import NOTED, NewFlag, change_flag, raise_flag, undo_flag
from reviews.grading.search import find_conversations
from reviews.models import Flag, WentWrong
from reviews.models.reason import FLAG_REASONS
from reviews.pages.answer.home import flag_lines

PAGE = 50
OWN = "leads, and whoever raised the flag"
ICONS = {
    WentWrong.WRONG_FACT: "cross",
    WentWrong.OUT_OF_DATE: "clock",
    WentWrong.INCOMPLETE: "minus",
    WentWrong.DID_NOT_ANSWER: "comment",
    WentWrong.RUDE_OR_UNSAFE: "alert",
    WentWrong.SOMETHING_ELSE: "dots",
}
REASONS = [(one.value, one.label, ICONS[one]) for one in FLAG_REASONS]


@assistant_page(Role.AGENT)
@require_GET
def flags(request: AssistantRequest) -> HttpResponse:
    """Search, and the flags: an agent's own, everybody's for leads."""
    text = request.GET.get("q", "").strip()
    search = find_conversations(assistant=request.assistant, text=text)
    found, certain = search.rows, search.certain
    # While somebody types, the list stays a list, with the exact hit ready to flag at its top; and
    # when they come back to it (`list` is in the address that the live search leaves).
    listed = request.htmx or "list" in request.GET
    if len(found) == certain == 1 and not listed:
        return redirect("flag_answer", request.assistant.pk, found[0].pk)
    hit = found[0] if certain == 1 else None
    found_so = {
        "q": text,
        "results": [(one, _preview(one)) for one in found if one is not hit],
        "found": len(found),
        "hit": _answer_of(hit, None) if hit else None,
    }
    if request.htmx:
        context = {**found_so, "assistant": request.assistant}
        return render(request, "reviews/grading/_flag_results.html", context)
    rows = Flag.objects.filter(assistant=request.assistant).select_related("conversation", "by")
    if not may(request, Role.LEAD):
        rows = rows.filter(by=request.user)
    before = whole(request.GET.get("before"))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    page = list(rows.order_by("-pk")[: PAGE + 1])
    context = {
        **found_so,
        "lines": flag_lines(page[:PAGE]),
        "older": page[PAGE - 1].pk if len(page) > PAGE else None,
    }
    return render(request, "reviews/grading/flags.html", context)


def _preview(conversation: Conversation) -> str:
    positions = conversation.answer_positions
    return conversation.answer(positions[-1] if positions else -1)[:180]


def _answer_of(conversation: Conversation, given: int | None) -> dict[str, Any]:
    """What _flag_form.html shows: the answer that was `given` by its position, or the last one."""
    positions = conversation.answer_positions
    chosen = given if given in positions else positions[-1] if positions else 0
    return {
        "conversation": conversation,
        "answer": conversation.answer(chosen),
        "chosen": chosen,
        "others": [(one, conversation.answer(one)[:90]) for one in positions],
        "reasons": REASONS,
    }


def _answer_page(
    request: AssistantRequest, conversation: Conversation, **extra: Any
) -> HttpResponse:
    given = whole(request.GET.get("answer") or request.POST.get("answer"))
    context = {"one": _answer_of(conversation, given), **extra}
    return render(
        request, "reviews/grading/flag_answer.html", context, status=422 if extra else 200
    )


@assistant_page(Role.AGENT)
@require_http_methods(["GET", "POST"])
def flag_answer(request: AssistantRequest, conversation_id: int) -> HttpResponse:
    """Six reasons; pressing one sends the flag."""
    conversations = Conversation.objects.filter(assistant=request.assistant)
    conversation = for_team(conversations, request.user, pk=conversation_id)
    if request.method == "GET":
        return _answer_page(request, conversation)
    new = NewFlag(
        reason=request.POST.get("reason", ""),
        conversation_ref=conversation.external_id,
        answer_index=whole(request.POST.get("answer")),
        is_urgent=request.POST.get("urgent") == "on",
    )
    return _raise(request, new, partial(_answer_page, request, conversation))


def _raise(request: AssistantRequest, new: NewFlag, again: Any) -> HttpResponse:
    now = timezone.now()
    try:
        flag, _ = raise_flag(
            assistant=request.assistant,
            new=new,
            by=request.user,
            label=str(request.user),
            at=now,
            when=now,
        )
    except Refused as refused:
        page: HttpResponse = again(error=str(refused))
        return page
    transaction.on_commit(partial(wake, "reviews.tasks.choose_samples"))
    return redirect("flag", request.assistant.pk, flag.pk)


@assistant_page(Role.AGENT)
@require_http_methods(["GET", "POST"])
def flag_anyway(request: AssistantRequest) -> HttpResponse:
    """No conversation was found: keep the pasted answer, and match it later."""

    def page(**extra: Any) -> HttpResponse:
        context = {"reasons": REASONS, "text": request.POST.get("text", request.GET.get("q", "")),
                   "ref": request.POST.get("ref", ""), **extra}  # fmt: skip
        return render(
            request, "reviews/grading/flag_anyway.html", context, status=422 if extra else 200
        )

    if request.method == "GET":
        return page()
    new = NewFlag(
        reason=request.POST.get("reason", ""),
        conversation_ref=line(request.POST.get("ref", ""))[:200],
        pasted_text=prose(request.POST.get("text", ""))[:20_000],
    )
    return _raise(request, new, page)


def _own(request: AssistantRequest, flag_id: int) -> Flag:
    rows = Flag.objects.filter(assistant=request.assistant).select_related(
        "conversation", "assistant"
    )
    if not may(request, Role.LEAD):
        rows = rows.filter(by=request.user)
    return for_team(held_while_saving(rows, request, of=("self",)), request.user, pk=flag_id)


@assistant_page(Role.AGENT, only=OWN)
@require_GET
def flag(request: AssistantRequest, flag_id: int) -> HttpResponse:
    """One flag: sent, what came of it, undo, a note."""
    row = _own(request, flag_id)
    line = flag_lines([row])[0]
    return render(request, "reviews/grading/flag.html", {"line": line, "flag": row})


@assistant_page(Role.AGENT, only=OWN)
@require_POST
@transaction.atomic
def flag_undo(request: AssistantRequest, flag_id: int) -> HttpResponse:
    """Take a flag back."""
    undo_flag(flag=_own(request, flag_id), at=timezone.now())
    messages.success(request, "Taken back.")
    return redirect("flags", request.assistant.pk)


@assistant_page(Role.AGENT, only=OWN)
@require_POST
def flag_note(request: AssistantRequest, flag_id: int) -> HttpResponse:
    """Add what the right answer is, or mark it urgent."""
    note = request.POST.get("note")
    note = None if note is None else prose(note)[:5000]
    urgent = True if request.POST.get("urgent") == "on" else None
    with transaction.atomic():
        row = _own(request, flag_id)
        since = _note_since(request, row, note) if note is not None else None
        if since is not None:
            context = {"line": flag_lines([row])[0], "since": since, "typed_note": note}
            return render(
                request, "reviews/grading/flag.html", {"flag": row, **context}, status=409
            )
        now = timezone.now()
        change_flag(flag=row, note=note, is_urgent=urgent, by=request.user, at=now)
    messages.success(request, "Marked urgent." if urgent else "Note added. Thank you.")
    return redirect("flag", request.assistant.pk, row.pk)


def _note_since(request: AssistantRequest, flag: Flag, note: str) -> Since | None:
    """What somebody else wrote there while the page was open."""
    team, about = request.assistant.team, f"flag {flag.pk}"
    return changed_since(
        request.POST.get(FIELD, ""),
        now={"note": flag.note},
        mine={"note": note},
        labels={"note": "What the right answer is"},
        last=lambda: audit.last_change(team=team, action=NOTED, subject=about),
    )
