"""The forms of a page, read off its HTML as a browser reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

FITS = {
    "date": "2026-11-17", "datetime-local": "2026-11-17T10:00", "time": "", "number": "3",
    "email": "new@acorn.example", "url": "https://a.example/", "hidden": "", "select": "",
    "password": "plumb-line-true",
}  # fmt: skip


@dataclass
class PageForm:
    """A form: where it goes, what it would send untouched, and the choices of its fields."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)

    def filled(self) -> dict[str, str]:
        """What a person would send: what the page has, and what fits where it is empty."""
        chosen = {name: values[0] for name, values in self.choices.items() if values}
        given = {**chosen, **{name: value for name, value in self.fields.items() if value}}
        empty = {name: FITS.get(self.types.get(name, ""), "words") for name in self.fields}
        return {**empty, **given}


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__(convert_charrefs=True)
        self.address, self.found = address, list[PageForm]()
        self.form: PageForm | None = None
        self.select, self.area = "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            action = urlsplit(given.get("action") or self.address).path
            self.form = PageForm(action, given.get("method", "get").lower())
            self.found.append(self.form)
        elif self.form is None:
            return
        elif tag == "input" and name:
            self._input(self.form, name, given)
        elif tag == "button" and name:
            self.form.choices.setdefault(name, []).append(given.get("value", ""))
        elif tag == "textarea":
            self.area = name
            self.form.fields[name] = ""
        elif tag == "select":
            self.select = name
            self.form.choices[name] = []
            self.form.types[name] = "select"
        elif tag == "option" and self.select:
            self._option(self.form, given)

    def _input(self, form: PageForm, name: str, given: dict[str, str]) -> None:
        value = given.get("value", "")
        form.types[name] = given.get("type", "text")
        if given.get("type") in ("checkbox", "radio"):
            form.choices.setdefault(name, []).append(value or "on")
            if "checked" not in given:
                return
        form.fields[name] = value or ("on" if "checked" in given else "")

    def _option(self, form: PageForm, given: dict[str, str]) -> None:
        form.choices[self.select].append(given.get("value", ""))
        if "selected" in given or len(form.choices[self.select]) == 1:
            form.fields[self.select] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self.form is not None and self.area:
            self.form.fields[self.area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "textarea" and self.form is not None:
            self.form.fields[self.area] = self.form.fields[self.area].removeprefix("\n")
            self.area = ""
        elif tag == "select":
            self.select = ""


def filled_forms(page: str, address: str) -> Iterator[PageForm]:
    """Every form of a page at `address` that posts."""
    reader = _Reader(address)
    reader.feed(page)
    reader.close()
    yield from (one for one in reader.found if one.method == "post")
