"""The fields that our forms are made of: what they let through can be kept and reckoned with.

Use these instead of Django's own of the same kind; tests/test_architecture.py says where one was
forgotten.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from portal.given import DAYS_IN_WORDS, FIRST_DAY, LAST_DAY, line, prose

AHEAD = timedelta(days=1)  # clocks differ, and so do zones


class Line(forms.CharField):
    """A name or a title: one line."""

    def to_python(self, value: Any) -> str:
        """The text without what a line cannot hold."""
        return super().to_python(line(value) if isinstance(value, str) else value)


class Prose(forms.CharField):
    """A text of many lines."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        """The text without control characters, its lines ended one way: a browser counts them so
        against `maxlength`."""
        return super().to_python(prose(value) if isinstance(value, str) else value)


class Password(forms.CharField):
    """A password is what was typed, its spaces too, as every other form takes it."""

    widget = forms.PasswordInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, **kwargs)


class Day(forms.DateField):
    """A day, far enough from the ends of the calendar to reckon with."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def validate(self, value: Any) -> None:
        """Refuse days out of all reason."""
        super().validate(value)
        if isinstance(value, date) and not FIRST_DAY <= value <= LAST_DAY:
            raise forms.ValidationError(f"Give {DAYS_IN_WORDS}.")


class Moment(forms.DateTimeField):
    """When something happened, in a zone that the caller knows."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        """The moment; its bounds are looked at before any zone is applied, which can overflow."""
        try:
            return super().to_python(value)
        except OverflowError as error:
            raise forms.ValidationError(self.error_messages["invalid"], "invalid") from error

    def validate(self, value: Any) -> None:
        """Refuse what lies before 2000 or ahead of us."""
        super().validate(value)
        if isinstance(value, datetime):
            if value.date() < FIRST_DAY:
                raise forms.ValidationError("Give a time after 1 Jan 2000.")
            if value.date() > (timezone.now() + AHEAD).date():
                raise forms.ValidationError("That is still to come. Give a time up to now.")
