"""Every component on one page, to look at them light and dark; in development and the demo only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from portal.forms.opened import Change, Last, Since
from reviews.charts.bars import Week, bars_chart
from reviews.charts.days import DayPoint, Marker, Onset, Stretch, days_chart
from reviews.charts.interval import interval_row, range_bar
from reviews.charts.sparkline import sparkline
from reviews.measure.readings import READINGS
from reviews.stats.intervals import Rate, difference

COLOURS = (
    *("bg", "surface", "surface-2", "line", "line-strong", "text", "text-2", "text-3"),
    *("accent", "accent-soft", "good", "good-soft", "bad", "bad-soft", "warn", "warn-soft"),
)
USUAL, NOW, FEW = Rate(0.89, 0.86, 0.91, 900), Rate(0.52, 0.40, 0.64, 58), Rate(0.5, 0.2, 0.8, 6)
FACTS = (
    ("When it started", "Tue 17 Nov", "likely 16 to 18 Nov"),
    ("How bad", "14 points lower", "likely 8 to 21"),
    ("Which questions", "Returns & refunds", "89% to 52%; others steady"),
    ("What changed before it", "Prompt 42", "went live Tue 17 Nov 10:12"),
    ("Who owns the fix", "Nobody", ""),
    ("How fast", "Found in 1 d 21 h", "not fixed yet, day 3"),
)


@dataclass(frozen=True)
class Person:
    """Somebody made up."""

    name: str


class SampleForm(forms.Form):
    """A form with a help text, an error and a box to tick."""

    name = forms.CharField(label="Name of the assistant", help_text="As your team calls it.")
    zone = forms.CharField(label="Time zone")
    note = forms.CharField(label="Note", required=False)
    mails = forms.BooleanField(label="Send the weekly report", required=False)

    def clean_zone(self) -> str:
        raise forms.ValidationError("“Lodnon” is no time zone. Write one like Europe/London.")


def _drop(*, narrow: bool) -> Any:
    """Eight weeks with a drop on a Tuesday, its repair, and the changes before; made up."""
    tuesday, friday, last = date(2026, 11, 17), date(2026, 11, 20), date(2026, 11, 22)
    first = last - timedelta(days=14 if narrow else 55)
    points = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        share = 0.88 + ((number * 37) % 17 - 8) / 100 - (0.14 if tuesday <= day < friday else 0)
        points.append(DayPoint(day, Rate(share, share - 0.1, min(share + 0.1, 1), 40)))
    before, after = tuesday - timedelta(days=1), friday - timedelta(days=1)
    return days_chart(
        points,
        [
            Stretch(first, before, Rate(0.88, 0.86, 0.9, 900), "Usual level 88%, 86% to 90%"),
            Stretch(tuesday, after, Rate(0.74, 0.67, 0.8, 120), "74%", "bad"),
            Stretch(friday, last, Rate(0.87, 0.8, 0.92, 97), "87%", "good"),
        ],
        [
            Marker(date(2026, 10, 5), "definition", "Definition 4, wording"),
            Marker(date(2026, 11, 3), "model", "Model 2026-10"),
            Marker(date(2026, 11, 12), "retrieval", "Help centre"),
            Marker(tuesday, "prompt", "Prompt 42", "sus"),
            Marker(friday, "prompt", "Prompt 43", "fix"),
        ],
        first=first,
        last=last,
        narrow=narrow,
        onset=Onset(before, tuesday + timedelta(days=1), "Started between 16 and 18 Nov"),
    )


def _steps() -> list[dict[str, str]]:
    return [
        {"title": "Started", "more": "Tue 17 Nov", "state": "done"},
        {"title": "Found", "more": "after 1 d 21 h", "state": "done"},
        {"title": "Fix being checked", "more": "97 of 120 grades", "state": "now"},
        {"title": "Closed", "more": "", "state": "todo"},
    ]


def _charts() -> dict[str, Any]:
    weeks = [Week(f"{6 + n} wk", share) for n, share in enumerate((0.88, 0.87, 0.89, 0.86))]
    return {
        "wide": _drop(narrow=False),
        "narrow": _drop(narrow=True),
        "row": interval_row(USUAL, NOW, low=0.35, tone="bad"),
        "bar": range_bar(NOW, USUAL, tone="bad"),
        "spark": sparkline([0.88, 0.87, None, 0.89, 0.86, 0.74], "bad"),
        "bars": bars_chart([*weeks, Week("11 wk", None), Week("12 wk", 0.74, "bad")]),
    }


def _form(theme: str) -> SampleForm:
    """Filled in wrongly; its ids carry the theme, as the page shows it twice."""
    given = {"name": "Support assistant", "zone": "Lodnon", "mails": True}
    return SampleForm(given, auto_id=f"{theme}_%s")


def _samples(at: datetime) -> dict[str, Any]:
    """A value for every variable that the components take."""
    return _charts() | {
        "colours": COLOURS,
        "readings": READINGS.values(),
        "usual": USUAL,
        "now": NOW,
        "few": FEW,
        "change": difference(NOW, USUAL),
        "robin": Person("Robin Sample"),
        "facts": [
            {"label": label, "value": value, "more": more, "is_gap": value == "Nobody"}
            for label, value, more in FACTS
        ],
        "steps": _steps(),
        "lines": [{"at": at, "text": "Robin Sample took it."}, {"at": at, "text": "Found."}],
        "heads": [{"words": "Day"}, {"words": "Good", "is_number": True}],
        "rows": [["Tue 17 Nov", "74%"], ["Mon 16 Nov", "88%"]],
        "stamp": "a stamp of what it was opened with",
        "since": Since(
            [
                Change("name", "Name", "Prompt of the shop", "Prompt", is_clash=True),
                Change("owner", "Owner", "Robin Sample", "", is_clash=False),
            ],
            Last("Robin Sample", at),
            "",
        ),
        "tabs": [
            {"words": "HTTP", "href": "#", "current": True},
            {"words": "Python", "href": "#"},
        ],
    }


@require_GET
def gallery(request: HttpRequest) -> HttpResponse:
    """The components with made-up values, light and dark."""
    if not (settings.DEBUG or settings.DEMO):
        raise Http404
    themes = [(theme, _form(theme)) for theme in ("light", "dark")]
    context = _samples(timezone.now()) | {"themes": themes}
    return render(request, "portal/gallery.html", context)
