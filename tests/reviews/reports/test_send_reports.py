"""`manage.py send_reports`: never a report before its time, and a preview that is kept nowhere."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.management import CommandError, call_command

from reviews.measure.rollups import make_rollups
from reviews.models import Report, ReportDelivery
from tests.world import World

DUE = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # Monday 07:00 in London
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def graded(world: World) -> World:
    """A grade on Wednesday 18 November, for the first assistant only."""
    world.grade()
    make_rollups()
    return world


def run(at: datetime, *words: str) -> str:
    out = io.StringIO()
    with time_machine.travel(at, tick=False):
        call_command("send_reports", *words, stdout=out, stderr=out)
    return out.getvalue()


def refused(at: datetime, *words: str) -> str:
    with pytest.raises(CommandError) as error:
        run(at, *words)
    assert not Report.objects.exists()
    assert mail.outbox == []
    return str(error.value)


@pytest.mark.parametrize(
    ("at", "week", "says"),
    [
        (DUE - 5 * DAY, "2026-11-18", "the week of 16 to 22 Nov is not over yet"),
        (DUE - timedelta(hours=8), "2026-11-16", "is not over yet"),
        (DUE - timedelta(seconds=1), "2026-11-22", "is over, and its report not due yet"),
        (DUE, "2026-11-23", "the week of 23 to 29 Nov is not over yet"),
        (DUE, "2027-03-01", "is not over yet"),
        (DUE, "2026-11-02", "nothing was chosen for review in the week of 2 to 8 Nov"),
    ],
)
def test_a_week_that_is_not_due_is_refused(at: datetime, week: str, says: str) -> None:
    told = refused(at, "--week", week)
    assert says in told
    assert "Mon 23 Nov 07:00 (Europe/London)" in told or week != "2026-11-16"


@pytest.mark.parametrize("week", ["soon", "2026-13-01", "0001-01-01", "9999-12-31", "\x00"])
def test_a_week_that_is_none_is_refused(week: str) -> None:
    assert "--week" in refused(DUE, "--week", week)


def test_monday_comes_after_all_attempts(world: World) -> None:
    refused(DUE - 3 * DAY, "--week", "2026-11-16")
    run(DUE - 3 * DAY, "--preview")
    run(DUE - 3 * DAY, "--dry-run", "--week", "2026-11-16")
    run(DUE - 3 * DAY, "--preview", "--to", world.lena.email or "")
    assert not ReportDelivery.objects.exists()
    assert "2 reports written, 4 mails sent." in run(DUE)
    assert "0 reports written, 0 mails sent." in run(DUE, "--week", "2026-11-16")


@pytest.mark.parametrize(
    ("zone", "weekday", "due"),
    [
        ("Pacific/Kiritimati", 0, "2026-11-22T17:00"),
        ("America/Los_Angeles", 2, "2026-11-25T15:00"),
        ("Europe/Berlin", 6, "2026-11-29T06:00"),
    ],
)
def test_due_is_meant_by_the_teams_clock_and_weekday(
    world: World, zone: str, weekday: int, due: str
) -> None:
    world.team.time_zone, world.team.report_weekday = zone, weekday
    world.team.save()
    moment = datetime.fromisoformat(due).replace(tzinfo=UTC)
    refused(moment - timedelta(minutes=1), "--week", "2026-11-16")
    assert "2 reports written" in run(moment, "--week", "2026-11-16")


@pytest.mark.parametrize(
    ("week", "due"),
    [("2026-10-19", "2026-10-26T06:00"), ("2027-03-22", "2027-03-29T05:00")],
    ids=["clocks go back", "clocks go forward"],
)
def test_the_week_in_which_clocks_change(world: World, week: str, due: str) -> None:
    world.team.time_zone = "Europe/Berlin"
    world.team.save()
    moment = datetime.fromisoformat(due).replace(tzinfo=UTC)
    world.now = moment - 4 * DAY
    world.grade()
    make_rollups()
    refused(moment - timedelta(minutes=1), "--week", week)
    assert "2 reports written" in run(moment, "--week", week)


def test_a_dry_run_names_the_days_and_when_it_is_due() -> None:
    told = run(DUE - 5 * DAY, "--dry-run", "--week", "2026-11-16")
    assert "Week of 16 to 22 Nov: is due Mon 23 Nov 07:00 (Europe/London)." in told
    assert "ada@acorn.example" in told
    late = run(DUE + DAY, "--dry-run")
    assert "Week of 16 to 22 Nov: was due Mon 23 Nov 07:00" in late
    run(DUE)
    after = run(DUE + DAY, "--dry-run")
    assert "nothing is due. Week of 23 to 29 Nov: is due Mon 30 Nov 07:00" in after
    assert "Written already." in run(DUE + DAY, "--dry-run", "--week", "2026-11-17")


def test_this_week_is_the_teams(world: World) -> None:
    world.team.time_zone = "Pacific/Kiritimati"  # it is Monday there already
    world.team.report_hour = 23
    world.team.save()
    told = run(datetime(2026, 11, 22, 11, 0, tzinfo=UTC), "--preview")
    assert "23 to 29 Nov" in told


def test_a_preview_says_what_it_is_and_goes_to_one_person_only(world: World) -> None:
    text = run(DUE - 5 * DAY, "--preview")
    assert "Subject: Preview: Support: " in text
    note = "A preview, made Wed 18 Nov 07:00; kept nowhere. The report itself is written Mon 23 Nov"
    assert note in text
    assert "2 previews sent to lena@acorn.example" in run(
        DUE - 5 * DAY, "--preview", "--to", " Lena@acorn.example"
    ).replace(" Lena", "lena")
    assert {tuple(one.to) for one in mail.outbox} == {(world.lena.email,)}
    first = mail.outbox[0]
    assert isinstance(first, EmailMultiAlternatives)
    assert note in str(first.body)
    assert note in str(first.alternatives[0][0])
    assert first.extra_headers["X-Report-Key"].startswith("preview-")
    assert f'/a/{world.assistant.pk}/reports/"' in str(first.alternatives[0][0])


def test_a_preview_for_nobody_is_refused(world: World) -> None:
    for who in (world.rosa.email or "", "stranger@elsewhere.example"):
        assert "nobody with this address" in refused(DUE, "--preview", "--to", who)
    assert "--to goes with --preview" in refused(DUE, "--to", "ada@acorn.example")
