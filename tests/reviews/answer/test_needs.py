"""What a lead is asked to do: the loudest thing first, three at most."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from reviews.answer.needs import HELD_UP, MANY_PAIRS, MOST, needs
from reviews.answer.printed import figure
from reviews.answer.status import Status
from reviews.measure.readings import READINGS

TODAY = date(2026, 11, 27)
CALM = Status(
    assistant="Support assistant", team="Acorn", as_of=datetime(2026, 11, 27, tzinfo=UTC), method=2,
    reading=READINGS["no_sign"], subject="", headline="", detail="", facts=(),
    usual=figure(None), now=figure(None), shift=None, usual_days="", now_days="",
    now_first=TODAY, now_last=TODAY, kinds=(), incident=None, others=0, fix=None,
    graded=300, needed=0, seen="",
)  # fmt: skip


def titles(status: Status) -> list[str]:
    return [one.title for one in needs(status, (), TODAY)]


def test_a_calm_team_is_asked_for_nothing() -> None:
    assert titles(CALM) == []
    assert titles(replace(CALM, pairs_waiting=MANY_PAIRS - 1)) == []


@pytest.mark.parametrize(("waiting", "title"), [(1, "1 pair waits"), (14, "14 pairs wait")])
def test_pairs_that_hold_up_every_figure_are_said_first_and_what_they_cost(
    waiting: int, title: str
) -> None:
    alone = replace(
        CALM, incident=3, nobody_on_it=True,
        pairs_waiting=waiting, held_up=True,
    )  # fmt: skip
    found = needs(alone, (), TODAY)
    assert found[0].title == f"{title} for a decision"
    assert (found[0].more, found[0].page) == (HELD_UP, "queue")
    assert found[1].title.startswith("Nobody is on incident 3")
    assert len(found) <= MOST


def test_more_grades_are_asked_for_only_where_grades_are_missing() -> None:
    few = replace(CALM, reading=READINGS["not_enough"])
    assert titles(few) == ["More grades are needed"]
    assert titles(replace(few, lacks_days=True)) == []


def test_pairs_that_only_cost_width_come_after_an_incident() -> None:
    waiting = replace(CALM, pairs_waiting=MANY_PAIRS)
    assert titles(waiting) == [f"{MANY_PAIRS} pairs wait for a decision"]
    alone = replace(waiting, incident=3, nobody_on_it=True)
    assert titles(alone)[1] == f"{MANY_PAIRS} pairs wait for a decision"
