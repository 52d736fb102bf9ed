"""The gallery: every component is on it, so none can break or be forgotten unseen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.pages import page_of

COMPONENTS = sorted((Path(settings.BASE_DIR) / "templates" / "ui").glob("*.html"))


@pytest.fixture
def in_demo(settings: Any) -> None:
    settings.DEMO = True


@pytest.mark.usefixtures("in_demo", "db")
def test_every_component_is_shown() -> None:
    response = Client().get(reverse("gallery"))
    assert response.status_code == 200
    shown = {one.name for one in response.templates}
    missing = [path.name for path in COMPONENTS if f"ui/{path.name}" not in shown]
    assert not missing, f"Show {missing} in templates/portal/_gallery.html too."


@pytest.mark.usefixtures("in_demo", "db")
def test_no_id_is_used_twice() -> None:
    page = page_of(Client().get(reverse("gallery")))
    ids = [piece.split('"', 1)[0] for piece in page.split(' id="')[1:]]
    assert len(ids) == len(set(ids)), sorted({one for one in ids if ids.count(one) > 1})


@pytest.mark.django_db
def test_only_development_and_the_demo_have_it(settings: Any) -> None:
    settings.DEMO = settings.DEBUG = False
    assert Client().get(reverse("gallery")).status_code == 404


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.name)
def test_a_component_opens_with_the_variables_it_takes(path: Path) -> None:
    text = path.read_text()
    opening = ("{# ", "{% comment %}")
    assert text.startswith(opening), f"Open {path.name} with a comment that lists its variables."
    assert text.count("\n") <= 60, f"{path.name} is long: a component is about 15 lines."
