"""Nothing of a page is kept; static files are kept long."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from portal.accounts.models import User
from tests.test_role_matrix import NAMES, address, furnish
from tests.world import World

pytestmark = pytest.mark.django_db


def test_no_page_of_anybody_is_kept(world: World, as_: Callable[[User], Client]) -> None:
    values = furnish(world)
    for client in (Client(), as_(world.agnes), as_(world.ada)):
        client.raise_request_exception = False
        kept = [
            name
            for name, pattern in NAMES
            if client.get(address(pattern, values)).headers.get("Cache-Control") != "no-store"
        ]
        assert not kept


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/password/reset/", "/nothing/", "/api/v1/nothing"]
)
def test_nor_is_what_everybody_may_see(world: World, path: str) -> None:
    assert Client().get(path)["Cache-Control"] == "no-store"
    assert Client(enforce_csrf_checks=True).post(path)["Cache-Control"] == "no-store"


def test_static_files_are_kept(settings: object) -> None:
    assert "max-age" in Client().get("/static/css/app.css")["Cache-Control"]
    assert "no-store" not in Client().get("/static/css/app.css")["Cache-Control"]
