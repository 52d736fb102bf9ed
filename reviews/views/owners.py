"""Who owns what: the map, the list, naming an owner, routing reasons."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ingestion.access import AssistantRequest, assistant_page, may
from portal.accounts import audit
from portal.accounts.access import current_members, for_team
from portal.accounts.models import Role, User
from portal.forms.fields import Day, Line, Link
from portal.forms.opened import FIELD, Last, Since, changed_since
from portal.forms.shared_form import Shared, held_while_saving
from portal.refused import Refused
from portal.words import whole
from reviews.models import Part, PartOwnership, ReasonRoute, WentWrong
from reviews.owners import add_part, find_parts, held_route, name_owner, owned_parts, route_reason


class PartForm(forms.Form):
    """A part added by hand."""

    kind = forms.ChoiceField(choices=Part.Kind.choices)
    name = Line(max_length=120)
    description = Line(max_length=300, required=False)
    link = Link(max_length=500, required=False)


class OwnerForm(Shared):
    """Who has a part from now on."""

    apart = ("why",)

    owner = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Nobody")
    stand_in = forms.ModelChoiceField(
        User.objects.none(), required=False, label="Stand-in", empty_label="None"
    )
    review_by = Day(required=False, label="Review by", help_text="Empty: in 90 days.")
    why = Line(max_length=300, required=False, label="Why")

    def __init__(self, *args: Any, request: AssistantRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = current_members(request.assistant.team).filter(user__is_external=False)
        people = User.objects.filter(pk__in=members.values("user")).order_by("name")
        for name in ("owner", "stand_in"):
            choice = self.fields[name]
            assert isinstance(choice, forms.ModelChoiceField)  # noqa: S101 - declared above
            choice.queryset = people


def _today(request: AssistantRequest) -> date:
    return request.assistant.team.day_of(timezone.now())


def _page(request: AssistantRequest, form: PartForm, **extra: Any) -> HttpResponse:
    today = _today(request)
    owned = owned_parts(request.assistant)
    rows = [(one, one.days_late(today)) for one in owned]
    ordered = sorted(
        rows, key=lambda row: (not row[0].is_gap, row[0].review_by or date.max, row[0].part.name)
    )
    routes = {
        route.went_wrong: route.part_id
        for route in ReasonRoute.objects.filter(assistant=request.assistant)
    }
    context = {
        "map": rows,
        "rows": ordered,
        "gaps": [one.part.name for one in owned if one.is_gap],
        "late": [one.part.name for one, days in rows if days],
        "form": form,
        "routes": [(one.value, one.label, routes.get(one.value)) for one in WentWrong],
        "may_change": may(request, Role.LEAD),
        **extra,
    }
    status = 409 if "since" in extra else 422 if form.errors else 200
    return render(request, "reviews/owners/owners.html", context, status=status)


@assistant_page(Role.AGENT)
@require_GET
def owners(request: AssistantRequest) -> HttpResponse:
    """The map in the order an answer is made, gaps first in the list."""
    return _page(request, PartForm())


@assistant_page(Role.LEAD)
@require_POST
def part_add(request: AssistantRequest) -> HttpResponse:
    """Add a part by hand."""
    form = PartForm(request.POST)
    if form.is_valid():
        try:
            add_part(
                assistant=request.assistant, by=request.user, at=timezone.now(), **form.cleaned_data
            )
            messages.success(request, "Added. Now name its owner.")
            return redirect("owners", request.assistant.pk)
        except Refused as refused:
            form.add_error("name", str(refused))
    return _page(request, form)


@assistant_page(Role.LEAD)
@require_POST
def parts_find(request: AssistantRequest) -> HttpResponse:
    """Look now for parts that the data shows."""
    found = find_parts(assistant=request.assistant, at=timezone.now())
    messages.success(request, f"Found {len(found)}." if found else "Nothing new.")
    return redirect("owners", request.assistant.pk)


@assistant_page(Role.AGENT, changes=Role.LEAD)
@require_http_methods(["GET", "POST"])
def part(request: AssistantRequest, part_id: int) -> HttpResponse:
    """One part: its owner now and before; leads name another."""
    parts = Part.objects.filter(assistant=request.assistant).select_related("assistant__team")
    row = for_team(parts, request.user, pk=part_id)
    history = PartOwnership.objects.filter(part=row).select_related("owner", "stand_in", "by")
    with transaction.atomic():
        held_while_saving(Part.objects.all(), request).get(pk=row.pk)
        now_row = history.order_by("-at", "-pk").first()
        form = _owner_form(request, now_row)
        if request.method == "POST" and _name_owner(request, row, form, now_row):
            merged = form.merged.sentence if form.merged else ""
            said = f"{row.name}: {form.cleaned_data['owner'] or 'nobody'}.{merged}"
            messages.success(request, said)
            return redirect("owners", request.assistant.pk)
    context = {
        "part": row,
        "form": form,
        "history": history.order_by("-at", "-pk")[:50],
        "may_change": may(request, Role.LEAD),
    }
    return render(request, "reviews/owners/part.html", context, status=form.status)


def _owner_form(request: AssistantRequest, now: PartOwnership | None) -> OwnerForm:
    """The form with who has the part now; a review that was due already is no proposal."""
    initial: dict[str, Any] = {}
    if now is not None:
        is_due = now.review_by is not None and now.review_by < _today(request)
        initial = {"owner": now.owner_id, "stand_in": now.stand_in_id}
        initial["review_by"] = None if is_due or now.owner_id is None else now.review_by
    return OwnerForm(request.POST or None, initial=initial, request=request)


def _name_owner(
    request: AssistantRequest, part: Part, form: OwnerForm, now: PartOwnership | None
) -> bool:
    """Write it down, unless it does not fit or somebody named another meanwhile."""

    def last() -> Last | None:
        return Last(str(now.by or "The system"), now.at) if now else None

    if not form.is_valid() or not form.settle(last):
        return False
    try:
        name_owner(part=part, by=request.user, at=timezone.now(), **form.cleaned_data)
    except Refused as refused:
        form.add_error(refused.field, str(refused))
        return False
    return True


@assistant_page(Role.LEAD)
@require_POST
def part_route(request: AssistantRequest) -> HttpResponse:
    """Let a part answer for a reason."""
    reason, chosen = request.POST.get("reason", ""), whole(request.POST.get("part"))
    if reason not in WentWrong.values or chosen is None:
        messages.error(request, "Choose a reason and a part.")
        return redirect("owners", request.assistant.pk)
    row = for_team(
        Part.objects.in_use().filter(assistant=request.assistant),
        request.user,
        role=Role.LEAD,
        pk=chosen,
    )
    with transaction.atomic():
        since = _route_since(request, reason, row)
        if since is not None:
            return _page(request, PartForm(), since=since, clash=reason, typed_part=row.pk)
        route_reason(
            assistant=request.assistant,
            went_wrong=reason,
            part=row,
            by=request.user,
            at=timezone.now(),
        )
    messages.success(request, f"{WentWrong(reason).label} now goes to {row.name}.")
    return redirect("owners", request.assistant.pk)


def _route_since(request: AssistantRequest, reason: str, part: Part) -> Since | None:
    """To which part somebody else let the reason go while the page was open."""
    route = held_route(assistant=request.assistant, went_wrong=reason)
    names = {str(one.pk): one.name for one in (part, *([route.part] if route else []))}
    label = WentWrong(reason).label
    subject = f"{label}: {route.part.name if route else ''}"
    return changed_since(
        request.POST.get(FIELD, ""),
        now={"part": str(route.part_id) if route else ""},
        mine={"part": str(part.pk)},
        labels={"part": label},
        words=lambda _, value: names.get(value, ""),
        last=lambda: audit.last_change(
            team=request.assistant.team, action="part.reason_routed", subject=subject
        ),
    )
