"""The judge of `make chaos` finds what it is there to find."""

from __future__ import annotations

from collections import Counter
from urllib.parse import quote

import pytest
from django.db import connection

from bench.chaos.ledger import Ledger, digest
from bench.chaos.outside import DEAD_MAILBOX, MailServer
from bench.chaos.verdict import Tally, judge, judge_outside, mails_wanted, settle
from ingestion.digest import digest_all
from ingestion.models import Conversation, DayCount
from reviews.grading.grades import record_grade
from reviews.grading.queue import claim
from reviews.models import Assignment
from reviews.reports.reports import write_due
from reviews.sampling.choosing import choose_all
from tests.world import World


def url() -> str:
    to = connection.settings_dict
    login = f"{quote(to['USER'])}:{quote(to['PASSWORD'])}"
    return f"postgres://{login}@{to['HOST']}:{to['PORT']}/{quote(to['NAME'])}"


@pytest.fixture
def house(transactional_db: None) -> World:
    """Three conversations whose answers the ledger knows, counted and drawn from."""
    world = World()
    for number, conversation in enumerate(world.conversations(3, kind="Refunds")):
        words = f"Answer {number}"
        Conversation.objects.filter(pk=conversation.pk).update(
            external_id=f"chaos-{number}",
            messages=[{"role": "user", "content": "?"}, {"role": "assistant", "content": words}],
        )
    digest_all(at=world.now)
    choose_all(assistant=world.assistant, at=world.now)
    Assignment.objects.all().delete()  # so that what a test grades is what it asked for
    return world


def book() -> Ledger:
    return Ledger(conversations={f"chaos-{n}": digest(f"Answer {n}") for n in range(3)})


def test_promises_that_are_kept_are_no_fault(house: World) -> None:
    assert judge(url(), book()) == Tally(acknowledged=3)
    assert settle(url(), 5, lambda: True) is not None


def test_a_row_that_is_gone_and_one_that_changed_are_found(house: World) -> None:
    ledger = book()
    ledger.conversations |= {"chaos-9": digest("never stored"), "chaos-0": digest("otherwise")}
    ledger.grades["note never given"] = 1
    ledger.incidents.add("Seen by hand, never opened")
    tally = judge(url(), ledger)
    assert sorted(tally.lost) == [
        "conversation chaos-9",
        "grade note never given",
        "incident Seen by hand, never opened",
    ]
    assert tally.altered == ["conversation chaos-0"]


def test_work_left_undone_and_counts_that_differ_are_found(house: World) -> None:
    DayCount.objects.update(conversations=99)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ingestion_intakebatch SET counted_at = NULL")
    tally = judge(url(), book())
    assert tally.undone
    assert any("not counted as they are" in fault for fault in tally.altered)
    assert settle(url(), 0.1, lambda: True) is None


def test_a_grade_that_stands_twice_is_found(house: World) -> None:
    places = [house.sample(one).assignments.get() for one in house.conversations(2, kind="Refunds")]
    for place in places:
        claim(assistant=house.assistant, reviewer=house.rosa, at=house.now)
        form = house.form(note="note twice")
        record_grade(assignment_id=place.pk, reviewer=house.rosa, form=form, at=house.now)
    ledger = book()
    ledger.grades["note twice"] = places[-1].pk
    assert "grade note twice is there 2 times" in judge(url(), ledger).doubled


def test_mails_are_missing_doubled_or_explained(house: World) -> None:
    house.grade()
    house.now = house.now.replace(day=28)
    assert write_due(at=house.now)
    wanted = mails_wanted(url(), {house.lena.pk: "lena@acorn.example", 9: DEAD_MAILBOX})
    assert {to for _, to in wanted} == {"lena@acorn.example"}
    first, second = sorted(wanted)[:2]
    mails = MailServer(0)
    mails.received = Counter({first: 3})
    mails.unsure = Counter({first: 1})
    tally = Tally()
    judge_outside(tally, {first, second}, mails, deaths=0)
    assert tally.mails_missing == [second[0]]
    assert (tally.mails_doubled, tally.mails_doubled_explained) == (1, 1)
