"""The first page of each role, from rows, with a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Q

from ingestion.models import Assistant, Conversation, IntakeBatch, Release
from portal import format as words
from portal.accounts.models import User
from reviews.assigning import waiting_count
from reviews.charts.days import DayPoint, DaysChart, Marker, Stretch, days_chart
from reviews.charts.interval import IntervalRow, axis_floor, interval_row
from reviews.flagging import Outcome, outcomes
from reviews.models import Flag, Grade, SampleReason, Verdict, WentWrong
from reviews.owners import Owned, owned_parts
from reviews.pages.quality import (
    Cell,
    KindRow,
    WeekFigures,
    by_day,
    cells,
    monday,
    rate_of,
    week_figures,
)
from reviews.pages.report import Need, QualityReport
from reviews.report_writing import write_quality
from reviews.rollups import newest_grade_at
from reviews.stats.intervals import Rate

CHART_WEEKS = 8
NARROW_DAYS = 14
SECONDS_EACH = 45
QUIET_AFTER = timedelta(hours=26)


@dataclass(frozen=True)
class KindView:
    """A kind of question with its drawing."""

    row: KindRow
    drawing: IntervalRow


@dataclass(frozen=True)
class BadAnswer:
    """An answer graded not good."""

    sample: int
    question: str
    kind: str
    went_wrong: str
    at: datetime


@dataclass(frozen=True)
class LeadHome:
    """What a lead sees first."""

    report: QualityReport
    figures: WeekFigures
    period: str
    graded: int
    updated_at: datetime | None
    chart: DaysChart
    narrow_chart: DaysChart
    days: Sequence[tuple[date, Rate]]
    markers: Sequence[Marker]
    kinds: Sequence[KindView]
    bad: Sequence[BadAnswer]
    needs: Sequence[Need]
    quiet_since: datetime | None


def _stretches(known: Sequence[Cell], figures: WeekFigures, first: date) -> list[Stretch]:
    """The usual level before the week, and the week's own level beside it."""
    stretches = []
    before = [cell for cell in known if cell.day < figures.week]
    usual = rate_of(before)
    if usual is not None:
        start = max(first, before[0].day)
        label = f"Before: {words.share(usual.share)}, {words.likely_short(usual.low, usual.high)}"
        stretches.append(Stretch(start, figures.week - timedelta(days=1), usual, label))
    if figures.now is not None:
        tone = {"probably_worse": "bad", "better": "good"}.get(figures.reading.reading.code, "")
        label = words.share(figures.now.share) if tone else ""
        last = max([cell.day for cell in known], default=figures.end)
        stretches.append(Stretch(figures.week, min(last, figures.end), figures.now, label, tone))
    return stretches


def _markers(assistant: Assistant, first: date, zone: ZoneInfo) -> list[Marker]:
    start = datetime(first.year, first.month, first.day, tzinfo=zone)
    rows = Release.objects.filter(assistant=assistant, went_live_at__gte=start)
    return [
        Marker(one.went_live_at.astimezone(zone).date(), one.kind, _marker_label(one))
        for one in rows.order_by("went_live_at")[:40]
    ]


def _marker_label(release: Release) -> str:
    """Prompt 42; a name that says what it is stands alone."""
    is_short = len(release.name) < 12 and release.kind != Release.Kind.RETRIEVAL
    if release.kind == Release.Kind.DEFINITION:
        return f"Definition {release.name}"
    return f"{release.get_kind_display()} {release.name}" if is_short else release.name


def bad_answers(assistant: Assistant, first: date, last: date, most: int = 4) -> list[BadAnswer]:
    """The newest random answers that were not good."""
    grades = (
        Grade.objects.filter(
            assignment__assistant=assistant,
            assignment__sample__day__range=(first, last),
            assignment__sample__reason=SampleReason.RANDOM,
            verdict=Verdict.NOT_GOOD,
            superseded_by__isnull=True,
        )
        .select_related("assignment__sample__conversation")
        .prefetch_related("levels")
        .order_by("-graded_at")[: most * 2]
    )
    rows: dict[int, BadAnswer] = {}
    for grade in grades:
        sample = grade.assignment.sample
        asked = [one["content"] for one in sample.conversation.messages[: sample.answer_index]
                 if one["role"] == "user"]  # fmt: skip
        reasons = [one.went_wrong for one in grade.levels.all() if one.went_wrong]
        rows.setdefault(
            sample.pk,
            BadAnswer(
                sample=sample.pk,
                question=(asked[-1] if asked else "")[:140],
                kind=sample.kind,
                went_wrong=WentWrong(reasons[0]).label if reasons else "Not good",
                at=sample.conversation.started_at,
            ),
        )
    return list(rows.values())[:most]


