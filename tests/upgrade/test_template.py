"""The migrated database that test workers copy is the one of the migrations on disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.template import make_template, text_of

pytestmark = pytest.mark.django_db


def test_a_changed_migration_makes_another_database(tmp_path: Path) -> None:
    migration = tmp_path / "0001_initial.py"
    migration.write_text("operations = []\n")
    before = text_of({("reviews", "0001_initial"): migration})
    assert before == text_of({("reviews", "0001_initial"): migration})
    migration.write_text("operations = [1]\n")
    assert before != text_of({("reviews", "0001_initial"): migration})


def test_it_stands_ready_to_be_copied_and_nobody_gets_on_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datallowconn FROM pg_database WHERE datname = %s", [make_template()])
        assert cursor.fetchall() == [(False,)]


def test_the_copy_has_nothing_left_to_migrate() -> None:
    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []


def test_no_autovacuum_makes_plans_for_tables_that_are_empty_for_good() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND NOT coalesce('autovacuum_enabled=false' = ANY(reloptions), false)"
        )
        assert cursor.fetchall() == []
