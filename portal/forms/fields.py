"""The fields that our forms are made of: what they let through can be kept and reckoned with.

Use these instead of Django's own of the same kind; tests/test_architecture.py says where one was
forgotten.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from portal.given import DAYS_IN_WORDS, FIRST_DAY, LAST_DAY, NUL_WAS, has_zone, line, prose

HELD_A_NUL = "It held a character that cannot be kept. It is taken out here; send it again."
AHEAD = timedelta(days=1)  # clocks differ, and so do zones


class Kept:
    """A field of text that says it when a NUL was in it, and shows the text again without."""

    def tidy(self, text: str) -> str:
        """The text as this field keeps it."""
        return line(text)

    def to_python(self, value: Any) -> Any:
        """The text without what the field cannot hold; raises for a NUL, which nobody typed."""
        if isinstance(value, str) and (NUL_WAS in value or "\x00" in value):
            raise forms.ValidationError(HELD_A_NUL, "null_characters_not_allowed")
        inner = self.tidy(value) if isinstance(value, str) else value
        return super().to_python(inner)  # type: ignore[misc]  # of the field it is mixed into

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What the page shows when something was refused."""
        return self.tidy(data) if isinstance(data, str) else data


class Line(Kept, forms.CharField):
    """A name or a title: one line."""


class Link(Kept, forms.URLField):
    """An address on the web."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(assume_scheme="https", **kwargs)


class Prose(Kept, forms.CharField):
    """A text of many lines, ended one way: a browser counts them so against `maxlength`."""

    widget = forms.Textarea

    def tidy(self, text: str) -> str:
        """The text without control characters."""
        return prose(text)


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
            if not has_zone(value):
                raise forms.ValidationError(self.error_messages["invalid"], "invalid")
            if value.date() < FIRST_DAY:
                raise forms.ValidationError("Give a time after 1 Jan 2000.")
            if value.date() > (timezone.now() + AHEAD).date():
                raise forms.ValidationError("That is still to come. Give a time up to now.")
