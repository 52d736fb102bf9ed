"""The quality definition: read it, draft it beside its preview, compare, publish."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ingestion.access import AssistantRequest, assistant_page
from portal.accounts.models import Role
from portal.forms.opened import FIELD
from portal.given import line, prose
from portal.refused import Refused
from portal.words import whole
from reviews.definition import drafting
from reviews.definition.compare import compare
from reviews.definition.markup import as_document
from reviews.definition.template import CriterionText, DefinitionText, LevelText
from reviews.definition.versions import as_text, current_version_id, draft_of, read_version
from reviews.models import DefinitionEvent, DefinitionVersion, Level
from reviews.stats.verdicts import in_words

CRITERION = re.compile(r"^c(\d+)_name$")
MAX_FIELDS = 12


@assistant_page(Role.AGENT)
@require_GET
def definition(request: AssistantRequest, number: int | None = None) -> HttpResponse:
    """The version in force, or an older one."""
    versions = (
        DefinitionVersion.objects.published()
        .filter(assistant=request.assistant)
        .order_by("-number")
    )
    chosen = versions.filter(number=number).first() if number else versions.first()
    if number and chosen is None:
        raise Http404
    context: dict[str, Any] = {"versions": versions[:50], "draft": draft_of(request.assistant)}
    if chosen is not None:
        view = read_version(chosen.pk)
        context |= {
            "version": chosen,
            "view": view,
            "html": as_document(view.text),
            "rule": in_words(view.rule, any(one.is_critical for one in view.criteria)),
            "events": DefinitionEvent.objects.filter(assistant=request.assistant)
            .select_related("by")
            .order_by("-at", "-pk")[:20],
        }
    return render(request, "reviews/definition/definition.html", context)


def _number(post: QueryDict, name: str) -> int:
    return min(whole(post.get(name)) or 0, 12)


def _levels(post: QueryDict, prefix: str) -> tuple[LevelText, ...]:
    levels = []
    for index in range(5):
        start = f"{prefix}_l{index}"
        name, anchor = line(post.get(f"{start}_name", "")), line(post.get(f"{start}_anchor", ""))
        standing = post.get(f"{start}_standing", "")
        if (name or anchor) and standing in Level.Standing.values:
            example = prose(post.get(f"{start}_example", "")).strip()
            levels.append(LevelText(standing, name, anchor, example))
    return tuple(levels)


def read_definition(post: QueryDict) -> DefinitionText:
    """The posted form as text; criteria whose name was emptied are left out. Nothing is cut: what
    is too long is refused by `save_draft`, and stays in the form."""
    criteria = []
    for index in range(MAX_FIELDS):
        prefix = f"c{index}"
        name = line(post.get(f"{prefix}_name", ""))
        if not name:
            continue
        key = post.get(f"{prefix}_key", "") or slugify(name)[:40] or f"criterion-{index}"
        criteria.append(
            CriterionText(
                key=slugify(key)[:40],
                name=name,
                question=line(post.get(f"{prefix}_question", "")),
                is_critical=post.get(f"{prefix}_critical") == "on",
                levels=_levels(post, prefix),
            )
        )
    return DefinitionText(
        title=line(post.get("title", "")),
        text=prose(post.get("text", "")),
        max_failed=_number(post, "max_failed"),
        max_partly=_number(post, "max_partly"),
        criteria=tuple(criteria),
    )


def _edit_page(
    request: AssistantRequest, text: DefinitionText, number: int, **extra: Any
) -> HttpResponse:
    blank = LevelText("meets", "", "", "")
    rows = [
        (index, one, [*one.levels, *([blank] * (5 - len(one.levels)))])
        for index, one in enumerate(text.criteria)
    ]
    if len(rows) < MAX_FIELDS:
        empty = CriterionText("", "", "", False, ())
        starts = [LevelText("meets", "Meets", "", ""), LevelText("partly", "Partly", "", ""),
                  LevelText("fails", "Fails", "", ""), blank, blank]  # fmt: skip
        rows.append((len(rows), empty, starts))
    since = extra.get("since")
    context = {
        "stamp": since.stamp if since else drafting.stamp_of(text, number),
        "text": text,
        "rows": rows,
        "number": number,
        "draft": draft_of(request.assistant),
        "html": as_document(text.text),
        "standings": Level.Standing.choices,
        **extra,
    }
    status = 409 if since else 422 if extra.get("error") else 200
    return render(request, "reviews/definition/definition_edit.html", context, status=status)


@assistant_page(Role.LEAD)
@require_http_methods(["GET", "POST"])
def definition_edit(request: AssistantRequest) -> HttpResponse:
    """Edit the draft. Looking at the page starts none: the first save does."""
    if request.method == "GET":
        text, number = drafting.draft_text(request.assistant)
        current = current_version_id(request.assistant.pk)
        return _edit_page(request, text, number, is_first=current is None)
    return _save(request, read_definition(request.POST))


def _save(request: AssistantRequest, text: DefinitionText) -> HttpResponse:
    assistant, opened = request.assistant, request.POST.get(FIELD, "")
    try:
        since = drafting.save_as_seen(
            assistant=assistant, text=text, opened=opened, by=request.user, at=timezone.now()
        )
    except drafting.DraftChanged as changed:
        number = drafting.draft_text(assistant)[1]
        return _edit_page(request, changed.text or text, number, since=changed.since)
    except Refused as refused:
        number = drafting.draft_text(assistant)[1]
        return _edit_page(request, text, number, error=str(refused), stamp=opened)
    said = f"Draft saved.{since.sentence}" if since else "Draft saved."
    if "publish" not in request.POST or since:
        messages.success(request, said)
    target = "definition_publish" if "publish" in request.POST else "definition_edit"
    return redirect(target, assistant.pk)


@assistant_page(Role.LEAD)
@require_http_methods(["GET", "POST"])
def definition_publish(request: AssistantRequest) -> HttpResponse:
    """Compare the draft with the version in force, and publish."""
    draft, now = draft_of(request.assistant), timezone.now()
    if draft is None and request.method == "POST":
        draft = drafting.template_as_draft(assistant=request.assistant, by=request.user, at=now)
    if draft is None:
        if request.method == "POST":
            messages.error(request, drafting.gone_words(request.assistant))
        return redirect("definition", request.assistant.pk)
    error, since = "", None
    if request.method == "POST":
        try:
            drafting.publish_as_seen(
                draft=draft,
                opened=request.POST.get(FIELD, ""),
                change=request.POST.get("change", ""),
                why=line(request.POST.get("why", ""))[:2000],
                by=request.user,
                at=now,
            )
            messages.success(request, f"Definition {draft.number} is in force.")
            return redirect("definition", request.assistant.pk)
        except drafting.DraftChanged as changed:
            since = changed.since
        except Refused as refused:
            error = str(refused)
    after = as_text(read_version(draft.pk))
    current = current_version_id(request.assistant.pk)
    before = as_text(read_version(current)) if current else None
    context = {
        "draft": draft,
        "is_first": before is None,
        "lines": compare(before, after) if before else [],
        "error": error,
        "since": since,
        "stamp": drafting.stamp_of(after, draft.number),
        "typed": request.POST,
    }
    status = 409 if since else 422 if error else 200
    return render(request, "reviews/definition/definition_publish.html", context, status=status)


@assistant_page(Role.LEAD)
@require_POST
def definition_discard(request: AssistantRequest) -> HttpResponse:
    """Throw the draft away."""
    opened = request.POST.get(FIELD, "")
    try:
        gone = drafting.discard_as_seen(
            assistant=request.assistant, opened=opened, by=request.user, at=timezone.now()
        )
    except drafting.DraftChanged as changed:
        text, number = drafting.draft_text(request.assistant)
        return _edit_page(request, text, number, since=changed.since)
    said = "The draft is gone. The version in force is as it was."
    messages.success(request, said if gone else drafting.gone_words(request.assistant))
    return redirect("definition", request.assistant.pk)
