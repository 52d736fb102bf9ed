"""Incidents: the list, one of them, and what people do about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ingestion.access import AssistantRequest, assistant_page, may
from ingestion.models import DayCount, Release
from ingestion.releases import record_release
from portal.accounts.access import RoleNeeded, current_members, for_team
from portal.accounts.models import Role, User
from portal.celery import wake
from portal.forms.fields import Day, Line, Moment
from portal.forms.opened import FIELD, Since
from portal.forms.shared_form import held_while_saving
from portal.given import line
from portal.refused import Refused
from portal.words import whole
from reviews.grading.kind_first import ask_reviewers
from reviews.models import Incident
from reviews.owners import owned_parts
from reviews.pages.watch.incident import incident_page
from reviews.pages.watch.incident_list import incident_list
from reviews.watch import incident_opened
from reviews.watch import incidents as steps
from reviews.watch.known import fix_outcome

KINDS_WITHIN = timedelta(days=60)
LEADS_OR_OWNER = "leads, and whoever owns the incident"


class OpenForm(forms.Form):
    """An incident opened by hand."""

    title = Line(max_length=200, label="What is wrong", help_text="In a few words.")
    kind = forms.ChoiceField(required=False, label="Which questions")
    started = Day(label="Since", help_text="As far as known.")

    def __init__(self, *args: Any, request: AssistantRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seen = DayCount.objects.filter(
            assistant=request.assistant, day__gte=timezone.now().date() - KINDS_WITHIN
        )
        kinds = sorted(kind for kind in set(seen.values_list("kind", flat=True)) if kind)
        choice = self.fields["kind"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - declared above
        choice.choices = [("", "All kinds"), *((kind, kind) for kind in kinds)]


class FixForm(forms.Form):
    """The fix: a change that is recorded already, or a new one."""

    release = forms.ModelChoiceField(
        Release.objects.none(), required=False, label="The change", empty_label="Another, below"
    )
    kind = forms.ChoiceField(choices=Release.Kind.choices, required=False, label="Kind")
    name = Line(max_length=200, required=False, label="Name")
    at = Moment(required=False, label="Went live", help_text="Empty: now.")

    def __init__(self, *args: Any, incident: Incident, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        since = incident.assistant.team.midnight(incident.onset_best)
        choice = self.fields["release"]
        assert isinstance(choice, forms.ModelChoiceField)  # noqa: S101 - declared above
        choice.queryset = Release.objects.filter(
            assistant=incident.assistant, went_live_at__gte=since
        ).order_by("-went_live_at")

    def clean(self) -> dict[str, Any]:
        """One of the two must be there."""
        given = super().clean() or {}
        if not given.get("release") and not (given.get("name") or "").strip():
            self.add_error("name", "Choose a change, or say what the fix is called.")
        return given


@assistant_page(Role.AGENT)
@require_GET
def incidents(request: AssistantRequest) -> HttpResponse:
    """Open ones first, then closed ones, and how long it takes."""
    number = whole(request.GET.get("before"))
    page = incident_list(assistant=request.assistant, at=timezone.now(), before=number)
    context = {"page": page, "may_open": may(request, Role.LEAD)}
    return render(request, "reviews/watch/incidents.html", context)


@assistant_page(Role.LEAD)
@require_http_methods(["GET", "POST"])
def incident_open(request: AssistantRequest) -> HttpResponse:
    """Open one by hand."""
    form = OpenForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        try:
            incident = steps.open_by_hand(
                assistant=request.assistant,
                title=form.cleaned_data["title"],
                kind=form.cleaned_data["kind"] or None,
                started=form.cleaned_data["started"],
                by=request.user,
                at=timezone.now(),
            )
        except Refused as refused:
            form.add_error(refused.field, str(refused))
        else:
            _look_again(request)
            return redirect("incident", request.assistant.pk, incident.number)
    status = 422 if form.errors else 200
    return render(request, "reviews/watch/incident_open.html", {"form": form}, status=status)


def _get(request: AssistantRequest, number: int) -> Incident:
    """The incident; locked, when something is done about it."""
    rows = Incident.objects.filter(assistant=request.assistant).with_names()
    return for_team(held_while_saving(rows, request, of=("self",)), request.user, number=number)


def _look_again(request: AssistantRequest) -> None:
    """What people do changes what is known: the watch looks at once."""
    transaction.on_commit(partial(wake, "reviews.tasks.watch_now", request.assistant.pk))


def _owns_something(request: AssistantRequest) -> bool:
    owned = owned_parts(request.assistant)
    return any(request.user in (one.owner, one.stand_in) for one in owned)


def may_change(request: AssistantRequest, incident: Incident) -> bool:
    """Leads may, and whoever owns the incident."""
    return may(request, Role.LEAD) or incident.owner_id == request.user.pk


def _must_change(request: AssistantRequest, incident: Incident) -> None:
    if not may_change(request, incident):
        raise RoleNeeded(Role.LEAD, request.assistant.team)


def _page(
    request: AssistantRequest,
    incident: Incident,
    *,
    fix_form: FixForm | None = None,
    refused: Refused | None = None,
    since: Since | None = None,
) -> HttpResponse:
    may_act = may_change(request, incident)
    is_open = incident.is_open
    members = current_members(request.assistant.team).filter(user__is_external=False)
    context = {
        "page": incident_page(incident=incident, at=timezone.now()),
        "incident": incident,
        "is_open": is_open,
        "may_change": may_act and is_open,
        "may_note": may_act,
        "may_take": is_open
        and incident.owner_id != request.user.pk
        and (may(request, Role.LEAD) or _owns_something(request)),
        "people": User.objects.filter(pk__in=members.values("user")).order_by("name")
        if may_act and is_open
        else (),
        "fix_form": fix_form or FixForm(incident=incident),
        "outcomes": Incident.Outcome.choices,
        "refused": refused,
        "since": since,
        "typed": request.POST,
    }
    status = 409 if since else 422 if refused or (fix_form and fix_form.errors) else 200
    return render(request, "reviews/watch/incident.html", context, status=status)


@assistant_page(Role.AGENT)
@require_GET
def incident(request: AssistantRequest, number: int) -> HttpResponse:
    """One incident."""
    return _page(request, _get(request, number))


def _since(
    request: AssistantRequest, one: Incident, *names: str, mine: dict[str, str] | None
) -> Since | None:
    opened = request.POST.get(FIELD, "")
    return incident_opened.since(incident=one, opened=opened, names=names, mine=mine)


@assistant_page(Role.AGENT, only="leads, and whoever owns the incident or a part")
@require_POST
@transaction.atomic
def incident_take(request: AssistantRequest, number: int) -> HttpResponse:
    """I am on it."""
    one = _get(request, number)
    if not (may(request, Role.LEAD) or one.owner_id == request.user.pk or _owns_something(request)):
        raise RoleNeeded(Role.LEAD, request.assistant.team)
    if since := _since(request, one, "owner", mine={"owner": str(request.user.pk)}):
        return _page(request, one, since=since)
    try:
        steps.take(incident=one, by=request.user, at=timezone.now())
    except Refused as refused:
        return _page(request, one, refused=refused)
    messages.success(request, "It is yours. Record the fix when it is out.")
    _look_again(request)
    return redirect("incident", request.assistant.pk, number)


@assistant_page(Role.AGENT, only=LEADS_OR_OWNER)
@require_POST
@transaction.atomic
def incident_owner(request: AssistantRequest, number: int) -> HttpResponse:
    """Name who is to fix it."""
    one = _get(request, number)
    _must_change(request, one)
    given = whole(request.POST.get("owner"))
    person = User.objects.filter(pk=given).first() if given is not None else None
    if person and (since := _since(request, one, "owner", mine={"owner": str(person.pk)})):
        return _page(request, one, since=since)
    try:
        if person is None:
            raise Refused("owner", "Choose a person of this team.")
        steps.name_owner(incident=one, owner=person, by=request.user, at=timezone.now())
    except Refused as refused:
        return _page(request, one, refused=refused)
    _look_again(request)
    return redirect("incident", request.assistant.pk, number)


@assistant_page(Role.AGENT, only=LEADS_OR_OWNER)
@require_POST
@transaction.atomic
def incident_fix(request: AssistantRequest, number: int) -> HttpResponse:
    """Record the fix as a release."""
    one = _get(request, number)
    _must_change(request, one)
    form = FixForm(request.POST, incident=one)
    if not form.is_valid():
        return _page(request, one, fix_form=form)
    chosen = form.cleaned_data["release"]
    mine = {"fix": str(chosen.pk) if chosen else incident_opened.NEW_FIX}
    if since := _since(request, one, "fix", mine=mine):
        return _page(request, one, fix_form=form, since=since)
    now = timezone.now()
    try:
        with transaction.atomic():
            fix = chosen or _new_release(request, form, now)
            steps.record_fix(incident=one, fix=fix, by=request.user, at=now)
    except Refused as refused:
        return _page(request, one, fix_form=form, refused=refused)
    messages.success(request, "Recorded. Grades since then check whether it worked.")
    _look_again(request)
    return redirect("incident", request.assistant.pk, number)


def _new_release(request: AssistantRequest, form: FixForm, now: datetime) -> Release:
    given = form.cleaned_data["at"]
    release, _ = record_release(
        assistant=request.assistant,
        kind=form.cleaned_data["kind"] or Release.Kind.OTHER,
        name=form.cleaned_data["name"].strip(),
        went_live_at=given.replace(tzinfo=request.assistant.team.zone) if given else now,
        note="",
        link="",
        by=request.user,
        label=str(request.user),
        at=now,
    )
    return release


@assistant_page(Role.AGENT, only=LEADS_OR_OWNER)
@require_POST
@transaction.atomic
def incident_not_fix(request: AssistantRequest, number: int) -> HttpResponse:
    """It was not the fix, or it did not work."""
    one = _get(request, number)
    _must_change(request, one)
    why = line(request.POST.get("why", ""))[:500]
    if since := _since(request, one, "fix", mine={"fix": ""}):
        return _page(request, one, since=since)
    try:
        steps.remove_fix(incident=one, why=why, by=request.user, at=timezone.now())
    except Refused as refused:
        return _page(request, one, refused=refused)
    _look_again(request)
    return redirect("incident", request.assistant.pk, number)


@assistant_page(Role.AGENT, only=LEADS_OR_OWNER)
@require_POST
@transaction.atomic
def incident_close(request: AssistantRequest, number: int) -> HttpResponse:
    """Close it; without proof only with a sentence."""
    one = _get(request, number)
    _must_change(request, one)
    if since := _since(request, one, "state", "fix", mine=None):
        return _page(request, one, since=since)
    try:
        steps.close(
            incident=one,
            outcome=request.POST.get("outcome", ""),
            sentence=line(request.POST.get("sentence", ""))[:900],
            is_proven=fix_outcome(one) == "fixed",
            by=request.user,
            at=timezone.now(),
        )
    except Refused as refused:
        return _page(request, one, refused=refused)
    messages.success(request, "Closed. It opens by itself when the same kind falls again.")
    _look_again(request)
    return redirect("incident", request.assistant.pk, number)


@assistant_page(Role.AGENT, only=LEADS_OR_OWNER)
@require_POST
@transaction.atomic
def incident_note(request: AssistantRequest, number: int) -> HttpResponse:
    """Add a sentence to the log."""
    one = _get(request, number)
    _must_change(request, one)
    text = line(request.POST.get("text", ""))
    try:
        steps.add_note(incident=one, text=text, by=request.user, at=timezone.now())
    except Refused as refused:
        return _page(request, one, refused=refused)
    return redirect("incident", request.assistant.pk, number)


@assistant_page(Role.AGENT, only=LEADS_OR_OWNER)
@require_POST
@transaction.atomic
def incident_ask(request: AssistantRequest, number: int) -> HttpResponse:
    """Put waiting answers of the kind first in the queue."""
    one = _get(request, number)
    _must_change(request, one)
    text = ask_reviewers(incident=one, by=request.user, at=timezone.now())
    messages.success(request, f"{text[0].upper()}{text[1:]} in the queue.")
    return redirect("incident", request.assistant.pk, number)
