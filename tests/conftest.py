"""Fixtures for every test: the cast, and clients that are signed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection
from django.test import Client
from pytest_django import DjangoDbBlocker

from portal.accounts.models import User
from tests.template import make_template
from tests.world import World

# Who asks for one of these, also through another fixture, works on rows.
DATABASE = {"db", "transactional_db", "django_db_setup", "live_server"}
# Stories of weeks, real programs, and walks over every page: what `make test-fast` leaves out.
STORIES = (
    "tests/journeys", "tests/portal/demo", "tests/portal/test_demo", "tests/portal/running",
    "tests/portal/logs/test_no_words", "tests/portal/gate/test_script_answers",
    "tests/portal/shell/test_api_schema", "tests/reviews/backtest", "tests/reviews/watch",
    "tests/reviews/trends/test_trends_page", "tests/reviews/test_api_reading",
    "tests/reviews/alerts/test_mail_kill", "tests/reviews/alerts/test_outbox",
    "tests/reviews/stats/test_fix_check", "tests/reviews/grading/test_answers_page",
    "tests/reviews/measure/test_rollups", "tests/ingestion/test_bad", "tests/upgrade",
    "tests/scripts", "tests/bench", "tests/deploy", "tests/fuzz", "tests/test_hostile",
    "tests/test_get_never_writes", "tests/test_page_budgets", "tests/test_stored_shapes",
    "tests/test_role_matrix", "tests/test_shared_forms",
)  # fmt: skip
ROUNDS_OF_THE_PROGRAM = PBKDF2PasswordHasher.iterations


def pytest_configure() -> None:
    """One round of hashing instead of a million: the same hash, which says how many rounds it has,
    so that real programs beside the tests read it too. `test_passwords.py` asks for the rounds."""
    PBKDF2PasswordHasher.iterations = 1


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """The worker's database is a copy of one that is migrated already."""
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = make_template()


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
    """Mark what needs no database, and what takes long. Start the longest tests first: at the end
    they would keep one worker busy alone."""
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        if not asked & DATABASE and item.get_closest_marker("django_db") is None:
            item.add_marker(pytest.mark.pure)
        if item.nodeid.startswith(STORIES):
            item.add_marker(pytest.mark.story)
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
