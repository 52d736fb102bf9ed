"""A page that is looked at changes nothing: no GET of any address, by anybody, writes a row.

Also prefetching browsers, link checkers and mail scanners send GETs. The addresses are read off the
URL configuration; what each may write all the same is said here, with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from ingestion.models import Assistant
from portal.accounts.models import User
from tests.test_role_matrix import NAMES, address, furnish
from tests.world import World

# A session is begun and kept alive; it is the browser's, nobody else sees it.
SESSION = {"django_session"}
ALLOWED = {
    # Whoever opens the review screen takes the next answers in hand, so that nobody else gets them:
    # that is a lease, given back when nothing is done with it.
    "review": {"reviews_assignment"},
    # When a key was last used, to the minute, so that an unused one is found and revoked.
    "api_answer": {"accounts_apikey"},
}


# What this transaction did to rows, as the database counts it: also by statements of our own.
COUNTS = (
    "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
    " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
)


def counts() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(COUNTS)
        return dict(cursor.fetchall())


@contextmanager
def tables_written() -> Iterator[set[str]]:
    """The tables of which rows were made, changed or deleted meanwhile."""
    found: set[str] = set()
    before = counts()
    yield found
    found.update(name for name, count in counts().items() if count != before.get(name))


def written_by_gets(cast: dict[str, Client], values: dict[str, dict[str, Any]]) -> list[str]:
    """Who wrote what by looking at which address."""
    found = []
    for who, client in cast.items():
        client.raise_request_exception = False
        for name, pattern in NAMES:
            with tables_written() as tables:
                client.get(address(pattern, values))
            tables -= SESSION | ALLOWED.get(name, set())
            found += [f"{who} {name}: {table}" for table in sorted(tables)]
    return found


def cast_of(world: World, as_: Callable[[User], Client]) -> dict[str, Client]:
    people = {"agent": world.agnes, "reviewer": world.rosa, "lead": world.lena, "admin": world.ada}
    seen = {name: as_(person) for name, person in people.items()}
    key = {"Authorization": f"Bearer {world.key()}"}
    return {"nobody": Client(), "stranger": as_(world.otto), "key": Client(headers=key), **seen}


@pytest.mark.django_db
def test_looking_at_a_page_changes_nothing(world: World, as_: Callable[[User], Client]) -> None:
    values = furnish(world)
    found = written_by_gets(cast_of(world, as_), values)
    assert not found, "\n".join(found)


@pytest.mark.django_db
def test_nor_does_it_where_nothing_is_yet(world: World, as_: Callable[[User], Client]) -> None:
    """A new assistant: without a definition, a policy, a conversation."""
    values = furnish(world)
    fresh = Assistant.objects.create(team=world.team, name="New", slug="new")
    values["assistant_id"] = {"": fresh.pk}
    found = written_by_gets(cast_of(world, as_), values)
    assert not found, "\n".join(found)


@pytest.mark.django_db
def test_a_write_would_be_seen(world: World) -> None:
    with tables_written() as tables:
        world.conversations()
    assert "ingestion_conversation" in tables
