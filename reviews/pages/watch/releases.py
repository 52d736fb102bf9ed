"""What each change did: the level before it and after it, and how soon a drop would be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

from ingestion.models import Assistant, Release
from portal import words
from portal.accounts.models import Team, User
from reviews.answer.facts import owner_by_release
from reviews.answer.names import release_label
from reviews.answer.printed import figure, kind_lines
from reviews.answer.shown import Figure, KindLine
from reviews.charts.days import Stretch as ChartStretch
from reviews.definition.versions import series_start
from reviews.measure.figures import load
from reviews.measure.levels import DAY, LevelEstimator
from reviews.measure.readings import Badge, badge_of_change
from reviews.measure.values import Shift, Stretch, level_of, shift_of
from reviews.models import Incident
from reviews.owners import owned_parts
from reviews.pages.charts.level_chart import LevelChart, level_chart, release_markers, usual_stretch
from reviews.sampling.boosts import in_words
from reviews.stats.detector import alarm_line
from reviews.stats.enough_grades import LEAST_GRADES
from reviews.stats.periods import RATES_DAYS
from reviews.stats.power import GRADING_LAG, grades_until_seen

PAGE = 20
BEFORE_DAYS, AFTER_DAYS = 28, 28
CHART_DAYS, NARROW_DAYS = 21, 14
SEEN_DROP = 0.10


@dataclass(frozen=True)
class Windows:
    """The days that are compared: before the change, and with it; `after` None: it is too new."""

    before: Stretch
    after: Stretch | None
    without: Sequence[Stretch]
    during_drop: bool


@dataclass(frozen=True)
class ReleaseLine:
    """A change in words: before, after, and what that comes to."""

    release: Release
    label: str
    before: Figure
    after: Figure
    change: str
    change_range: str
    reading: str
    tone: str
    suspected_in: Incident | None
    fix_of: Incident | None

    @property
    def badge(self) -> Badge:
        """Its reading with tint and icon."""
        return badge_of_change(self.reading, self.tone)


@dataclass(frozen=True)
class ReleaseList:
    """A page of changes, the newest first; `older` asks for the next."""

    lines: Sequence[ReleaseLine]
    older: int | None


@dataclass(frozen=True)
class ReleasePage:
    """One change: the same with its kinds, its chart, and how soon a drop would be seen."""

    line: ReleaseLine
    windows: Windows
    before_days: str
    after_days: str
    kinds: Sequence[KindLine]
    chart: LevelChart
    seen: str
    boost: str
    owner: User | None


def release_list(*, assistant: Assistant, at: datetime, before: int | None = None) -> ReleaseList:
    """A page of changes; `before` is the id of the last one shown. A fixed number of queries."""
    team = assistant.team
    today = team.day_of(at)
    rows = Release.objects.filter(assistant=assistant)
    if before is not None and (last := rows.filter(pk=before).first()) is not None:
        rows = rows.filter(went_live_at__lte=last.went_live_at).exclude(
            went_live_at=last.went_live_at, pk__gte=last.pk
        )
    found = list(rows.order_by("-went_live_at", "-pk")[: PAGE + 1])
    shown = found[:PAGE]
    if not shown:
        return ReleaseList((), None)
    newer = list(
        Release.objects.filter(
            assistant=assistant, went_live_at__gte=shown[-1].went_live_at
        ).order_by("went_live_at", "pk")[:400]
    )
    incidents = _incidents(assistant)
    first = team.day_of(shown[-1].went_live_at) - timedelta(days=BEFORE_DAYS)
    estimator = _estimator(assistant, first, today)
    return ReleaseList(
        lines=[
            _line(one, windows_of(one, newer, incidents, team, today), estimator, incidents)
            for one in shown
        ],
        older=shown[-1].pk if len(found) > PAGE else None,
    )


def _incidents(assistant: Assistant) -> list[Incident]:
    rows = Incident.objects.filter(assistant=assistant).select_related("release", "fix")
    return list(rows.order_by("-found_at")[:200])


def _estimator(assistant: Assistant, first: date, last: date) -> LevelEstimator:
    figures = load(assistant, min(first, last - timedelta(days=RATES_DAYS)), last)
    return LevelEstimator(figures, last, series_start(assistant))


def windows_of(
    release: Release,
    others: Sequence[Release],
    incidents: Sequence[Incident],
    team: Team,
    today: date,
) -> Windows:
    """Four weeks before, without drops that were repaired by then; from the first full day until
    the next change of the same kind, four weeks at most. Before a fix there was the drop."""
    live = team.day_of(release.went_live_at)
    start = team.first_full_day(release.went_live_at)
    fixed = next((one for one in incidents if one.fix_id == release.pk), None)
    before = Stretch(live - timedelta(days=BEFORE_DAYS), live - DAY)
    if fixed is not None and fixed.onset_best < live:
        before = Stretch(fixed.onset_best, live - DAY)
    without = [
        Stretch(one.onset_best, team.day_of(one.fix.went_live_at))
        for one in incidents
        if one.fix is not None
        and one.fix_id != release.pk
        and one.fix.went_live_at < release.went_live_at
    ]
    following = next(
        (
            team.day_of(one.went_live_at)
            for one in others
            if one.kind == release.kind and one.went_live_at > release.went_live_at
        ),
        None,
    )
    end = min(today, start + timedelta(days=AFTER_DAYS - 1))
    if following is not None:
        end = min(end, following - DAY)
    after = Stretch(start, end) if end >= start else None
    return Windows(before, after, without, fixed is not None)


def _line(
    release: Release, windows: Windows, estimator: LevelEstimator, incidents: Sequence[Incident]
) -> ReleaseLine:
    before = estimator.level(windows.before, without=windows.without)
    after = estimator.level(windows.after) if windows.after else None
    shift = shift_of(after, before)
    enough = after is not None and min(after.graded, before.graded if before else 0) >= LEAST_GRADES
    reading, tone = _reading(shift if enough else None, release)
    return ReleaseLine(
        release=release,
        label=release_label(release),
        before=figure(level_of(before)),
        after=figure(level_of(after)),
        change=words.points(shift.points) if shift and enough else "",
        change_range=shift.range_words if shift and enough else "",
        reading=reading,
        tone=tone,
        suspected_in=next((one for one in incidents if one.release_id == release.pk), None),
        fix_of=next((one for one in incidents if one.fix_id == release.pk), None),
    )


def _reading(shift: Shift | None, release: Release) -> tuple[str, str]:
    """In words; a definition that is worded anew changes no answer."""
    if release.kind == Release.Kind.DEFINITION:
        return "Changes no answer", ""
    if shift is None:
        return "Not enough grades", ""
    if not shift.is_clear:
        return "No clear change", ""
    return ("Lower", "bad") if shift.high < 0 else ("Higher", "good")


def release_page(*, release: Release, at: datetime) -> ReleasePage:
    """The page of a release whose assistant and team are loaded."""
    assistant = release.assistant
    team = assistant.team
    today = team.day_of(at)
    incidents = _incidents(assistant)
    others = list(
        Release.objects.filter(
            assistant=assistant, went_live_at__gte=release.went_live_at - timedelta(days=60)
        ).order_by("went_live_at", "pk")[:200]
    )
    windows = windows_of(release, others, incidents, team, today)
    estimator = _estimator(assistant, windows.before.first, today)
    live = team.day_of(release.went_live_at)
    first = live - timedelta(days=CHART_DAYS)
    last = max(min(today, live + timedelta(days=CHART_DAYS)), live + DAY)
    kinds: Sequence[KindLine] = ()
    if windows.after is not None:
        compared = estimator.compare(windows.before, windows.after, without=windows.without)
        kinds = kind_lines(compared)
    return ReleasePage(
        line=_line(release, windows, estimator, incidents),
        windows=windows,
        before_days=words.day_range(windows.before.first, windows.before.last, today),
        after_days=_days(windows.after, today) if windows.after else "",
        kinds=kinds,
        chart=level_chart(
            days=estimator.days(Stretch(first, last)),
            stretches=_stretches(estimator, windows, first),
            markers=release_markers(assistant, others, None),
            onset=None,
            first=first,
            last=last,
            narrow_days=NARROW_DAYS,
        ),
        seen=_seen(estimator, windows, today),
        boost=in_words(assistant=assistant, today=today) if (today - live).days < 6 else "",
        owner=owner_by_release(release, owned_parts(assistant)),
    )


def _days(stretch: Stretch, today: date) -> str:
    if stretch.first == stretch.last:
        return words.day(stretch.first, today)
    return words.day_range(stretch.first, stretch.last, today)


def _stretches(estimator: LevelEstimator, windows: Windows, first: date) -> list[ChartStretch]:
    found = []
    before = level_of(estimator.level(windows.before, without=windows.without))
    if before is not None:
        stretch = usual_stretch(before, max(first, windows.before.first), windows.before.last)
        found.append(stretch)
    after = level_of(estimator.level(windows.after)) if windows.after else None
    if after is not None and windows.after is not None:
        label = words.share(after.share)
        found.append(ChartStretch(windows.after.first, windows.after.last, after.rate, label, ""))
    return found


def _seen(estimator: LevelEstimator, windows: Windows, today: date) -> str:
    """So far so many graded; a 10-point drop would be seen by then."""
    graded = estimator.drawn_between(windows.after) if windows.after else 0
    usual = estimator.level(windows.before, without=windows.without)
    rates = estimator.rates
    needed = ceil(
        grades_until_seen(
            SEEN_DROP,
            usual.good if usual else 0.9,
            threshold=alarm_line(),
            power_of_reviewers=rates.power,
            false_fail=rates.false_fail,
        )
    )
    so_far = f"So far {words.plural(graded, 'answer')} graded since"
    if graded >= needed:
        return f"{so_far}; a 10-point drop would have been seen by now."
    if windows.after is not None and windows.after.last < today:
        return f"{so_far}, until the next change; a 10-point drop takes about {needed} to be seen."
    pace = estimator.drawn_between(Stretch(today - timedelta(days=7), today - DAY)) / 7
    if pace <= 0:
        return f"{so_far}. Nothing is being graded, so a drop would not be seen."
    by = today + timedelta(days=ceil((needed - graded) / pace + GRADING_LAG))
    return f"{so_far}; a 10-point drop would be seen by about {words.day(by, today)}."
