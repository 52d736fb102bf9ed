"""A range that cannot be kept is printed nowhere: where reviewers' errors could not be taken out,
shares are said to be as graded, on every page, in mails and to programs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ingestion.models import Release
from portal import words
from portal.accounts.models import Scope
from reviews.answer.look_back import keep_due
from reviews.measure.rollups import make_rollups
from reviews.models import Assignment, DirtyDay, Grade
from reviews.reports.reports import render_report, write_report
from reviews.reports.week import WEEK, monday
from reviews.watch.rounds import watch
from tests.pages import page_of
from tests.reviews.past import falling, live_through
from tests.world import World

# "likely 75% to 84%", "likely 8 to 21 lower", "could be 3 lower to ..."; not days of a start.
RANGE = re.compile(
    r"likely \d+(?:\.\d+)?%|\d to \d+(?:\.\d)? (?:lower|higher)|could be|19 times in 20"
)


def furnish(world: World, *, twice: bool, one_person: bool = False) -> dict[str, str]:
    """Seven weeks and a drop; with or without a second grade for one answer in six. What is
    printed, by where."""
    now = timezone.now()
    today = now.date()
    start = today - timedelta(days=8)
    people = [world.rosa] if one_person else []
    live_through(world, today - timedelta(days=48), today, falling(start), reviewers=people)
    if twice:
        second_grades(world)
    release = Release.objects.create(
        assistant=world.assistant, kind="prompt", name="42", went_live_at=now - timedelta(days=9),
        announced=True, recorded_label="Ada",
    )  # fmt: skip
    watch(assistant=world.assistant, at=now)
    keep_due(at=now)
    client = Client()
    client.force_login(world.lena)
    a = world.assistant.pk
    paths = {
        "home": reverse("assistant_home", args=[a]),
        "trends": reverse("trends", args=[a]),
        "one kind": reverse("trends", args=[a]) + "?kind=Returns",
        "release": reverse("release", args=[a, release.pk]),
        "releases": reverse("releases", args=[a]),
        "incident": reverse("incident", args=[a, 1]),
        "look back": reverse("backtest", args=[a]),
    }
    week = monday(today) - WEEK
    report = write_report(assistant=world.assistant, kind="quality", week=week, at=now)
    assert report is not None
    paths["report"] = reverse("report", args=[a, "quality", report.week.isoformat()])
    said = {name: " ".join(page_of(client.get(path)).split()) for name, path in paths.items()}
    mail = render_report(report, world.lena)
    return {**said, "mail": mail.html, "text mail": mail.text}


def second_grades(world: World) -> None:
    """A second person sees one answer in six, and grades it alike."""
    places = Assignment.objects.filter(assistant=world.assistant).order_by("pk")[::6]
    seconds = Assignment.objects.bulk_create(
        Assignment(
            assistant=world.assistant, sample_id=one.sample_id, slot=2, state="done",
            reviewer=world.remy if one.reviewer_id == world.rosa.pk else world.rosa,
            done_at=one.done_at, created_at=one.created_at,
        )
        for one in places
    )  # fmt: skip
    first = {grade.assignment_id: grade for grade in Grade.objects.filter(assignment__in=places)}
    Grade.objects.bulk_create(
        Grade(
            assignment=second, reviewer=second.reviewer, version=first[one.pk].version,
            verdict=first[one.pk].verdict, graded_at=first[one.pk].graded_at,
        )
        for one, second in zip(places, seconds, strict=True)
    )  # fmt: skip
    days = {one.sample.day for one in Assignment.objects.select_related("sample")}
    DirtyDay.objects.bulk_create(
        DirtyDay(assistant=world.assistant, day=day, marked_at=world.now) for day in days
    )
    make_rollups(most=1000)


@pytest.fixture(autouse=True)
def in_the_evening(world: World) -> Iterator[None]:
    with time_machine.travel(timezone.now().replace(hour=22), tick=True):
        yield


@pytest.mark.parametrize("one_person", [True, False])
def test_nobody_graded_twice_so_no_range_is_printed(world: World, one_person: bool) -> None:
    for place, text in furnish(world, twice=False, one_person=one_person).items():
        found = RANGE.search(text)
        assert found is None, f"{place}: …{text[max(0, found.start() - 80) : found.end() + 40]}"
        by = words.AS_GRADED_BY_ONE if one_person else words.AS_GRADED
        assert by in text, place
    assert "so no range is given" in text
    answer = Client().get(
        "/api/v1/answer", headers={"Authorization": f"Bearer {world.key(Scope.READ)}"}
    )
    assert answer.json()["now"]["low"] is None


def test_with_second_grades_ranges_are_printed(world: World) -> None:
    for place, text in furnish(world, twice=True).items():
        assert RANGE.search(text), place
        assert words.AS_GRADED not in text, place
