"""The day's grading in sets writes the rows that grading one by one writes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction

from ingestion.models import Assistant
from portal.accounts.models import Team
from portal.demo import cast, happening, loading
from portal.demo.sittings import PAUSE, REVIEW, Fill, Sittings
from portal.demo.story import build
from reviews.grading.grades import record_grade
from reviews.grading.queue import claim
from reviews.models import Assignment

MONDAY = date(2026, 11, 23)
COUNTED = ("rollup", "count", "daysignals")  # written from a hash, in no order


class OneByOne(Sittings):
    """Grading as the page does it: a claim and a grade, again and again."""

    def __post_init__(self) -> None:
        pass

    def sit(self, reviewer: Any, at: Any, fill: Fill, *, most: int, purpose: str = REVIEW) -> None:
        for _ in range(most):
            taken = claim(assistant=self.assistant, reviewer=reviewer, at=at, purpose=purpose)
            if taken is None:
                return
            sample = Assignment.objects.get(pk=taken).sample
            form = fill(sample.conversation.external_id, sample.answer_index)
            at += timedelta(seconds=form.seconds or 0)
            record_grade(assignment_id=taken, reviewer=reviewer, form=form, at=at)
            at += timedelta(seconds=PAUSE)

    def write(self) -> None:
        pass


def begin_ids_anew() -> None:
    """Both tellings number their rows alike, so that links in reports are alike too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER SEQUENCE "{name}" RESTART WITH 1000000')


def rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, but for what the database's own clock says."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, array_agg(column_name::text) FILTER (WHERE column_default IS NULL"
            " OR column_default NOT LIKE '%timestamp%') FROM information_schema.columns"
            " WHERE table_name ~ '^(ingestion|reviews)_' GROUP BY 1"
        )
        for table, columns in cursor.fetchall():
            counted = table.endswith(COUNTED)
            names = [name for name in columns if not (counted and name == "id")]
            cursor.execute(
                f"SELECT {', '.join(map(connection.ops.quote_name, names))} FROM {table}"
            )
            found[table] = sorted(
                (dict(zip(names, row, strict=True)) for row in cursor.fetchall()), key=repr
            )
    return found


def tell(how: type[Sittings], monkeypatch: pytest.MonkeyPatch) -> dict[str, list[dict[str, Any]]]:
    """Eight days, and nothing left of them afterwards."""
    monkeypatch.setattr(happening.Happening, "sittings", how)
    begin_ids_anew()
    with transaction.atomic():
        team = Team.objects.create(name=cast.TEAM, slug="acorn", time_zone=loading.ZONE)
        assistant = Assistant.objects.create(team=team, name=cast.ASSISTANT, slug="support")
        people = loading._people(team)
        story = build(seed=3, end=MONDAY, tz=loading.ZONE, weeks=1, per_day=36)
        happening.Happening(story, assistant, people).run()
        told = rows()
        transaction.set_rollback(True)
    return told


@pytest.mark.django_db
def test_the_quick_way_writes_the_rows_of_the_slow_way(monkeypatch: pytest.MonkeyPatch) -> None:
    with time_machine.travel(datetime(2026, 11, 23, 9, 0, tzinfo=UTC), tick=False):
        quick, slow = tell(Sittings, monkeypatch), tell(OneByOne, monkeypatch)
    for table in quick:
        assert len(quick[table]) == len(slow[table]), table
        for one, other in zip(quick[table], slow[table], strict=True):
            assert one == other, table
    grades, places = quick["reviews_grade"], quick["reviews_assignment"]
    assert len(grades) > 150
    assert sum(place["purpose"] == "adjudication" for place in places) >= 3
    assert sum(place["not_for_id"] is not None for place in places) >= 10
