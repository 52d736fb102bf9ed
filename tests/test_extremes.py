"""Whatever the door takes, everything behind it can count with: the edges of each number at once,
through every task and onto every page."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ingestion.api.body import read_rows
from ingestion.digest import digest_all, prune
from ingestion.intake import store
from ingestion.models import Conversation
from portal.accounts.models import Team, User
from portal.ticks.models import SetAside
from reviews import owners
from reviews.alerts import writing
from reviews.grading import flagging
from reviews.grading.grades import record_grade
from reviews.grading.queue import claim
from reviews.measure import rollups
from reviews.models import Assessment, Report, Sample
from reviews.reports import reports
from reviews.sampling import choosing
from reviews.watch import drift, rounds
from tests.ingestion.conftest import row
from tests.world import World

EDGES: dict[str, list[Any]] = {
    "sample_rate": [1e-6, 1, 0.999999999],
    "tokens_in": [0, 2_000_000_000],
    "tokens_out": [0, 2_000_000_000],
    "latency_ms": [0, 2_000_000_000],
    "cost": [0, 5e-324, 1e9],
    "kind": ["", "x" * 120, "\U0001f600" * 120],
    "started_at": ["2000-01-01T00:00:00Z"],
    "passages": [
        [{"text": "", "score": edge} for edge in (-1e12, 1e12, 5e-324, 0)],
        [{"text": "x" * 200_000}],
    ],
    "attributes": [{"a": [1e308, -1e308, 5e-324, 2**63 - 1, -(2**63)]}],
    "messages": [
        [{"role": "assistant", "content": "y"}] * 1000,
        [{"role": "assistant", "content": "word " * 40_000}],
        [{"role": "assistant", "content": "z" * 200_000}],
    ],
    "id": ["\U0001f600" * 200],
    "ticket_ref": ["\U0001f600" * 200],
}
PAGES = ("assistant_home", "trends", "reviewers", "releases", "incidents", "queue", "answers")


@pytest.mark.django_db
def test_every_edge_that_is_taken_can_be_counted_with(
    world: World, as_: Callable[[User], Client]
) -> None:
    Team.objects.filter(pk=world.team.pk).update(time_zone="Pacific/Pago_Pago")
    world.assistant.refresh_from_db()
    now, one = world.now, world.assistant
    sent = [
        {**row(f"{field}-{number}"), "started_at": now.isoformat(), field: value}
        for field, values in EDGES.items()
        for number, value in enumerate(values)
    ]
    good, refused = read_rows(json.dumps(sent).encode(), now)
    assert not refused
    store(assistant=one, rows=good, rejected=[], at=now)
    policy = choosing.policy_of(one)
    policy.rate, policy.double_share = 1.0, 0.0
    policy.save()
    digest_all(at=now)
    flagging.match_all_waiting_flags(at=now)
    choosing.choose_due(at=now, most=5)
    assert Sample.objects.count() == len(sent) == Conversation.objects.count()
    form = world.form()
    while (place := claim(assistant=one, reviewer=world.rosa, at=now)) is not None:
        record_grade(assignment_id=place, reviewer=world.rosa, form=form, at=now)
    week = now + timedelta(days=7)
    rollups.make_rollups(at=now)
    for at in (now + timedelta(minutes=1), week):
        drift.find_all(at=at)
        rounds.watch_due(at=at)
        owners.find_all_parts(at=at)
        writing.write_due(at=at)
        writing.write_silences(at=at)
        reports.write_due(at=at)
        rounds.thin_out(at=at)
        prune(refusals_before=at, batches_before=at, at=at)
    assert not SetAside.objects.exists(), list(SetAside.objects.values())
    assert Assessment.objects.filter(assistant=one).count() >= 1
    assert Report.objects.filter(assistant=one).exists()
    lead = as_(world.lena)
    for name in PAGES:
        assert lead.get(reverse(name, args=[one.pk])).status_code == 200, name
