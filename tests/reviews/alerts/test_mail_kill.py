"""Weekly mails while workers are killed at any moment, beats are doubled and clocks are changed.

What is promised (docs/operating.md): everybody gets each report, under one Message-ID for ever. A
second copy goes out only when a worker dies after the mail server took the mail and before we
wrote that down; here each copy is counted against the deaths that explain it.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from queue import Queue

import pytest

from portal.accounts.models import Role
from reviews.measure.rollups import make_rollups
from reviews.models import Report, ReportDelivery
from reviews.reports.reports import deliver_due, report_key, write_due
from tests.reviews.mail_workers import (
    MailServer,
    Nursery,
    called,
    kill,
    mail_server,
    nursery,
    quiet,
)
from tests.threads import at_once
from tests.world import World

DUE = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # Monday 07:00 in London
LEADS = 24
ROUNDS = 10
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as one:
        yield one


def graded(world: World) -> World:
    world.grade()
    make_rollups()
    return world


def keys(*, sent: bool | None = None) -> set[str]:
    """The keys of all deliveries, or of those that are marked as sent."""
    rows = ReportDelivery.objects.select_related("report", "recipient")
    rows = rows if sent is None else rows.filter(sent_at__isnull=not sent)
    return {report_key(row.report, row.recipient) for row in rows}


def copies(server: MailServer, since: int = 0) -> Counter[str]:
    """How often each report arrived, without the first `since` mails."""
    return Counter(key for key, _, _ in server.received[since:])


def ids_by_key(server: MailServer) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for key, message_id, _ in server.received:
        found.setdefault(key, set()).add(message_id)
    return found


def finish(workers: Nursery) -> None:
    assert workers.ended(workers.worker("deliver", DUE)) == 0
    assert keys(sent=True) == keys()


def check_ids(server: MailServer) -> None:
    ids = ids_by_key(server)
    assert set(ids) == keys(), "somebody got nothing"
    assert {len(one) for one in ids.values()} == {1}, "a report went out under two ids"
    assert len({next(iter(one)) for one in ids.values()}) == len(ids), "two share an id"


@pytest.mark.django_db(transaction=True)
def test_workers_killed_at_any_moment_lose_no_mail_and_double_only_what_was_in_the_air(
    server: MailServer,
) -> None:
    world = graded(World())
    for number in range(LEADS - 2):  # Lena and Ada get them too
        world.person(f"L{number} Lead", Role.LEAD)
    write_due(at=DUE)
    assert len(keys()) == 2 * LEADS
    dice = random.Random(20261123)
    killed = 0
    with nursery(server) as workers:
        for _ in range(ROUNDS):
            if len(keys(sent=False)) < 6:
                break  # what is left is the survivor's
            calls, received, marked = server.calls, len(server.received), keys(sent=True)
            pair = [workers.worker("deliver", DUE) for _ in range(2)]
            called(server, calls)  # from here on a worker is in the middle of a mail
            for worker in pair:
                time.sleep(dice.uniform(0, 0.03))
                kill(worker)
            deaths = sum(workers.ended(worker) == -9 for worker in pair)
            quiet(server)
            in_the_air = copies(server, since=received)
            in_the_air.subtract(keys(sent=True) - marked)
            assert min(in_the_air.values(), default=0) >= 0, "marked as sent and not taken"
            assert in_the_air.total() <= deaths, "a death doubles the one mail it had in the air"
            killed += deaths
        assert killed >= 6, "too few died in the middle; are the delays too long?"
        assert server.received, "they died before they sent anything"
        received, waiting = len(server.received), keys(sent=False)
        finish(workers)
    assert waiting, "the survivor had nothing left to do"
    assert copies(server, since=received) == Counter(waiting), "nobody died, nothing is doubled"
    check_ids(server)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("moment", ["before_taking", "after_taking"])
def test_a_second_copy_only_when_the_server_had_taken_the_first(
    server: MailServer, moment: str
) -> None:
    graded(World())
    write_due(at=DUE)
    born: Queue[int] = Queue()
    with nursery(server) as workers:
        setattr(server, moment, lambda: kill(born.get(timeout=5)))
        worker = workers.worker("deliver", DUE)
        born.put(worker)
        assert workers.ended(worker) == -9
        quiet(server)
        taken = copies(server)
        assert taken.total() == (1 if moment == "after_taking" else 0)
        assert keys(sent=True) == set(), "the row stays as it was: nobody marked it"
        finish(workers)
    check_ids(server)
    assert copies(server) == Counter(keys()) + taken


@pytest.mark.django_db(transaction=True)
def test_two_beats_and_two_workers_at_once_send_one_report_a_week(server: MailServer) -> None:
    world = graded(World())
    for number in range(6):
        world.person(f"L{number} Lead", Role.LEAD)
    with nursery(server) as workers:
        for at in (DUE - HOUR, DUE, DUE, DUE + HOUR):
            started = [workers.worker("tick", at) for _ in range(4)]
            assert [workers.ended(one) for one in started] == [0] * 4
    assert Report.objects.count() == 2
    check_ids(server)
    assert copies(server) == Counter(keys())
    assert len(server.received) == 2 * 8


BERLIN = {
    # the hour is there twice: 02:00 to 03:00 on Sunday 25 October, week of the 12th
    "an hour that is there twice": (6, 2, date(2026, 10, 12), "2026-10-25T00:00"),
    # it is not there: 02:00 to 03:00 on Sunday 29 March, week of the 16th
    "an hour that is not there": (6, 2, date(2026, 3, 16), "2026-03-29T01:00"),
    "the Monday after": (0, 7, date(2026, 10, 19), "2026-10-26T06:00"),
}


@pytest.mark.parametrize("case", list(BERLIN))
@pytest.mark.parametrize("clock", ["steady", "set back twice", "jumps over it", "slept a week"])
def test_one_report_a_week_when_clocks_change(world: World, case: str, clock: str) -> None:
    weekday, hour, week, due = BERLIN[case]
    world.team.time_zone = "Europe/Berlin"
    world.team.report_weekday, world.team.report_hour = weekday, hour
    world.team.save()
    world.now = datetime(week.year, week.month, week.day, 12, tzinfo=UTC)
    graded(world)
    moment = datetime.fromisoformat(due).replace(tzinfo=UTC)
    assert write_due(at=moment - timedelta(seconds=1)) == 0, "before it is due"
    ticks = {
        "steady": [moment + HOUR * n / 2 for n in range(-6, 7)],
        "set back twice": [moment + HOUR * n for n in (-1, 0, -1, 0, 1, -2, 0, 1)],
        "jumps over it": [moment - HOUR, moment + HOUR, moment + 3 * DAY],
        "slept a week": [moment - HOUR, moment + 6 * DAY],
    }[clock]
    for at in ticks:
        write_due(at=at)
        deliver_due(at=at)
    reports = Report.objects.order_by("week", "kind").values_list("week", "kind")
    assert list(reports) == [(week, kind) for kind in ("ownership", "quality")]
    sent = ReportDelivery.objects.values_list("report__kind", "recipient__name", "attempts")
    assert sorted(sent) == sorted(
        (kind, name, 1) for kind in Report.Kind.values for name in ("Ada Admin", "Lena Lead")
    )


@pytest.mark.django_db(transaction=True)
def test_two_beats_whose_clocks_differ_across_the_change_write_one_a_week() -> None:
    world = World()
    world.team.time_zone = "Europe/Berlin"
    world.team.save()
    world.now = datetime(2026, 10, 12, 12, tzinfo=UTC)
    graded(world)
    begin = datetime(2026, 10, 24, 6, 0, tzinfo=UTC)
    for step in range(0, 24 * 10, 6):
        at = begin + HOUR * step
        at_once(2, lambda beat, at=at: write_due(at=at + HOUR * beat))  # type: ignore[misc]
    weeks = Counter(Report.objects.values_list("week", "kind"))
    wanted = [date(2026, 10, 12), date(2026, 10, 19), date(2026, 10, 26)]
    assert weeks == Counter((week, kind) for week in wanted for kind in Report.Kind.values)
