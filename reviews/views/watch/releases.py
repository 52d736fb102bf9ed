"""The log of changes, one change, and the sentence that an unannounced one still lacks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ingestion.access import AssistantRequest, assistant_page, may
from ingestion.models import Release
from ingestion.releases import EXPLAINED, explain, record_release
from portal.accounts import audit
from portal.accounts.access import RoleNeeded, for_team
from portal.accounts.models import Role
from portal.forms.fields import Line, Link, Moment
from portal.forms.opened import FIELD, Since, changed_since
from portal.forms.shared_form import held_while_saving
from portal.given import line
from portal.words import whole
from reviews.answer.facts import owner_by_release
from reviews.owners import owned_parts
from reviews.pages.watch.releases import release_list, release_page


class ReleaseForm(forms.Form):
    """A change: what and when; the rest is optional."""

    kind = forms.ChoiceField(choices=Release.Kind.choices, label="What changed")
    name = Line(max_length=200, label="Its name or number")
    at = Moment(
        label="Live since", required=False, help_text="In the team's time zone. Empty: now."
    )
    note = Line(required=False, label="In a sentence", max_length=5000)
    link = Link(required=False, max_length=500)


@assistant_page(Role.AGENT, changes=Role.LEAD)
@require_http_methods(["GET", "POST"])
def releases(request: AssistantRequest) -> HttpResponse:
    """Every change, newest first, with the level before and after; leads record one."""
    form = ReleaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _record(request, form)
        messages.success(request, "Recorded.")
        return redirect("releases", request.assistant.pk)
    number = whole(request.GET.get("before"))
    context = {
        "page": release_list(assistant=request.assistant, at=timezone.now(), before=number),
        "form": form,
        "may_change": may(request, Role.LEAD),
    }
    return render(
        request, "reviews/watch/releases.html", context, status=422 if form.errors else 200
    )


def _record(request: AssistantRequest, form: ReleaseForm) -> None:
    now = timezone.now()
    given = form.cleaned_data["at"]
    record_release(
        assistant=request.assistant,
        kind=form.cleaned_data["kind"],
        name=form.cleaned_data["name"].strip(),
        went_live_at=given.replace(tzinfo=request.assistant.team.zone) if given else now,
        note=form.cleaned_data["note"],
        link=form.cleaned_data["link"],
        by=request.user,
        label=str(request.user),
        at=now,
    )


def _get(request: AssistantRequest, release_id: int) -> Release:
    return for_team(_get_rows(request), request.user, pk=release_id)


def _get_rows(request: AssistantRequest) -> QuerySet[Release]:
    rows = Release.objects.filter(assistant=request.assistant)
    return rows.select_related("assistant__team")


def _may_explain(request: AssistantRequest, release: Release) -> bool:
    """Leads, and whoever owns the part that changed."""
    owner = owner_by_release(release, owned_parts(request.assistant))
    return may(request, Role.LEAD) or owner == request.user


@assistant_page(Role.AGENT)
@require_GET
def release(request: AssistantRequest, release_id: int) -> HttpResponse:
    """One change."""
    return _release_page(request, _get(request, release_id))


def _release_page(request: AssistantRequest, one: Release, **extra: Any) -> HttpResponse:
    context = {
        "page": release_page(release=one, at=timezone.now()),
        "may_explain": _may_explain(request, one),
        **extra,
    }
    return render(request, "reviews/watch/release.html", context, status=409 if extra else 200)


def _note_since(request: AssistantRequest, one: Release, note: str) -> Since | None:
    """What somebody else said of the change while the page was open."""
    about: dict[str, Any] = {"team": request.assistant.team, "action": EXPLAINED}
    return changed_since(
        request.POST.get(FIELD, ""),
        now={"note": one.note},
        mine={"note": note},
        labels={"note": "In a sentence"},
        last=lambda: audit.last_change(subject=str(one), **about),
    )


@assistant_page(Role.AGENT, only="leads, and whoever owns the part")
@require_POST
def release_note(request: AssistantRequest, release_id: int) -> HttpResponse:
    """Say in a sentence what a change was; one that was only noticed is announced with it."""
    one = _get(request, release_id)
    if not _may_explain(request, one):
        raise RoleNeeded(Role.LEAD, request.assistant.team)
    note = line(request.POST.get("note", ""))[:5000]
    if not note:
        messages.error(request, "Write a sentence: what changed, and why.")
        return redirect("release", request.assistant.pk, one.pk)
    with transaction.atomic():
        one = held_while_saving(_get_rows(request), request, of=("self",)).get(pk=one.pk)
        since = _note_since(request, one, note)
        if since is not None:
            return _release_page(request, one, since=since, typed_note=note)
        explain(release=one, note=note, by=request.user, at=timezone.now())
    messages.success(request, "Kept.")
    return redirect("release", request.assistant.pk, one.pk)
