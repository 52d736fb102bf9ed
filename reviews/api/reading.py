"""The endpoints through which programs read the answer: the same facts as the pages and mails."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from msgspec import Struct

from ingestion.api.endpoint import ApiRequest, endpoint
from ingestion.api.errors import ApiError, json_response
from ingestion.models import Assistant
from portal import given
from portal.accounts.models import Scope
from portal.words import whole
from reviews.answer.shown import Figure
from reviews.answer.status import Status, status_of
from reviews.definition.versions import series_start
from reviews.measure.figures import load
from reviews.measure.levels import LevelEstimator
from reviews.measure.values import Level, Shift, Stretch, level_of
from reviews.models import Incident, IncidentEvent, Report
from reviews.stats.periods import RATES_DAYS
from reviews.watch.incidents import Clocks, clocks
from reviews.watch.known import known_of

MOST_DAYS = 366
MOST_INCIDENTS = 50


class LevelOut(Struct):
    """A share of good answers in [0, 1] with its likely range (about 19 times in 20) and how many
    grades it rests on; `corrected`: reviewers' usual errors were taken out. Else no range can be
    kept: `low` and `high` are null."""

    share: float
    low: float | None
    high: float | None
    graded: int
    corrected: bool


class ChangeOut(Struct):
    """A change in points of 100 (negative: worse) with its likely range; as graded without one."""

    points: float
    low: float | None
    high: float | None


class FactOut(Struct):
    """One of the six facts, as pages and mails say it; `missing`: nobody, a gap."""

    label: str
    value: str
    more: str
    missing: bool


class ShownOut(Struct):
    """A share as pages show it, in whole hundredths; null with too few grades, `words` says so."""

    share: int | None
    low: int | None
    high: int | None
    graded: int
    words: str


class KindOut(Struct):
    """A kind of question: its usual level, its level now, and what that means."""

    kind: str
    usual: ShownOut
    now: ShownOut
    change: str
    change_range: str
    reading: str


class AnswerOut(Struct):
    """Is it getting worse? `reading`: no_sign, not_enough, probably_worse, worse, fix_checked or
    better. `as_of` is when the watch looked last."""

    assistant: str
    as_of: datetime
    method: int
    reading: str
    reading_words: str
    subject: str
    headline: str
    detail: str
    facts: list[FactOut]
    usual: ShownOut
    usual_days: str
    now: ShownOut
    now_days: str
    change: ChangeOut | None
    kinds: list[KindOut]
    incident: int | None
    more_incidents: int
    fix: str | None
    graded: int
    needed: int
    seen: str
    link: str


class PointOut(Struct):
    """The level of one day or week, `first` to `last`; null without grades."""

    first: date
    last: date
    level: LevelOut | None


class QualityOut(Struct):
    """Levels over time, of all answers or of one kind."""

    assistant: str
    kind: str | None
    by: str
    whole: LevelOut | None
    points: list[PointOut]


class IncidentOut(Struct):
    """A drop: when it started (with its range), was found, taken, repaired, checked, closed.
    `kind` is null when all kinds fell. Levels are of that kind, before and during."""

    number: int
    kind: str | None
    title: str
    state: str
    outcome: str
    onset: date
    onset_low: date
    onset_high: date
    release: str | None
    owner: str | None
    fix: str | None
    started_at: datetime
    found_at: datetime
    taken_at: datetime | None
    fix_live_at: datetime | None
    checked_at: datetime | None
    closed_at: datetime | None
    before: LevelOut | None
    during: LevelOut | None
    change: ChangeOut | None
    link: str


class IncidentsOut(Struct):
    """Incidents, the newest first; `next_before` asks for the older ones."""

    incidents: list[IncidentOut]
    next_before: int | None


def level_out(level: Level | None) -> LevelOut | None:
    """A level for programs."""
    if level is None:
        return None
    low, high = (level.low, level.high) if level.corrected else (None, None)
    return LevelOut(level.share, low, high, level.graded, level.corrected)


def change_out(shift: Shift | None) -> ChangeOut | None:
    """A change for programs."""
    if shift is None:
        return None
    low, high = (shift.low, shift.high) if shift.corrected else (None, None)
    return ChangeOut(shift.points, low, high)


def _shown(figure: Figure) -> ShownOut:
    return ShownOut(figure.share, figure.low, figure.high, figure.graded, figure.words)


def answer_out(assistant: Assistant, it: Status) -> AnswerOut:
    """The answer for programs, from what pages and mails print."""
    path = (
        reverse("incident", args=[assistant.pk, it.incident])
        if it.incident
        else reverse("assistant_home", args=[assistant.pk])
    )
    return AnswerOut(
        assistant=it.assistant,
        as_of=it.as_of,
        method=it.method,
        reading=it.reading.code,
        reading_words=it.reading.words,
        subject=it.subject,
        headline=it.headline,
        detail=it.detail,
        facts=[FactOut(one.label, one.value, one.more, one.is_gap) for one in it.facts],
        usual=_shown(it.usual),
        usual_days=it.usual_days,
        now=_shown(it.now),
        now_days=it.now_days,
        change=change_out(it.shift),
        kinds=[
            KindOut(
                one.kind,
                _shown(one.usual),
                _shown(one.now),
                one.change,
                one.change_range,
                one.reading,
            )
            for one in it.kinds
        ],
        incident=it.incident,
        more_incidents=it.others,
        fix=f"{it.fix.title}. {it.fix.text}" if it.fix else None,
        graded=it.graded,
        needed=it.needed,
        seen=it.seen,
        link=settings.SITE_URL + path,
    )


@endpoint("GET", Scope.READ)
def answer(request: ApiRequest) -> HttpResponse:
    """Is it getting worse? The six facts, the reading, ranges and counts."""
    stands = status_of(assistant=request.assistant, at=request.now)
    if stands is None:
        raise ApiError(
            404,
            "not_looked_yet",
            "Nothing was graded yet, so there is nothing to say.",
            "Grade some answers; the first look comes within a minute.",
        )
    return json_response(answer_out(request.assistant, stands))


def _day(request: ApiRequest, name: str, default: date) -> date:
    text = request.GET.get(name, "")
    found = given.day(text) if text else default
    if found is None:
        raise ApiError(
            422,
            "invalid",
            "That is no date that an answer can have.",
            f"Send it as 2026-11-17: {given.DAYS_IN_WORDS}.",
            field=name,
        )
    return found


@endpoint("GET", Scope.READ)
def quality(request: ApiRequest) -> HttpResponse:
    """Levels by day or week: ?from=, ?to= (the last 8 weeks by default), ?kind=, ?by=."""
    today = request.assistant.team.day_of(request.now)
    last = _day(request, "to", today)
    first = _day(request, "from", last - timedelta(days=55))
    by = request.GET.get("by", "week")
    if not 0 <= (last - first).days < MOST_DAYS:
        raise ApiError(
            422,
            "invalid",
            "`from` must lie before `to`, at most a year.",
            "Ask for a shorter stretch.",
            field="from",
        )
    if by not in ("day", "week"):
        raise ApiError(
            422, "invalid", "Levels come by day or by week.", "Send day or week.", field="by"
        )
    figures = load(request.assistant, first - timedelta(days=RATES_DAYS), last)
    estimator = LevelEstimator(figures, last, series_start(request.assistant))
    kind = request.GET.get("kind")
    if kind is not None and kind not in figures.kinds:
        raise ApiError(
            422,
            "invalid",
            "No answer of that kind came in these days.",
            f"Kinds: {', '.join(one for one in figures.kinds if one)[:300]}.",
            field="kind",
        )
    return json_response(
        QualityOut(
            assistant=request.assistant.name,
            kind=kind,
            by=by,
            whole=level_out(level_of(estimator.level(Stretch(first, last), kind))),
            points=[
                PointOut(one.first, one.last, level_out(level_of(estimator.level(one, kind))))
                for one in stretches(first, last, by)
            ],
        )
    )


def stretches(first: date, last: date, by: Literal["day", "week"] | str) -> list[Stretch]:
    """Days, or weeks from Monday cut to first..last."""
    found, start = [], first
    while start <= last:
        end = start if by == "day" else start + timedelta(days=6 - start.weekday())
        found.append(Stretch(start, min(end, last)))
        start = end + timedelta(days=1)
    return found


@endpoint("GET", Scope.READ)
def incidents(request: ApiRequest) -> HttpResponse:
    """Incidents, the newest first: ?state=open or closed, ?before= a number for older ones."""
    rows = Incident.objects.filter(assistant=request.assistant)
    state = request.GET.get("state", "")
    if state not in ("", "open", "closed"):
        raise ApiError(
            422, "invalid", "No such state.", "Send open, closed or nothing.", field="state"
        )
    if state == "open":
        rows = rows.open()
    elif state == "closed":
        rows = rows.closed()
    before = request.GET.get("before", "")
    if before:
        if not before.isascii() or (number := whole(before)) is None:
            raise ApiError(
                422,
                "invalid",
                "That is no incident's number.",
                "Send `next_before` of the last answer.",
                field="before",
            )
        rows = rows.filter(number__lt=number)
    found = list(rows.with_names().order_by("-number")[: MOST_INCIDENTS + 1])
    shown = found[:MOST_INCIDENTS]
    events = IncidentEvent.objects.by_incident(shown)
    return json_response(
        IncidentsOut(
            incidents=[incident_out(one, clocks(one, events[one.pk])) for one in shown],
            next_before=shown[-1].number if len(found) > len(shown) else None,
        )
    )


def incident_out(incident: Incident, times: Clocks) -> IncidentOut:
    """An incident for programs."""
    known = known_of(incident)
    kind = incident.only_kind
    line = known.comparison.of_kind(kind) if known and kind is not None else None
    whole = known.comparison if known and kind is None else None
    source = line or whole
    return IncidentOut(
        number=incident.number,
        kind=kind,
        title=incident.title,
        state=incident.state,
        outcome=incident.outcome,
        onset=incident.onset_best,
        onset_low=incident.onset_low,
        onset_high=incident.onset_high,
        release=str(incident.release) if incident.release else None,
        owner=str(incident.owner) if incident.owner else None,
        fix=str(incident.fix) if incident.fix else None,
        started_at=times.started,
        found_at=times.found,
        taken_at=times.taken,
        fix_live_at=times.fix_live,
        checked_at=times.checked,
        closed_at=times.closed,
        before=level_out(source.usual) if source else None,
        during=level_out(source.now) if source else None,
        change=change_out(source.shift) if source else None,
        link=settings.SITE_URL + reverse("incident", args=[incident.assistant_id, incident.number]),
    )


@endpoint("GET", Scope.READ)
def weekly_report(request: ApiRequest) -> HttpResponse:
    """A weekly report as it was written: ?week= its Monday (default: the newest), ?kind= quality
    or ownership."""
    kind = request.GET.get("kind", Report.Kind.QUALITY.value)
    if kind not in Report.Kind.values:
        raise ApiError(
            422, "invalid", "No such report.", "Send quality or ownership.", field="kind"
        )
    rows = Report.objects.filter(assistant=request.assistant, kind=kind)
    if request.GET.get("week"):
        rows = rows.filter(week=_day(request, "week", request.now.date()))
    report = rows.order_by("-week").first()
    if report is None:
        raise ApiError(
            404,
            "no_report",
            "There is no report of that week.",
            "Weeks begin on Mondays; the report is written when the week is over.",
            field="week",
        )
    return json_response(
        {
            "kind": report.kind,
            "week": report.week,
            "as_of": report.as_of,
            "formula": report.formula,
            "content": report.content,
        }
    )