def quiet_since(assistant: Assistant, at: datetime) -> datetime | None:
    """When the last conversation arrived, if that is too long ago to be normal."""
    newest = (
        IntakeBatch.objects.filter(assistant=assistant)
        .order_by("-id")
        .values_list("received_at", flat=True)
        .first()
    )
    return newest if newest is not None and at - newest > QUIET_AFTER else None


def lead_home(*, assistant: Assistant, at: datetime) -> LeadHome:
    """The week that counts is the last full one until this week has enough days: on a Monday a
    lead asks about last week."""
    zone = ZoneInfo(assistant.team.time_zone)
    today = at.astimezone(zone).date()
    week = monday(today) - (timedelta(days=7) if today.weekday() < 3 else timedelta(0))
    first = week - timedelta(days=7 * (CHART_WEEKS - 1))
    last = max(min(today, week + timedelta(days=13)), week + timedelta(days=6))
    known = cells(assistant, first, last)
    figures = week_figures(assistant, week)
    report = write_quality(assistant=assistant, week=week, at=at)
    days = list(by_day(known).items())
    points = [DayPoint(day, rate) for day, rate in days]
    stretches, markers = _stretches(known, figures, first), _markers(assistant, first, zone)
    narrow_from = last - timedelta(days=NARROW_DAYS)
    floor = axis_floor([rate for row in figures.kinds for rate in (row.usual, row.now)])
    return LeadHome(
        report=report,
        figures=figures,
        period=words.day_range(first, last, today),
        graded=sum(cell.count.graded for cell in known),
        updated_at=newest_grade_at(assistant=assistant),
        chart=days_chart(points, stretches, markers, first=first, last=last),
        narrow_chart=days_chart(
            points, stretches, markers, first=narrow_from, last=last, narrow=True
        ),
        days=days,
        markers=markers,
        kinds=[
            KindView(
                row,
                interval_row(
                    row.usual,
                    row.now,
                    low=floor,
                    tone="bad" if row.reading.code == "probably_worse" else "",
                ),
            )
            for row in figures.kinds
        ],
        bad=bad_answers(assistant, week, last),
        needs=report.needs,
        quiet_since=quiet_since(assistant, at),
    )


@dataclass(frozen=True)
class FlagLine:
    """One flag with what came of it."""

    flag: Flag
    outcome: Outcome


def flag_lines(flags: Sequence[Flag]) -> list[FlagLine]:
    """Flags with their outcomes, in one query."""
    came_of = outcomes(flags)
    return [FlagLine(flag, came_of[flag.pk]) for flag in flags]


def own_flags(assistant: Assistant, user: User, most: int = 8) -> list[FlagLine]:
    """A person's newest flags."""
    rows = Flag.objects.filter(assistant=assistant, by=user).select_related("conversation")
    return flag_lines(list(rows.order_by("-at")[:most]))


@dataclass(frozen=True)
class ReviewerHome:
    """What a reviewer sees first."""

    waiting: int
    minutes: int
    graded: int
    not_good: int
    found: Sequence[tuple[str, int]]
    flags: Sequence[FlagLine]


def reviewer_home(*, assistant: Assistant, user: User, at: datetime) -> ReviewerHome:
    """One button, and what this person's grades found in the last seven days."""
    waiting = waiting_count(assistant=assistant, reviewer=user, at=at)
    mine = Grade.objects.filter(
        reviewer=user,
        assignment__assistant=assistant,
        graded_at__gte=at - timedelta(days=7),
        superseded_by__isnull=True,
    ).exclude(verdict=Verdict.WITHDRAWN)
    counts = mine.aggregate(all=Count("pk"), bad=Count("pk", filter=Q(verdict=Verdict.NOT_GOOD)))
    found = (
        mine.exclude(levels__went_wrong="")
        .values_list("levels__went_wrong")
        .annotate(times=Count("pk"))
        .order_by("-times")
    )
    reasons = [(WentWrong(one).label, times) for one, times in found if one]
    return ReviewerHome(
        waiting=waiting,
        minutes=max(1, round(min(waiting, 25) * SECONDS_EACH / 60)),
        graded=counts["all"],
        not_good=counts["bad"],
        found=reasons[:6],
        flags=own_flags(assistant, user, 4),
    )


def my_parts(assistant: Assistant, user: User) -> list[Owned]:
    """The parts this person owns or stands in for."""
    return [one for one in owned_parts(assistant) if user in (one.owner, one.stand_in)]


def newest_conversation(assistant: Assistant) -> Conversation | None:
    """The conversation that arrived last, found through the intake's own batches."""
    batches = IntakeBatch.objects.filter(assistant=assistant).order_by("-id")
    ids = batches.values_list("conversation_ids", flat=True).first()
    if ids:
        return Conversation.objects.filter(pk=max(ids)).first()
    highest = Conversation.objects.filter(assistant=assistant).aggregate(Max("pk"))["pk__max"]
    return Conversation.objects.filter(pk=highest).first() if highest else None
