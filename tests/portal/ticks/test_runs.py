"""Each task's runs are noted by Celery's own signals, and nothing of a row with them."""

from __future__ import annotations

import pytest
from celery import shared_task
from django.db import OperationalError, connection

from portal.ticks import runs, tasks
from portal.ticks.models import TaskRun
from portal.ticks.tasks import Discarded, forget_set_aside


@shared_task(name="tests.always_fails")
def always_fails() -> None:
    """As a tick that fails as a whole."""
    raise ValueError("the card is 4242 4242")


@pytest.mark.django_db
def test_start_and_success_are_noted() -> None:
    forget_set_aside.apply()
    (run,) = runs.all_runs()
    assert run.name == "forget_set_aside"
    assert run.began is not None
    assert run.succeeded is not None
    assert 0 <= run.succeeded <= run.began < 5
    assert run.failed_at is None


@pytest.mark.django_db
def test_a_failure_is_noted_without_any_value() -> None:
    always_fails.apply()
    row = TaskRun.objects.get(name="always_fails")
    assert row.failed_at is not None
    assert row.succeeded_at is None
    assert row.last_error.startswith("Something stored cannot be read. (ValueError in tests/")
    assert "4242" not in row.last_error
    forget_set_aside.apply()
    assert TaskRun.objects.count() == 2


@pytest.mark.django_db
def test_what_cannot_be_noted_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("the database is away")

    with monkeypatch.context() as context:
        context.setattr(connection, "cursor", away)
        assert runs.began("x") is False
    assert runs.began("x") is True


@pytest.mark.django_db(transaction=True)
def test_discarded_ticks_are_counted_and_written_together() -> None:
    counted = Discarded()
    for _ in range(30):
        counted.add("reviews.tasks.make_rollups")
    counted.add("reviews.tasks.watch_due")
    counted.flush()
    counted.add("reviews.tasks.watch_due")
    counted.flush()
    assert dict(TaskRun.objects.values_list("name", "discarded")) == {
        "make_rollups": 30,
        "watch_due": 2,
    }


@pytest.mark.django_db(transaction=True)
def test_only_what_expired_is_counted_as_discarded(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Discarded()
    monkeypatch.setattr(tasks, "discarded", counted)
    tasks.note_discarded(sender=forget_set_aside, expired=False)
    counted.flush()
    assert not TaskRun.objects.exists()
    tasks.note_discarded(sender=forget_set_aside, expired=True)
    counted.flush()
    assert TaskRun.objects.get().discarded == 1
