"""Fixtures for every test: the cast, and clients that are signed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from portal.accounts.models import User
from tests.world import World


@pytest.fixture
def world(db: None) -> World:
    """A fresh team with its people, its assistant and a published definition."""
    return World()


@pytest.fixture
def as_(world: World) -> Callable[[User], Client]:
    """`as_(world.lena)` is a browser in which Lena is signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the longest tests first: at the end they would keep one worker busy alone."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
