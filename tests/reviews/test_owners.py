"""Parts and owners: gaps are seen at once, history is rows."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from portal.accounts.models import Membership
from portal.refused import Refused
from reviews.models import Part, PartOwnership, ReasonRoute
from reviews.owners import add_part, find_parts, gap_count, name_owner, owned_parts, route_reason
from tests.threads import at_once
from tests.world import World


def prompt(world: World) -> Part:
    return add_part(
        assistant=world.assistant, kind="prompt", name="Prompt", description="", link="",
        by=world.lena, at=world.now,
    )  # fmt: skip


def give(world: World, part: Part, owner: object, stand_in: object = None) -> PartOwnership:
    return name_owner(
        part=part, owner=owner, stand_in=stand_in, review_by=None, by=world.lena, why="",  # type: ignore[arg-type]
        at=world.now,
    )  # fmt: skip


def test_a_part_without_an_owner_is_a_gap(world: World) -> None:
    part = prompt(world)
    assert gap_count(world.assistant) == 1
    row = give(world, part, world.rosa, world.remy)
    assert row.review_by is not None
    assert gap_count(world.assistant) == 0
    assert [one.owner for one in owned_parts(world.assistant)] == [world.rosa]


def test_who_leaves_the_team_leaves_gaps_at_once(world: World) -> None:
    give(world, prompt(world), world.rosa, world.remy)
    Membership.objects.filter(user=world.rosa).update(ended_at=world.now)
    owned = owned_parts(world.assistant)[0]
    assert owned.is_gap
    assert owned.stand_in == world.remy
    assert gap_count(world.assistant) == 1


def test_owner_and_stand_in_are_two_people_of_the_team(world: World) -> None:
    part = prompt(world)
    for owner, stand_in, field in (
        (world.rosa, world.rosa, "stand_in"),
        (world.otto, None, "owner"),
        (world.rosa, world.otto, "stand_in"),
    ):
        with pytest.raises(Refused) as refused:
            give(world, part, owner, stand_in)
        assert refused.value.field == field
    assert not PartOwnership.objects.exists()


def test_history_is_rows(world: World) -> None:
    part = prompt(world)
    give(world, part, world.rosa)
    give(world, part, world.remy)
    give(world, part, None)
    assert part.ownerships.count() == 3
    assert gap_count(world.assistant) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        part.ownerships.update(owner=world.lena)


def test_parts_are_found_in_the_data_once(world: World) -> None:
    world.conversations(prompt_version="p1", model="m1")
    found = {part.kind for part in find_parts(assistant=world.assistant, at=world.now)}
    assert found == {"prompt", "model", "escalation", "definition"}
    assert find_parts(assistant=world.assistant, at=world.now) == []
    routes = dict(ReasonRoute.objects.values_list("went_wrong", "part__kind"))
    assert routes["wrong_fact"] == "prompt"
    assert "out_of_date" not in routes


@pytest.mark.django_db(transaction=True)
def test_two_ticks_find_each_part_once() -> None:
    world = World()
    world.conversations(prompt_version="p1")
    at_once(3, lambda _: find_parts(assistant=world.assistant, at=world.now))
    assert Part.objects.count() == 3


def test_a_route_can_be_changed_and_a_name_is_taken_once(world: World) -> None:
    part = prompt(world)
    for _ in range(2):
        route_reason(
            assistant=world.assistant, went_wrong="out_of_date", part=part, by=world.lena,
            at=world.now,
        )  # fmt: skip
    assert ReasonRoute.objects.get(went_wrong="out_of_date").part == part
    with pytest.raises(Refused, match="already"):
        prompt(world)
