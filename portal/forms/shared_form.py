"""A form about something that several people edit: the second to save is told of the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeVar, cast

from django import forms
from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict

from portal.forms import opened
from portal.forms.opened import Last, Since

RowT = TypeVar("RowT", bound=Model)


def held_while_saving(
    rows: QuerySet[RowT], request: HttpRequest, *, of: tuple[str, ...] = ()
) -> QuerySet[RowT]:
    """The rows, locked when the request is to change them: two who save wait for each other."""
    return rows.select_for_update(of=of) if request.method == "POST" else rows


class Opened(forms.CharField):
    """The stamp of what a form showed; no change by itself."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(required=False)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Never: it is no value of the thing."""
        return False


class Shared(forms.Form):
    """Base of such forms, before `forms.ModelForm` where it is one. `initial` is what is stored.

    After `is_valid()` a view calls `settle()` while it holds the row's lock: False means that the
    page is to be shown again (409) with `since`; True that it may be saved, `merged` included.
    """

    apart: ClassVar[tuple[str, ...]] = ()  # fields that are no value of the thing, such as a reason

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.since: Since | None = None
        self.merged: Since | None = None
        self.fields[opened.FIELD] = Opened()
        self.order_fields([opened.FIELD])
        self.now = {
            name: self._text(name, self.get_initial_for_field(field, name))
            for name, field in self.fields.items()
            if self._counts(name)
        }
        self.initial[opened.FIELD] = opened.stamp(self.now)

    def _counts(self, name: str) -> bool:
        return name != opened.FIELD and name not in self.apart

    def _text(self, name: str, value: Any) -> str:
        value = self.fields[name].prepare_value(value)
        if isinstance(value, bool):
            return "on" if value else ""
        return "" if value is None else str(value)

    def _words(self, name: str, text: str) -> str:
        """A value as people read it."""
        field = self.fields[name]
        if isinstance(field, forms.BooleanField):
            return "Yes" if text else "No"
        if isinstance(field, forms.ChoiceField | forms.ModelChoiceField):
            choices = cast("Iterable[tuple[Any, Any]]", field.choices)
            chosen = (str(label) for value, label in choices if str(value) == text)
            return next(chosen, text)
        return text

    def settle(self, last: Callable[[], Last | None]) -> bool:
        """Lay what was typed beside what others saved; see the class."""
        mine = {name: self._text(name, self.cleaned_data.get(name)) for name in self.now}
        labels = {name: str(self[name].label) for name in self.now}
        stamped = self.cleaned_data.pop(opened.FIELD, "")
        found = opened.changed_since(
            stamped, now=self.now, mine=mine, labels=labels, words=self._words, last=last
        )
        if found is None:
            return True
        for one in found.kept:
            self._take(one.name)
        if not found.clashes:
            self.merged = found
            return True
        self.since = found
        self.data = self._shown_again(found)
        return False

    def _take(self, name: str) -> None:
        """Keep what somebody else saved."""
        value = self.fields[name].clean(self.now[name]) if self.now[name] else None
        value = (
            self.now[name] == "on" if isinstance(self.fields[name], forms.BooleanField) else value
        )
        self.cleaned_data[name] = value
        if isinstance(self, forms.ModelForm):
            setattr(self.instance, name, value)

    def _shown_again(self, found: Since) -> Any:
        """What was typed, with what only others changed, opened with what is stored now."""
        data = cast("QueryDict", self.data).copy()
        for one in found.kept:
            data[self.add_prefix(one.name)] = self.now[one.name]
        data[self.add_prefix(opened.FIELD)] = found.stamp
        return data

    @property
    def status(self) -> int:
        """Of the page that shows the form again."""
        if self.since is not None:
            return 409
        return 422 if self.errors else 200

    @property
    def saved_words(self) -> str:
        """What to say after saving."""
        return f"Saved.{self.merged.sentence if self.merged else ''}"
