"""What every template keeps: no inline style or script (the policy forbids them), real icons."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

BASE = Path(settings.BASE_DIR)
ROOT = BASE / "templates"
PAGES = sorted(
    path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.html") if "emails" not in path.parts
)
MAILS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "emails").rglob("*.html"))
ICONS = set(re.findall(r'id="([\w-]+)"', (ROOT.parent / "static" / "icons.svg").read_text()))
OURS = sorted(
    path.relative_to(BASE).as_posix()
    for folder, kinds in (("templates", (".html", ".css")), ("static", (".css", ".js")))
    for path in (BASE / folder).rglob("*")
    if path.suffix in kinds
)
LONGEST = 120
INLINE = re.compile(r"""<style|<script(?![^>]*\bsrc=)|\sstyle\s*=|\son[a-z]+\s*=["']|javascript:""")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_inline_style_script_or_handler(name: str) -> None:
    found = INLINE.findall((ROOT / name).read_text())
    assert not found, f"{name}: {found}. Use a class in static/css or a file in static/js."


@pytest.mark.parametrize("name", PAGES + MAILS)
def test_a_template_can_be_read(name: str) -> None:
    assert get_template(name)


@pytest.mark.parametrize("name", PAGES)
def test_an_icon_that_is_named_is_in_the_sprite(name: str) -> None:
    text = (ROOT / name).read_text()
    named = set(re.findall(r'{% icon "([\w-]+)"', text)) | set(re.findall(r'icon="([\w-]+)"', text))
    assert named <= ICONS, f"Add {named - ICONS} to static/icons.svg."


@pytest.mark.parametrize("name", PAGES)
def test_text_from_outside_is_never_marked_safe(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "autoescape off" not in text
    assert "|safe" not in text


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_has_nothing_that_mail_programs_drop(name: str) -> None:
    text = (ROOT / name).read_text()
    found = re.findall(r"<svg|<img|var\(|<script|background-image|@import|@font-face", text)
    assert not found, f"{name}: {found}"


@pytest.mark.parametrize("name", PAGES)
def test_a_form_says_where_it_goes(name: str) -> None:
    """Without `action` a form posts to the page it happens to stand in, a search's for one."""
    forms = re.findall(r"<form\b[^>]*>", (ROOT / name).read_text())
    silent = [
        one
        for one in forms
        if 'method="dialog"' not in one and not re.search(r"\b(action|hx-post)=", one)
    ]
    assert not silent, f"{name}: {silent}"


@pytest.mark.parametrize("name", OURS)
def test_no_line_is_longer_than_a_screen(name: str) -> None:
    lines = (BASE / name).read_text().splitlines()
    long = [f"{name}:{number}" for number, line in enumerate(lines, 1) if len(line) > LONGEST]
    assert not long, f"Break at {LONGEST} columns (`make format`; a tag's words by hand): {long}"
