"""Releases: announced or noticed, one change is one row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from ingestion.models import Release
from ingestion.releases import record_release
from portal.accounts.models import AuditEntry
from tests.ingestion.conftest import Send
from tests.world import DAY, World

pytestmark = pytest.mark.django_db


def announce(
    world: World, name: str = "p2", when: datetime | None = None, **fields: Any
) -> tuple[Release, bool]:
    said: dict[str, Any] = {
        "assistant": world.assistant,
        "kind": "prompt",
        "note": "",
        "link": "",
        "by": world.lena,
        "label": "Lena Lead",
        "at": world.now,
    }
    return record_release(**{**said, "name": name, "went_live_at": when, **fields})


def test_a_version_is_noticed_when_it_first_appears(world: World) -> None:
    world.conversations(2, model="m1", prompt_version="p1", started_at=world.now - DAY)
    world.conversations(2, model="m1", prompt_version="p2")
    noticed = Release.objects.order_by("kind", "name")
    assert [(one.kind, one.name, one.announced) for one in noticed] == [
        ("model", "m1", False),
        ("prompt", "p1", False),
        ("prompt", "p2", False),
    ]
    assert noticed[0].went_live_at == world.now - DAY


def test_a_caller_whose_clock_is_ahead_is_noticed_too(world: World) -> None:
    world.conversations(prompt_version="p2", started_at=world.now + DAY / 24)
    assert Release.objects.get().went_live_at == world.now


def test_announced_after_it_was_noticed_is_the_same_change(world: World) -> None:
    world.conversations(prompt_version="p2")
    noticed = Release.objects.get()
    release, created = announce(world, when=world.now - DAY, note="Shorter answers")
    assert (release.pk, created) == (noticed.pk, True)
    noticed.refresh_from_db()
    assert (noticed.announced, noticed.note) == (True, "Shorter answers")
    assert noticed.went_live_at == world.now - DAY
    assert noticed.recorded_by == world.lena


def test_noticed_after_it_was_announced_is_the_same_change(world: World) -> None:
    announce(world, when=world.now - DAY)
    world.conversations(prompt_version="p2")
    assert Release.objects.get().announced


@pytest.mark.parametrize("seconds", [None, 0])
def test_announced_twice_is_kept_once(world: World, seconds: int | None) -> None:
    when = None if seconds is None else world.now
    first, created = announce(world, when=when)
    again, created_again = announce(world, when=when, at=world.now + DAY)
    assert (first.pk, created, created_again) == (again.pk, True, False)
    assert AuditEntry.objects.filter(action="release.recorded").count() == 1


def test_announced_twice_after_it_was_noticed_is_kept_once(world: World) -> None:
    world.conversations(prompt_version="p2")
    assert announce(world)[1]
    assert not announce(world, at=world.now + DAY)[1]
    assert Release.objects.count() == 1


def test_going_back_to_an_earlier_version_is_another_change(world: World) -> None:
    announce(world, "p1", at=world.now - 2 * DAY)
    announce(world, "p2", at=world.now - DAY)
    back, created = announce(world, "p1")
    assert created
    assert back.went_live_at == world.now
    assert Release.objects.count() == 3


def test_the_same_name_elsewhere_is_another_change(world: World) -> None:
    announce(world, when=world.now)
    assert announce(world, when=world.now, kind="model")[1]
    assert announce(world, when=world.now, assistant=world.other_assistant)[1]


def test_the_api_says_201_when_new_and_200_when_known(send: Send, world: World) -> None:
    body = {"kind": "prompt", "name": " p2 ", "link": "https://example.com/pr/7"}
    first, again = send(body, to="releases"), send(body, to="releases")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["name"] == "p2"
    assert Release.objects.get().recorded_label == "Key Test"
