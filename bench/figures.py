"""Figures: how long it takes to count, to group for the report and to load, and with how much."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from statistics import median
from zoneinfo import ZoneInfo

from django.db.models import Q, Sum
from django.utils import timezone

from bench import furnish
from bench.graded import KINDS, REVIEWERS, Graded, fill, fill_counts
from bench.review import Desk
from bench.verdicts import Line
from ingestion.models import Assistant, Conversation
from portal.accounts.models import Team, User
from reviews.assigning import claim
from reviews.figures import load
from reviews.grading import Form, Mark, record_grade
from reviews.models import DRAWN, Assignment, CriterionRollup, DirtyDay, Level, Rollup, Sample
from reviews.rollups import count_day, make_rollups
from reviews.watch import watch

SIZES = (10_000, 100_000, 1_000_000)
GROUPED_WITHIN = {10_000: 0.1, 100_000: 0.1, 1_000_000: 0.2}
LOADED_WITHIN = 0.3
SEEN_WITHIN = 1.0
WATCHED_WITHIN = 1.0
WEEKS = 26
TIMES = 7
FIRST = date(2026, 11, 16)  # a Monday


def group_week(assistant: Assistant) -> int:
    """The weekly report's finest grouping, in Python's hands; the number of groups."""
    rows = (
        CriterionRollup.objects.filter(
            assistant=assistant,
            day__range=(FIRST, FIRST + timedelta(days=6)),
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


def seconds(work: Callable[[], object], times: int = TIMES) -> float:
    """The median time of some runs, after one that is not counted."""
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return median(taken)


def new_grade_seconds(assistant: Assistant, desk: Desk, person: User) -> float:
    """From the moment that a grade is stored, through the real step, until it is in the figures:
    its day is counted and the week is loaded with one answer more."""
    now, last = timezone.now(), FIRST + timedelta(days=6)
    DirtyDay.objects.filter(assistant=assistant).delete()
    before = load(assistant, FIRST, last).answers.graded
    chat = Conversation.objects.filter(assistant=assistant, day=last).latest("pk")
    index = 1 + chat.samples.count() * 2
    sample = Sample.objects.create(
        assistant=assistant, conversation=chat, answer_index=index, reason="flagged", probability=1,
        day=chat.day, kind=chat.kind, chosen_at=now,
    )  # fmt: skip
    Assignment.objects.create(assistant=assistant, sample=sample, slot=1, created_at=now)
    place = claim(assistant=assistant, reviewer=person, at=now)
    if place is None:
        raise RuntimeError("the new answer does not wait")
    marks = {criterion: Mark(level) for criterion, level in desk.levels.items()}
    form = Form(version=desk.version, marks=marks)
    record_grade(assignment_id=place, reviewer=person, form=form, at=now)
    start = time.perf_counter()
    make_rollups()
    after = load(assistant, FIRST, last).answers.graded
    taken = time.perf_counter() - start
    if after != before + 1:
        raise RuntimeError(f"{after - before} grades appeared instead of one")
    return taken


def _assistant(team: Team, name: str) -> Assistant:
    return Assistant.objects.create(team=team, name=name, slug=name)


def within(name: str, taken: float, limit: float) -> Line:
    """A time beside its limit."""
    return Line(f"figures: {name}", f"{taken:.3f} s", f"<= {limit} s", taken <= limit)


def measure_size(team: Team, size: int, people: list[int]) -> list[Line]:
    """So many answers graded in one week."""
    assistant = _assistant(team, f"week-{size}")
    desk = furnish.desk(assistant)
    start = time.perf_counter()
    fill(Graded(assistant, desk.version, people, FIRST, 7, size))
    filled = time.perf_counter() - start
    start = time.perf_counter()
    for day in range(7):
        count_day(assistant_id=assistant.pk, day=FIRST + timedelta(days=day))
    counted = (time.perf_counter() - start) / 7
    rows = CriterionRollup.objects.filter(assistant=assistant).count()
    name = f"{size:,} graded in a week"
    lines = [
        Line(f"figures: {name}, made in", f"{filled:.0f} s"),
        Line(f"figures: {name}, counting one day", f"{counted:.3f} s"),
        Line(f"figures: {name}, rows of counts by criterion", f"{rows:,}"),
        within(f"{name}, grouped", seconds(lambda: group_week(assistant)), GROUPED_WITHIN[size]),
    ]
    person = User.objects.get(pk=people[0])
    taken = median(new_grade_seconds(assistant, desk, person) for _ in range(3))
    return [*lines, within(f"{name}, a new grade is counted", taken, SEEN_WITHIN)]


def measure_history(team: Team, people: list[int]) -> list[Line]:
    """A million answers graded in half a year, as the watch loads them."""
    assistant = _assistant(team, "half-a-year")
    first = FIRST - timedelta(weeks=WEEKS)
    desk = furnish.desk(assistant)
    fill_counts(Graded(assistant, desk.version, people, first, 7 * WEEKS, SIZES[-1]))
    table = load(assistant, first, FIRST)
    if (table.answers.graded, len(table.kinds)) != (SIZES[-1], len(KINDS)):
        raise RuntimeError(f"{table.answers.graded:,} answers were loaded")
    rows = Rollup.objects.filter(assistant=assistant).count()
    name = f"{SIZES[-1]:,} graded in {WEEKS} weeks"
    return [
        Line(f"figures: {name}, rows of counts", f"{rows:,}"),
        within(f"{name}, loaded", seconds(lambda: load(assistant, first, FIRST)), LOADED_WITHIN),
        within(f"{name}, one round of the watch", watch_seconds(assistant), WATCHED_WITHIN),
    ]


def watch_seconds(assistant: Assistant) -> float:
    """A round of the watch: load, look, measure levels and kinds, store."""
    zone = ZoneInfo(assistant.team.time_zone)
    moments = iter(datetime.combine(FIRST, time_of_day(12, n), zone) for n in range(TIMES + 1))
    return seconds(lambda: watch(assistant=assistant, at=next(moments)))


def measure(assistant: Assistant) -> list[Line]:
    """Every size, and the loading; the assistants are made beside `assistant`."""
    people = [
        User.objects.create_user(f"g{number}@bench.example", None, name=f"G {number}").pk
        for number in range(REVIEWERS)
    ]
    lines = [line for size in SIZES for line in measure_size(assistant.team, size, people)]
    return lines + measure_history(assistant.team, people)
