"""Looking back: would it have told you? And a fire drill: would it tell you?"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from ingestion.access import AssistantRequest, assistant_page
from portal.accounts.models import Role
from portal.celery import wake
from portal.forms.fields import Day
from reviews.answer import drill as drills
from reviews.answer import look_back as looking
from reviews.answer.drill import Choice, Ground

ALL = "all"
LEAST_POINTS, MOST_POINTS, USUAL_POINTS = 5, 40, 10


class DrillForm(forms.Form):
    """What is planted: how large, in which kind, on which day."""

    points = forms.IntegerField(
        min_value=LEAST_POINTS,
        max_value=MOST_POINTS,
        label="How much worse",
        help_text=f"In points of 100, {LEAST_POINTS} to {MOST_POINTS}: 10 is from 90% to 80%.",
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"),
            f"Give a whole number from {LEAST_POINTS} to {MOST_POINTS}.",
        ),
    )
    kind = forms.ChoiceField(
        label="Which questions",
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose one of the list."),
    )
    day = Day(
        label="From which day",
        error_messages=dict.fromkeys(("required", "invalid"), "Give a date."),
    )

    def __init__(self, here: Ground, data: Any = None) -> None:
        initial = {"points": USUAL_POINTS, "kind": ALL, "day": here.usual_day}
        super().__init__(data, initial=initial)
        self.here = here
        kinds = [(str(code), name) for code, name in enumerate(here.names)]
        self.fields["kind"].choices = [(ALL, "All kinds alike"), *kinds]  # type: ignore[attr-defined]
        self.fields["day"].widget.attrs |= {
            "min": here.earliest.isoformat(),
            "max": here.last.isoformat(),
        }

    @property
    def choice(self) -> Choice:
        """What a valid form plants."""
        chosen = self.cleaned_data
        kind = None if chosen["kind"] == ALL else self.here.kinds[int(chosen["kind"])]
        return Choice(chosen["points"], kind, chosen["day"])

    def clean_day(self) -> date:
        """A day with enough before it to compare with."""
        day: date = self.cleaned_data["day"]
        if not self.here.earliest <= day <= self.here.last:
            raise forms.ValidationError(
                f"Choose a day from {self.here.earliest:%d %b %Y} to {self.here.last:%d %b %Y}: "
                "there must be two weeks before it to compare with."
            )
        return day


@assistant_page(Role.LEAD)
@require_GET
def backtest(request: AssistantRequest) -> HttpResponse:
    """What would have been said about the last weeks, as it was worked out last."""
    asked = request.GET.get("weeks", "")
    weeks = int(asked) if asked in map(str, looking.PERIODS) else looking.USUAL_PERIOD
    tabs = [
        {"words": f"{one} weeks", "href": f"?weeks={one}", "current": one == weeks}
        for one in looking.PERIODS
    ]
    kept = looking.kept(assistant=request.assistant, weeks=weeks, at=timezone.now())
    context = {"kept": kept, "page": kept.page, "tabs": tabs}
    return render(request, "reviews/watch/backtest.html", context)


@assistant_page(Role.LEAD)
@require_http_methods(["GET", "POST"])
def drill(request: AssistantRequest) -> HttpResponse:
    """Plant a drop in the last weeks, on paper only; its address shows what came of it."""
    now = timezone.now()
    kept = looking.kept(assistant=request.assistant, weeks=drills.WEEKS, at=now)
    here = drills.ground(kept)
    if here is None:
        return render(request, "reviews/watch/drill.html", {"kept": kept})
    data = request.POST if request.method == "POST" else request.GET
    form = DrillForm(here, data if request.method == "POST" or "points" in data else None)
    held = None
    if form.is_bound and form.is_valid():
        if request.method == "POST":
            return _ask(request, here, form)
        held = drills.held(assistant=request.assistant, here=here, choice=form.choice, at=now)
    status = 422 if form.is_bound and form.errors else 200
    context = {"kept": kept, "here": here, "form": form, "held": held}
    return render(request, "reviews/watch/drill.html", context, status=status)


def _ask(request: AssistantRequest, here: Ground, form: DrillForm) -> HttpResponse:
    drills.ask(
        assistant=request.assistant,
        here=here,
        choice=form.choice,
        by=request.user,
        at=timezone.now(),
    )
    transaction.on_commit(partial(wake, "reviews.tasks.hold_drills"))
    chosen = urlencode({name: form.cleaned_data[name] for name in ("points", "kind", "day")})
    return redirect(f"{resolve_url('drill', request.assistant.pk)}?{chosen}")
