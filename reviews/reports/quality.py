"""Write the quality report of a week: how it stands, and the week in figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from ingestion.models import Assistant
from ingestion.population import population
from portal import words
from reviews.answer.needs import needs
from reviews.answer.printed import figure, kind_lines
from reviews.answer.shown import Figure
from reviews.answer.status import Status, status_of
from reviews.definition.versions import series_start
from reviews.grading.agreement import pairs_alike
from reviews.grading.bad_answers import bad_answers
from reviews.measure.figures import load
from reviews.measure.levels import LevelEstimator, days_before
from reviews.measure.readings import READINGS
from reviews.measure.values import Stretch, level_of
from reviews.models import Grade
from reviews.owners import owned_parts
from reviews.reports.content import Example, QualityReport, WeekBar
from reviews.reports.week import WEEK, flag_figures, release_words, releases_of
from reviews.stats.periods import RATES_DAYS

WEEKS = 8


def week_bars(estimator: LevelEstimator, week: date, weeks: int = WEEKS) -> Sequence[WeekBar]:
    """The share of each of the weeks up to this one."""
    bars = []
    for number in range(weeks - 1, -1, -1):
        start = week - WEEK * number
        level = level_of(estimator.level(Stretch(start, start + timedelta(days=6))))
        bars.append(WeekBar(f"{start.day} {start:%b}", figure(level).share, number == 0))
    return bars


def write_quality(*, assistant: Assistant, week: date, at: datetime) -> QualityReport:
    """The quality report of the week that begins on Monday `week`, as known `at`."""
    team = assistant.team
    today = team.day_of(at)
    days = Stretch(week, week + timedelta(days=6))
    figures = load(assistant, week - timedelta(days=RATES_DAYS), days.last)
    estimator = LevelEstimator(figures, days.last, series_start(assistant))
    stands = status_of(assistant=assistant, at=at)
    owned = owned_parts(assistant)
    now = figure(level_of(estimator.level(days)))
    last = figure(level_of(estimator.level(Stretch(week - WEEK, week - timedelta(days=1)))))
    graded = estimator.drawn_between(days)
    compared = estimator.compare(days_before(week), days)
    is_incident = stands is not None and bool(stands.facts)
    reading = stands.reading if stands else READINGS["not_enough"]
    subject, headline, detail = _sentences(stands, graded, days, now, last)
    pairs = pairs_alike(assistant=assistant, first=week - timedelta(days=49), last=days.last)
    received = population(assistant=assistant, first=week, last=days.last)
    versions = Grade.objects.filter(
        assignment__assistant=assistant, assignment__sample__day__range=(week, days.last)
    ).values_list("version__number", flat=True)
    return QualityReport(
        assistant=assistant.name,
        team=assistant.team.name,
        week=week,
        week_words=words.day_range(week, days.last, days.last),
        as_of=team.local(at),
        reading=reading.code,
        reading_words=reading.words,
        tone=reading.tone,
        subject=f"{assistant.name}: {subject}",
        headline=headline,
        detail=detail,
        now=now,
        last_week=last,
        facts=list(stands.facts) if stands else [],
        weeks=list(week_bars(estimator, week)),
        kinds=list(stands.kinds) if stands and is_incident else kind_lines(compared),
        needs=needs(stands, owned, today),
        example=_example(assistant, stands, days),
        flags=flag_figures(assistant, week),
        graded=graded,
        answers=sum(row.answers for row in received),
        pairs=pairs.pairs,
        pairs_alike=pairs.alike,
        definitions=[str(number) for number in sorted(set(versions))],
        releases=[release_words(one, team, days.last) for one in releases_of(assistant, week)],
        incident=stands.incident if stands else None,
        fix_title=stands.fix.title if stands and stands.fix else "",
        fix_text=stands.fix.text if stands and stands.fix else "",
        kinds_days=stands.now_days if stands and is_incident else "this week",
        seen=stands.seen if stands else "",
    )


def _sentences(
    stands: Status | None, graded: int, days: Stretch, now: Figure, last: Figure
) -> tuple[str, str, str]:
    """The subject's part, the headline and the sentence below it."""
    span = words.day_range(days.first, days.last, days.last)
    if not graded:
        return (
            "nothing was graded",
            f"Nothing was graded in the week of {span}.",
            "So nobody can tell whether answers got worse. The next mail comes when there are "
            "grades again.",
        )
    if stands is None:
        return (
            f"no usual level yet, {graded} graded",
            "Cannot tell yet: there is no usual level to compare with.",
            "It forms from two weeks of grades on.",
        )
    subject = stands.subject
    if stands.facts and now.share is not None:
        was = f", was {last.share}%" if last.share is not None else ""
        subject = f"{subject} ({now.share}% good{was})"
    # Whether it is fixed has a place of its own in the report.
    return subject, stands.headline, stands.without_fix


def _example(assistant: Assistant, stands: Status | None, week: Stretch) -> Example | None:
    """One answer worth reading: of the kind and days of the drop when there is one."""
    days, kind = week, None
    if stands is not None and stands.facts:
        days = Stretch(max(stands.now_first, week.first - WEEK), stands.now_last)
        fallen = [line.kind for line in stands.kinds if line.tone == "bad"]
        kind = fallen[0] if fallen else None
    found = bad_answers(assistant, days, kind=kind, most=1)
    if not found and kind is not None:
        found = bad_answers(assistant, week, most=1)
    if not found:
        return None
    one, quoted = found[0], assistant.team.customer_words_in_mail
    return Example(
        sample=one.sample,
        kind=one.kind,
        question=one.question if quoted else "",
        answer=one.answer if quoted else "",
        went_wrong=one.went_wrong,
        agreed=one.agreed,
    )
