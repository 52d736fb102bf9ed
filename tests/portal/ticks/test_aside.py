"""One piece of work that fails is set aside with its reason; the rest goes on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DataError, InterfaceError, OperationalError, connection

from portal.ticks import aside as aside_module
from portal.ticks.aside import BACK_OFF, MOST_OF_ONE, Aside, each, forget, put_overdue
from portal.ticks.models import SetAside
from portal.ticks.reasons import NUMBER, UNREADABLE, is_outage, reason_of

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def divide(by: float) -> float:
    """Real work at the database: an item of 1e-200 overflows, as weights did."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / %s::float8 ^ 2", [by])
        return float(cursor.fetchone()[0])


def run(items: Sequence[float], at: datetime = AT) -> list[float]:
    return each(
        task="test",
        items=items,
        key=lambda one: f"item-{one}",
        assistant=lambda _: 7,
        work=divide,
        at=at,
    )


def test_the_rest_goes_on_and_the_reason_is_kept() -> None:
    assert run([1, 1e-200, 2]) == [1, 0.25]
    row = SetAside.objects.get()
    assert (row.task, row.key, row.assistant) == ("test", "item-1e-200", 7)
    assert row.error == "DataError"
    assert row.reason == NUMBER
    assert "test_aside.py:" in row.place
    assert (row.first_seen_at, row.next_try_at) == (AT, AT + BACK_OFF[0])


def test_it_is_tried_again_with_longer_and_longer_waits() -> None:
    at, waits = AT, []
    for _ in range(7):
        run([1e-200], at)
        row = SetAside.objects.get()
        waits.append(row.next_try_at - at)
        run([1e-200], row.next_try_at - MINUTE / 2)
        assert SetAside.objects.get().tries == row.tries, "not before its time"
        at = row.next_try_at
    assert waits == [*BACK_OFF, BACK_OFF[-1], BACK_OFF[-1]]
    assert SetAside.objects.get().first_seen_at == AT


def test_another_version_of_the_program_tries_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    run([1e-200])
    monkeypatch.setattr(aside_module, "program_version", lambda: "next")
    run([1e-200], AT + MINUTE / 6)
    assert SetAside.objects.get().tries == 2
    assert SetAside.objects.get().version == "next"


def test_it_is_forgotten_when_it_succeeds() -> None:
    Aside(task="test", at=AT).put("item-4", ValueError("x"), assistant=7)
    assert run([4]) == []
    assert run([4], AT + 2 * MINUTE) == [1 / 16]
    assert not SetAside.objects.exists()


@pytest.mark.parametrize("poison", [{3}, {0, 31}, set(range(8)), set(range(32))])
def test_the_poison_in_a_bite_is_found_by_halves(poison: set[int]) -> None:
    done: list[int] = []

    def work(some: Sequence[int]) -> int:
        for one in some:
            divide(1e-200 if one in poison else 1)
        done.extend(some)
        return len(some)

    aside = Aside(task="test", at=AT)
    counts = aside.together(range(32), key=lambda one: f"item-{one}", work=work)
    assert sum(counts) == len(done) == 32 - len(poison)
    assert {row.key for row in SetAside.objects.all()} == {f"item-{one}" for one in poison}
    assert sorted(aside.waiting_ids("item")) == sorted(poison)


def test_a_database_that_is_away_is_nobodys_fault() -> None:
    for error in (OperationalError("gone"), InterfaceError("closed")):

        def work(_: object, error: Exception = error) -> None:
            raise error

        with pytest.raises(type(error)):
            each(task="test", items=[1, 2], key=str, work=work, at=AT)
        with pytest.raises(type(error)):
            Aside(task="test", at=AT).together([1, 2], key=str, work=work)
    assert not SetAside.objects.exists()


@pytest.mark.parametrize(
    ("statement", "everybodys"),
    [
        ("SELECT * FROM no_such_table", True),
        ("SELECT to_tsvector('simple', (SELECT string_agg('w' || n, ' ') "
         "FROM generate_series(1, 300000) n))", False),
        ("SELECT 1 / 0", False),
        ("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)", False),
        ("SET TRANSACTION READ ONLY; DELETE FROM ticks_setaside", True),
    ],
)  # fmt: skip
def test_real_errors_are_told_apart(statement: str, everybodys: bool) -> None:
    with pytest.raises(Exception) as caught, connection.cursor() as cursor:
        cursor.execute(statement)
    assert is_outage(caught.value) is everybodys, caught.value


def test_the_reason_holds_no_value_of_a_row() -> None:
    with pytest.raises(DataError) as caught, connection.cursor() as cursor:
        cursor.execute("SELECT %s::int", ["my card is 4242"])
    said = reason_of(caught.value)
    assert said.words == UNREADABLE
    assert "4242" not in str(said)
    assert "4242" not in str(reason_of(KeyError("4242")))


def test_one_that_takes_all_the_time_is_set_aside_when_the_tick_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(aside_module, "TOO_LONG", 0.0)

    def work(item: int) -> int:
        if item == 2:
            raise SoftTimeLimitExceeded
        return item

    with pytest.raises(SoftTimeLimitExceeded):
        each(task="test", items=[1, 2, 3], key=str, work=work, at=AT)
    put_overdue()
    assert [row.key for row in SetAside.objects.all()] == ["2"]
    assert each(task="test", items=[1, 2, 3], key=str, work=work, at=AT) == [1, 3]


def test_an_assistant_with_very_much_set_aside_waits_as_a_whole() -> None:
    aside = Aside(task="test", at=AT)
    for number in range(MOST_OF_ONE):
        assert aside.crowded == []
        aside.put(f"item-{number}", ValueError(), assistant=7)
    aside.put("other", ValueError(), assistant=8)
    assert aside.crowded == [7]
    assert Aside(task="test", at=AT + 2 * MINUTE).crowded == []


def test_what_is_gone_is_forgotten() -> None:
    run([1e-200])
    assert forget(before=AT) == 0
    assert forget(before=AT + 2 * MINUTE) == 1
