"""Figures, dates and fields as templates print them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django import forms
from django.template import Context, Template

from portal import words
from portal.accounts.models import Team
from reviews.stats.intervals import Rate
from tests.pages import one_line


def shown(text: str, **values: Any) -> str:
    return Template("{% load ui %}" + text).render(Context(values)).strip()


@time_machine.travel("2026-11-23 12:00Z", tick=False)
def test_times_are_in_the_teams_zone_and_years_only_when_needed() -> None:
    team = Team(name="Acorn", time_zone="Australia/Sydney")
    late = datetime(2026, 11, 17, 23, 30, tzinfo=UTC)
    assert shown("{% day_time at %}", at=late, team=team) == "Wed 18 Nov 10:30"
    assert shown("{% day at %}", at=late) == "Tue 17 Nov"
    assert shown("{% day at %}", at=date(2025, 11, 17)) == "Mon 17 Nov 2025"
    assert shown("{% day at %}", at=None) == ""


def test_a_share_comes_with_its_range_and_its_count() -> None:
    text = shown('{% include "ui/rate.html" %}', rate=Rate(0.8, 0.746, 0.841, 97))
    assert "80%" in text
    assert "likely 75% to 84%, 97 grades" in text


@pytest.mark.parametrize("rate", [None, Rate(0.5, 0.2, 0.8, 6)])
def test_too_few_grades_are_words_and_never_a_figure(rate: Rate | None) -> None:
    text = one_line(shown('{% include "ui/rate.html" %}', rate=rate))
    assert "Not enough grades" in text
    assert "%" not in text


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-21.0, -8.2, "likely 8 to 21 lower"),
        (8.2, 21.0, "likely 8 to 21 higher"),
        (-16.1, 5.9, "could be 16 lower to 6 higher"),
        (-9.0, -0.3, "likely 0.3 to 9.0 lower"),
        (-0.2, 0.3, "could be 0 lower to 0 higher"),
    ],
)
def test_a_range_never_reads_as_touching_zero_when_it_does_not(
    low: float, high: float, said: str
) -> None:
    assert words.points_range(low, high) == said


class OneField(forms.Form):
    zone = forms.CharField(label="Time zone", help_text="Like Europe/London.")


def test_a_field_ties_its_help_and_its_error_to_itself() -> None:
    text = shown("{% field form.zone %}", form=OneField({"zone": ""}))
    assert 'aria-invalid="true"' in text
    assert 'aria-describedby="id_zone_help id_zone_error"' in text
    assert 'id="id_zone_error"' in text


def test_an_icon_is_decoration_only() -> None:
    assert 'aria-hidden="true"' in shown('{% icon "flag" %}')
