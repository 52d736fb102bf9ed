"""Pages ask the database as often for thirty rows of everything as for three."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.accounts.models import User
from tests.full_house import LISTS, fill
from tests.world import World

FEW, MANY = 3, 30
MOST = 30  # queries of the hungriest page; one that needs more says that something is wrong
# A sitting is ten answers, and these three show settings, text and totals, which do not grow.
AS_LONG = {"review", "sampling", "definition", "trends", "backtest"}


@dataclass(frozen=True)
class Seen:
    """A page as it came: how long, and what it asked for, without the values."""

    length: int
    asked: Counter[str]


def see(client: Client, address: str) -> Seen:
    """A page at its second sight, when caches are warm."""
    client.get(address)
    with CaptureQueriesContext(connection) as caught:
        answer = client.get(address)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"
    asked = Counter(str(one["sql"]).split(" WHERE ")[0] for one in caught.captured_queries)
    return Seen(len(answer.content), asked)


def test_no_page_asks_more_often_when_there_is_more_to_show(
    world: World, as_: Callable[[User], Client]
) -> None:
    ada, rosa = as_(world.ada), as_(world.rosa)

    def see_all(first: int, last: int) -> dict[str, Seen]:
        house = fill(world, first, last)
        with time_machine.travel(world.now + timedelta(minutes=1), tick=False):
            return {
                name: see(rosa if name == "review" else ada, address)
                for name, address in house.pages(world).items()
            }

    few, many = see_all(0, FEW), see_all(FEW, MANY)
    grown = {
        f"{name}: {few[name].asked.total()} to {seen.asked.total()}": seen.asked - few[name].asked
        for name, seen in many.items()
        if seen.asked.total() > few[name].asked.total()
    }
    assert not grown, grown
    hungry = {name: one.asked.total() for name, one in many.items() if one.asked.total() > MOST}
    assert not hungry, hungry
    same = {name for name in LISTS if many[name].length <= few[name].length}
    assert same <= AS_LONG, f"these show no more rows, so they were not tested: {same - AS_LONG}"
