"""Figures: how long it takes to count, to group for the report and to load, and with how much."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta
from statistics import median

from django.db import connection
from django.db.models import Q, Sum
from django.utils import timezone

from bench import furnish
from bench.graded import REVIEWERS, Graded, fill
from bench.review import Desk
from bench.verdicts import Line
from ingestion.models import Assistant, Conversation
from portal.accounts.models import Team, User
from reviews.grading.form import Form, Mark
from reviews.grading.grades import record_grade
from reviews.grading.queue import claim
from reviews.measure.figures import load
from reviews.measure.rollups import count_day, make_rollups
from reviews.models import DRAWN, Assignment, CriterionRollup, DirtyDay, Level, Rollup, Sample

SIZES = (10_000, 100_000, 1_000_000)  # graded in one week
GROUPED_WITHIN = {10_000: 0.1, 100_000: 0.1, 1_000_000: 0.2}
LOADED_WITHIN = 0.3
SEEN_WITHIN = 1.0
WEEKS = 26
TIMES = 7
FIRST = date(2026, 11, 16)  # a Monday


def group_week(graded: Graded) -> int:
    """The finest grouping of a weekly report, in Python's hands; the number of groups."""
    rows = (
        CriterionRollup.objects.filter(
            assistant=graded.assistant,
            day__range=(graded.last - timedelta(days=6), graded.last),
            place=Rollup.Place.FIRST,
            reason__in=DRAWN,
        )
        .values_list("criterion", "kind", "reviewer", "day")
        .annotate(
            graded=Sum("grades"),
            failed=Sum("grades", filter=Q(level__standing=Level.Standing.FAILS), default=0),
        )
    )
    return len(list(rows))


def load_all(graded: Graded) -> int:
    """The figures as the watch gets them; how many answers they hold."""
    return load(graded.assistant, graded.first, graded.last).answers.graded


def seconds(work: Callable[[], object]) -> float:
    """The median time of some runs, after one that is not counted."""
    work()
    taken = []
    for _ in range(TIMES):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return median(taken)


def new_grade_seconds(graded: Graded, desk: Desk) -> float:
    """From the moment that a grade is stored, by the real step, until the figures have it: its day
    is counted and all is loaded again, with one answer more."""
    now = timezone.now()
    DirtyDay.objects.filter(assistant=graded.assistant).delete()
    before = load_all(graded)
    chat = Conversation.objects.filter(assistant=graded.assistant, day=graded.last).latest("pk")
    sample = Sample.objects.create(
        assistant=graded.assistant,
        conversation=chat,
        answer_index=1 + chat.samples.count() * 2,
        reason="flagged",
        probability=1,
        day=chat.day,
        kind=chat.kind,
        chosen_at=now,
    )
    Assignment.objects.create(assistant=graded.assistant, sample=sample, slot=1, created_at=now)
    person = User.objects.get(pk=graded.people[0])
    place = claim(assistant=graded.assistant, reviewer=person, at=now)
    if place is None:
        raise RuntimeError("the new answer does not wait")
    marks = {criterion: Mark(level) for criterion, level in desk.levels.items()}
    form = Form(version=desk.version, marks=marks)
    record_grade(assignment_id=place, reviewer=person, form=form, at=now)
    start = time.perf_counter()
    make_rollups()
    after = load_all(graded)
    taken = time.perf_counter() - start
    if after != before + 1:
        raise RuntimeError(f"{after - before} grades appeared instead of one")
    return taken


def within(name: str, taken: float, limit: float) -> Line:
    """A time beside its limit."""
    return Line(f"figures: {name}", f"{taken:.3f} s", f"<= {limit} s", taken <= limit)


def measure_one(team: Team, people: list[int], size: int, first: date, days: int) -> list[Line]:
    """An assistant with so many graded answers: fill, count, group, load, and grade one more."""
    label = f"{size:,} in {days // 7} week{'s' if days > 7 else ''}"
    slug = label.replace(",", "").replace(" ", "-")
    assistant = Assistant.objects.create(team=team, name=label, slug=slug)
    desk = furnish.desk(assistant)
    graded = Graded(assistant, desk.version, people, first, days, size)
    start = time.perf_counter()
    fill(graded)
    filled = time.perf_counter()
    for day in range(days):
        count_day(assistant_id=assistant.pk, day=first + timedelta(days=day))
    counted = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as the server does by itself a minute later
    if load_all(graded) != size:
        raise RuntimeError(f"{load_all(graded):,} of {size:,} answers were counted")
    rows = Rollup.objects.filter(assistant=assistant).count()
    by_criterion = CriterionRollup.objects.filter(assistant=assistant).count()
    return [
        Line(f"figures: {label}, rows of the two counts", f"{rows:,} + {by_criterion:,}"),
        Line(f"figures: {label}, made in", f"{filled - start:.0f} s"),
        Line(f"figures: {label}, a day counted in", f"{(counted - filled) / days:.3f} s"),
        within(f"{label}, grouped", seconds(lambda: group_week(graded)), GROUPED_WITHIN[size]),
        within(f"{label}, loaded", seconds(lambda: load_all(graded)), LOADED_WITHIN),
        within(
            f"{label}, a new grade is there in",
            median(new_grade_seconds(graded, desk) for _ in range(3)),
            SEEN_WITHIN,
        ),
    ]


def measure(team: Team) -> list[Line]:
    """Every size in one week, and the largest over half a year."""
    people = [
        User.objects.create_user(f"g{number}@bench.example", None, name=f"G {number}").pk
        for number in range(REVIEWERS)
    ]
    lines = [line for size in SIZES for line in measure_one(team, people, size, FIRST, 7)]
    return lines + measure_one(team, people, SIZES[-1], FIRST - timedelta(weeks=WEEKS), 7 * WEEKS)
