"""Two stretches of days, or two releases, side by side: which kinds of question differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ingestion.models import Release
from portal import given, words
from portal.accounts.models import Team
from reviews.answer.names import release_label
from reviews.answer.printed import kind_lines
from reviews.answer.shown import KindLine
from reviews.charts.interval import IntervalRow, axis_floor, interval_row
from reviews.measure.levels import days_before
from reviews.measure.series import Metric, Series, is_joined, reading_of
from reviews.measure.values import Comparison, KindShift, Stretch
from reviews.models import Incident
from reviews.pages.trends.filters import Filters, days_live, find_release
from reviews.pages.trends.stretches import THIS_WEEK
from reviews.watch.known import known_of

FARTHEST = timedelta(days=365)
ALL_KINDS = "All kinds together"


@dataclass(frozen=True)
class Side:
    """Days to compare; `release` is the number of the one that was chosen, else "". `text`s are
    what the form shows again."""

    days: Stretch | None
    label: str
    release: str
    first: str
    last: str


@dataclass(frozen=True)
class Sides:
    """What is to be compared; `problem` says why it cannot be, and what to do."""

    before: Side
    after: Side
    problem: str = ""

    @property
    def stretches(self) -> list[Stretch]:
        """The days of both, if they are to be measured."""
        found = [one.days for one in (self.before, self.after) if one.days]
        return found if not self.problem else []


@dataclass(frozen=True)
class CompareLine:
    """A kind of question in words and drawn, and the numbers behind it."""

    line: KindLine
    drawing: IntervalRow
    shift: KindShift


@dataclass(frozen=True)
class CompareView:
    """The table; without lines `sides.problem` says why."""

    sides: Sides
    lines: Sequence[CompareLine]
    axis: str


def sides(
    filters: Filters,
    releases: Sequence[Release],
    incidents: Sequence[Incident],
    series: Sequence[Series],
    team: Team,
    today: date,
) -> Sides:
    """What the address asks for; by default the open drop, or the last week, against the usual."""
    before, after = (_side(filters, name, releases, team, today) for name in ("a", "b"))
    if not filters.compared_pairs:
        before, after = _usual_sides(incidents, today)
    found = Sides(before, after)
    return replace(found, problem=_problem(found, filters, series, today))


def _usual_sides(incidents: Sequence[Incident], today: date) -> tuple[Side, Side]:
    measured = [one for one in incidents if one.is_open and one.is_measured]
    newest = max(measured, key=lambda one: (one.found_at, one.pk), default=None)
    if newest is not None and (found := known_of(newest)) is not None:
        usual, now = found.comparison.usual_days, found.comparison.now_days
        return _of_days(usual, today), _of_days(now, today)
    week = Stretch(today - timedelta(days=THIS_WEEK - 1), today)
    return _of_days(days_before(week.first), today), _of_days(week, today)


def _of_days(days: Stretch, today: date, label: str = "", release: str = "") -> Side:
    said = (
        words.day(days.first, today)
        if days.first == days.last
        else words.day_range(days.first, days.last, today)
    )
    return Side(days, label or said, release, days.first.isoformat(), days.last.isoformat())


def _side(
    filters: Filters, name: str, releases: Sequence[Release], team: Team, today: date
) -> Side:
    wanted = filters.value(name)
    release = find_release(wanted, releases)
    if release is not None:
        days = days_live(release, releases, team, today)
        return _of_days(days, today, release_label(release), wanted)
    given_days = filters.value(f"{name}_from"), filters.value(f"{name}_to")
    first, last = map(given.day, given_days)
    if first is None or last is None:
        return Side(None, "", "", *given_days)
    return _of_days(Stretch(first, last), today)


def _problem(found: Sides, filters: Filters, series: Sequence[Series], today: date) -> str:
    before, after = found.before.days, found.after.days
    for name, side in (("a", found.before), ("b", found.after)):
        if filters.value(name) and not side.release:
            return "There is no such release. Choose another one, or days."
    if before is None or after is None:
        return "Give both stretches a first and a last day, or choose two releases."
    for days in (before, after):
        if days.first > days.last:
            return "A stretch ends before it begins. Swap its days."
        if days.first < today - FARTHEST or days.last > today:
            return "Choose days of the last year, up to today."
    if before.first <= after.last and after.first <= before.last:
        return "The two share days, and an answer can count on one side only. Choose others."
    if not is_joined(series, before, after):
        return (
            "The quality definition changed what counts as good between these days. The series "
            "breaks there, so they are not compared. Choose days on one side of that change."
        )
    return ""


def compare_view(found: Sides, measured: Metric, kind: str | None) -> CompareView:
    """The table of two sides, all kinds together first, then the largest fall first."""
    before, after = found.before.days, found.after.days
    if found.problem or before is None or after is None:
        return CompareView(found, (), "")
    comparison = measured.compare(before, after)
    if comparison.usual is None and comparison.now is None:
        return CompareView(replace(found, problem="Nothing is graded in these days."), (), "")
    kinds = list(comparison.kinds)
    if kind is None:
        usual, now, shift = comparison.usual, comparison.now, comparison.shift
        kinds.insert(0, KindShift(ALL_KINDS, usual, now, shift, "no_clear"))
    shifts = [replace(one, reading=reading_of(one.usual, one.now, one.shift)) for one in kinds]
    return CompareView(found, _lines(comparison, shifts), _axis(shifts))


def _axis(shifts: Sequence[KindShift]) -> str:
    return f"{words.share(_floor(shifts))} to 100%"


def _floor(shifts: Sequence[KindShift]) -> float:
    return axis_floor([level.rate for one in shifts for level in (one.usual, one.now) if level])


def _lines(comparison: Comparison, shifts: Sequence[KindShift]) -> list[CompareLine]:
    floor = _floor(shifts)
    tones = {"worse": "bad", "better": "good"}
    return [
        CompareLine(
            line,
            interval_row(
                one.usual.rate if one.usual else None,
                one.now.rate if one.now else None,
                low=floor,
                tone=tones.get(one.reading, ""),
            ),
            one,
        )
        for line, one in zip(kind_lines(replace(comparison, kinds=shifts)), shifts, strict=True)
    ]
