"""Looking back: would it have told you? And a fire drill: would it tell you?"""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from ingestion.access import AssistantRequest, assistant_page
from portal.accounts.models import Role
from portal.forms.fields import Day
from reviews.pages.watch import drill as drill_page
from reviews.pages.watch import look_back as page
from reviews.pages.watch.drill import Ground
from reviews.watch.drills import note_drill

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
        kinds = [(str(code), name) for code, name in enumerate(here.kinds)]
        self.fields["kind"].choices = [(ALL, "All kinds alike"), *kinds]  # type: ignore[attr-defined]
        self.fields["day"].widget.attrs |= {
            "min": here.earliest.isoformat(),
            "max": here.last.isoformat(),
        }

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
    """What would have been said about the last weeks; nothing is stored."""
    asked = request.GET.get("weeks", "")
    weeks = int(asked) if asked in map(str, page.PERIODS) else page.USUAL_PERIOD
    tabs = [
        {"words": f"{one} weeks", "href": f"?weeks={one}", "current": one == weeks}
        for one in page.PERIODS
    ]
    found = page.look_back(request.assistant, weeks, timezone.now())
    return render(request, "reviews/watch/backtest.html", {"page": found, "tabs": tabs})


@assistant_page(Role.LEAD)
@require_GET
def drill(request: AssistantRequest) -> HttpResponse:
    """Plant a drop in the last weeks, on paper only; only that it was held is written down."""
    here = drill_page.ground(request.assistant, timezone.now())
    if here is None:
        return render(request, "reviews/watch/drill.html", {"least": drill_page.LEAST_BEFORE})
    form = DrillForm(here, request.GET if "points" in request.GET else None)
    result = None
    if form.is_bound and form.is_valid():
        chosen = form.cleaned_data
        kind = None if chosen["kind"] == ALL else int(chosen["kind"])
        result = drill_page.hold(here, points=chosen["points"], kind=kind, day=chosen["day"])
        note_drill(assistant=request.assistant, by=request.user, at=timezone.now())
    status = 422 if form.is_bound and form.errors else 200
    context = {"here": here, "form": form, "result": result}
    return render(request, "reviews/watch/drill.html", context, status=status)
