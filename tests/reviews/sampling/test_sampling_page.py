"""How answers are chosen, as a lead sets it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from reviews.sampling.choosing import policy_of
from tests.forms_of_pages import filled_forms
from tests.world import World

As = Callable[[User], Client]


@pytest.mark.parametrize(("typed", "kept"), [("0.167", 1 / 6), ("0.2", 0.2), ("0.166", 0.166)])
def test_a_share_is_shown_round_and_stays_exact(
    world: World, as_: As, typed: str, kept: float
) -> None:
    assert policy_of(world.assistant).double_share == 1 / 6
    lena, where = as_(world.lena), reverse("sampling", args=[world.assistant.pk])
    page = lena.get(where).content.decode()
    assert "0.1666" not in page
    [fields] = [one.fields for one in filled_forms(page, where) if "double_share" in one.fields]
    assert fields["double_share"] == "0.167"
    answer = lena.post(where, {**fields, "double_share": typed, "target_per_day": "31"})
    assert answer.status_code == 302
    policy = policy_of(world.assistant)
    assert (policy.double_share, policy.target_per_day) == (kept, 31)
