"""What no row may hold: the database refuses it too; an upgrade mends what an older one took."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, models, transaction

from ingestion.models import Conversation, DayCount, DaySignals, Release, Signal
from reviews.measure.rollups import make_rollups
from reviews.models import (
    Assessment,
    DirtyDay,
    DriftAlarm,
    Flag,
    Rollup,
    Sample,
    SamplingChance,
    SamplingPolicy,
)
from tests.world import World

pytestmark = pytest.mark.django_db
NOT_NUMBERS = ("'NaN'", "'Infinity'", "'-Infinity'")
MADE_BY = {
    Conversation: "id", DayCount: "id", DaySignals: "id", Sample: "id", SamplingChance: "id",
    SamplingPolicy: "assistant_id", Rollup: "id",
}  # fmt: skip
FLOATS = [
    (model, field.column)
    for model in MADE_BY
    for field in model._meta.get_fields()
    if isinstance(field, models.FloatField)
]
BOUNDS = [
    (Conversation, "sample_rate", "5e-324", "1e-200", "0", "1.1"),
    (Conversation, "cost", "-1", "1e300"),
    (Conversation, "answers", "0"),
    (Conversation, "started_at", "'infinity'", "'1998-01-01'", "'2200-01-01'"),
    (Conversation, "day", "'infinity'", "'0001-01-01'", "'9999-12-31'"),
    (DayCount, "represented", "1e300", "-1"),
    (DaySignals, "top_score", "1e300"),
    (Sample, "probability", "5e-324", "1e-200", "0", "1.1"),
    (SamplingChance, "chance", "1e-300", "2"),
    (SamplingPolicy, "rate", "1e-300", "0"),
    (SamplingPolicy, "double_share", "-0.1", "1.1"),
    (SamplingPolicy, "target_per_day", "0", "2000000000"),
    (SamplingPolicy, "signals_per_day", "2000000000"),
    (Rollup, "weight_squared", "1e200"),
]


def sql(statement: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


@pytest.fixture
def rows(world: World) -> World:
    """A row in each table."""
    world.grade()
    make_rollups(at=world.now)
    SamplingChance.objects.create(
        assistant=world.assistant, day=world.now.date(), reason="random", chance=0.5, basis=1,
        decided_at=world.now,
    )  # fmt: skip
    return world


def refuses(model: type[models.Model], column: str, value: str) -> None:
    assert model._default_manager.count() == 1
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        sql(f"UPDATE {model._meta.db_table} SET {column} = {value}")


@pytest.mark.parametrize(("model", "column"), FLOATS, ids=str)
def test_no_column_takes_what_is_no_number(
    rows: World, model: type[models.Model], column: str
) -> None:
    for value in NOT_NUMBERS:
        refuses(model, column, value)


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: f"{bound[0].__name__}.{bound[1]}")
def test_the_database_holds_the_bounds(rows: World, bound: tuple[Any, ...]) -> None:
    model, column, *values = bound
    for value in values:
        refuses(model, column, value)


def test_an_upgrade_mends_what_an_older_version_took(rows: World) -> None:
    sample = Sample.objects.get()
    checks = [
        (model, one)
        for model in (*MADE_BY, Assessment, DriftAlarm, Flag, Release, Signal)
        for one in model._meta.constraints
        if isinstance(one, models.CheckConstraint)
    ]
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    with connection.schema_editor() as editor:
        for model, one in checks:
            editor.remove_constraint(model, one)
    sql("UPDATE ingestion_conversation SET sample_rate = 1e-200, cost = 'NaN', answers = 0")
    sql("UPDATE reviews_sample SET probability = 0.5e-200")
    sql("UPDATE ingestion_daycount SET represented = 'Infinity'")
    sql("UPDATE ingestion_daysignals SET top_score = 'NaN', cost = 1e300")
    sql("UPDATE reviews_samplingpolicy SET rate = 1e-300, target_per_day = 2000000000")
    sql("UPDATE reviews_samplingchance SET chance = 1e-300, basis = 'NaN'")
    sql("UPDATE reviews_rollup SET weight = 2e200, weight_squared = 'Infinity'")
    release = Release.objects.create(
        assistant=rows.assistant, kind="prompt", name="1", went_live_at=rows.now, announced=True
    )
    sql("UPDATE ingestion_release SET went_live_at = '0001-01-01Z'")
    sql("UPDATE ingestion_conversation SET sample_rate = 5e-324 WHERE id <> %s",
        sample.conversation_id)  # fmt: skip
    for name in ("reviews.migrations.0007_chances_of_tiny_rates",
                 "ingestion.migrations.0003_bounds", "reviews.migrations.0008_bounds"):  # fmt: skip
        sql(import_module(name).MEND)
    with connection.schema_editor() as editor:
        for model, one in checks:
            editor.add_constraint(model, one)  # looks at every row
    sample.refresh_from_db()
    assert sample.probability == pytest.approx(0.5e-6), "its own chance, at the least rate"
    assert Conversation.objects.get().sample_rate == 1e-6
    assert DayCount.objects.get().represented == 1e6
    assert release.created_at == Release.objects.get().went_live_at
    assert not Rollup.objects.exists(), "made again from what is mended"
    assert DirtyDay.objects.filter(day=sample.day).exists()
    assert make_rollups(at=rows.now) == 1
    assert Rollup.objects.get().weight == pytest.approx(2e6)
