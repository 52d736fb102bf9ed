"""Put a week into words and figures: the two reports, from rows, as they are known now."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from ingestion.models import Assistant, Release
from ingestion.population import population
from portal import format as words
from reviews.agreement import pairs_alike
from reviews.flagging import outcomes
from reviews.models import (
    Assignment,
    CriterionRollup,
    Flag,
    Grade,
    ReasonRoute,
    Sample,
    SampleReason,
    Verdict,
    WentWrong,
)
from reviews.owners import Owned, owned_parts
from reviews.pages.quality import KindRow, WeekFigures, week_figures, weekly_rates
from reviews.pages.report import (
    Example,
    Fact,
    Figure,
    FlagFigures,
    KindLine,
    Need,
    OwnershipReport,
    PartLine,
    QualityReport,
    ReasonCount,
    WeekBar,
)
from reviews.readings import MIN_GRADED
from reviews.stats.intervals import Rate

WEEKS = 8
MAX_FLAGS = 5000
RELEASE_PARTS = {"model": "model", "prompt": "prompt", "retrieval": "retrieval",
                 "escalation": "escalation", "definition": "definition"}  # fmt: skip


def figure(rate: Rate | None, minimum: int = MIN_GRADED) -> Figure:
    """A rate as printed; below `minimum` grades words replace it."""
    if rate is None:
        return Figure(None, None, None, 0, "No grades")
    if rate.graded < minimum:
        return Figure(
            None, None, None, rate.graded, f"Not enough grades: {rate.graded} of {minimum}"
        )
    share, low, high = words.percent(rate.share), words.percent(rate.low), words.percent(rate.high)
    return Figure(share, low, high, rate.graded, f"{share}%, likely {low}% to {high}%")


def _window(assistant: Assistant, week: date) -> tuple[datetime, datetime]:
    zone = ZoneInfo(assistant.team.time_zone)
    start = datetime(week.year, week.month, week.day, tzinfo=zone)
    end = week + timedelta(days=7)
    return start, datetime(end.year, end.month, end.day, tzinfo=zone)


def _releases(assistant: Assistant, week: date) -> list[Release]:
    start, end = _window(assistant, week)
    rows = Release.objects.filter(
        assistant=assistant, went_live_at__gte=start - timedelta(days=3), went_live_at__lt=end
    )
    return list(rows.order_by("went_live_at")[:50])


def _release_words(release: Release, zone: ZoneInfo, today: date) -> str:
    noticed = "" if release.announced else ", not announced"
    moment = words.day_time(release.went_live_at.astimezone(zone), today)
    return f"{release.get_kind_display()} {release.name}, live {moment}{noticed}"


def _headline(figures: WeekFigures) -> tuple[str, str, str]:
    """Subject part, headline and the sentence below it."""
    code = figures.reading.reading.code
    change = figures.reading.change
    now, usual = figure(figures.now), figure(figures.usual)
    graded = figures.now.graded if figures.now else 0
    if not graded:
        return (
            "nothing was graded",
            f"Nothing was graded in the week of "
            f"{words.day_range(figures.week, figures.end, figures.end)}.",
            "So nobody can tell whether answers got worse. The next mail comes when there are "
            "grades again.",
        )
    if figures.now is not None and figures.usual is None and figures.now.graded >= MIN_GRADED:
        return (
            f"no usual level yet, {now.share}% good",
            "Cannot tell yet: there is no usual level to compare with.",
            f"Good answers this week: {now.words}. The usual level is the four weeks before; it "
            "forms from now on.",
        )
    if code == "not_enough" or change is None:
        return (
            f"not enough grades, {graded} of about {figures.reading.needed}",
            f"Cannot tell: {words.plural(graded, 'answer')} graded, about "
            f"{figures.reading.needed} needed.",
            f"So many show a 10-point drop from the usual level four times in five. "
            f"Good answers: {now.words.lower()}.",
        )
    size = f"{words.points(change.points)}, {words.points_range(change.low, change.high)}"
    if code == "probably_worse":
        if change.high >= 0 and figures.fallen is not None:
            return _kind_headline(figures, figures.fallen)
        span = words.day_range(figures.week, figures.end, figures.end)
        return (
            f"probably worse, {now.share}% good",
            f"Probably worse in the week of {span}. It could still be chance.",
            f"Good answers went from {usual.share}% to {now.share}%: {size}.",
        )
    if code == "better":
        return (
            f"better, {now.share}% good",
            f"Better than usual. Good answers are at {now.share}%.",
            f"Usually {usual.share}%: {size}.",
        )
    return (
        f"no sign of change, {now.share}% good",
        f"No sign of it. Good answers are at {now.share}%, as usual.",
        f"The usual level is {usual.share}%. A 10-point drop would have been seen.",
    )


def _kind_headline(figures: WeekFigures, row: KindRow) -> tuple[str, str, str]:
    """One kind leans worse while all answers together do not."""
    now, usual, change = figure(row.now), figure(row.usual), row.change
    assert change is not None  # noqa: S101 - a kind reads worse by its change only
    size = f"{words.points(change.points)}, {words.points_range(change.low, change.high)}"
    looks = len(figures.kinds)
    by_chance = round(1 / (1 - 0.975**looks))
    return (
        f"probably worse for {row.kind}, {usual.share}% to {now.share}%",
        f"Probably worse for {row.kind}. It could still be chance.",
        f"Good answers there went from {usual.share}% to {now.share}%: {size}. All kinds "
        f"together: {figure(figures.now).words}. With {words.plural(looks, 'kind')} looked at, "
        f"about one week in {by_chance} leans like this by chance alone.",
    )


def _kind_lines(figures: WeekFigures) -> list[KindLine]:
    lines = []
    for row in figures.kinds:
        few = row.now is None or row.now.graded < MIN_GRADED or row.change is None
        lines.append(
            KindLine(
                kind=row.kind,
                usual=figure(row.usual),
                now=figure(row.now),
                change="" if few or row.change is None else words.points(row.change.points),
                change_range=""
                if few or row.change is None
                else words.points_range(row.change.low, row.change.high),
                reading=row.reading.words,
                tone="bad" if row.reading.code == "probably_worse" else row.reading.tone,
            )
        )
    return lines


def _which(lines: list[KindLine]) -> Fact:
    fallen = [line for line in lines if line.tone == "bad"]
    if fallen:
        first = fallen[0]
        rest = "others steady" if len(fallen) == 1 else f"and {len(fallen) - 1} more"
        more = f"{first.usual.share}% to {first.now.share}%; {rest}"
        return Fact("Which questions", first.kind, more)
    if all(line.now.share is None for line in lines):
        return Fact("Which questions", "Too few grades per kind")
    return Fact("Which questions", "All kinds about the same")


def _facts(
    figures: WeekFigures,
    lines: list[KindLine],
    releases: list[Release],
    owned: list[Owned],
    zone: ZoneInfo,
) -> list[Fact]:
    """The six facts for a week that reads worse; none when nothing reads so."""
    change = figures.reading.change
    if figures.reading.reading.code != "probably_worse" or change is None:
        return []
    today = figures.end
    if change.high >= 0 and figures.fallen is not None and figures.fallen.change is not None:
        change = figures.fallen.change
    names = [f"{release.get_kind_display()} {release.name}" for release in releases]
    kinds = {RELEASE_PARTS.get(release.kind) for release in releases}
    parts = [one for one in owned if one.part.kind in kinds and one.owner is not None]
    people = sorted({str(one.owner) for one in parts})
    owns = words.listed(sorted({one.part.name for one in parts})[:3])
    first = releases[0].went_live_at.astimezone(zone) if releases else None
    return [
        Fact(
            "When it started",
            "Not clear yet",
            f"some time {words.day_range(figures.week, figures.end, today)}",
        ),
        Fact(
            "How bad",
            words.points(change.points),
            words.points_range(change.low, change.high),
        ),
        _which(lines),
        Fact(
            "What changed before it",
            words.listed(names[-3:]) if names else "No change recorded",
            f"since {words.day_time(first, today)}" if first else "",
        ),
        Fact("Who owns the fix", words.listed(people[:3]), f"owns {owns}")
        if people
        else Fact("Who owns the fix", "Nobody", "name an owner", is_gap=True),
        Fact("How fast", "Found by this report", "not fixed yet"),
    ]


def _needs(figures: WeekFigures, owned: list[Owned], today: date) -> list[Need]:
    needs = []
    gaps = [one.part.name for one in owned if one.is_gap]
    if gaps:
        title = f"{words.plural(len(gaps), 'part')} {'has' if len(gaps) == 1 else 'have'} no owner"
        needs.append(Need(title, words.listed(gaps[:3]), "Name owners", "owners"))
    late = [one.part.name for one in owned if one.days_late(today)]
    if late:
        title = f"{words.plural(len(late), 'review')} {'is' if len(late) == 1 else 'are'} late"
        needs.append(Need(title, words.listed(late[:3]), "See owners", "owners"))
    graded = figures.now.graded if figures.now else 0
    missing = figures.reading.needed - graded
    if missing > 0:
        minutes = max(1, round(missing * 45 / 60))
        needs.append(
            Need(
                f"{missing} more grades a week",
                f"about {minutes} min of work; then a 10-point drop shows",
                "Ask reviewers",
                "queue",
            )
        )
    return needs[:3]


def _worst_grade(assistant: Assistant, figures: WeekFigures) -> Grade | None:
    """The newest random answer of the week that was not good, of the kind that fell most."""
    bad = (
        Grade.objects.filter(
            assignment__assistant=assistant,
            assignment__sample__day__range=(figures.week, figures.end),
            assignment__sample__reason=SampleReason.RANDOM,
            verdict=Verdict.NOT_GOOD,
            superseded_by__isnull=True,
        )
        .select_related("assignment__sample__conversation")
        .annotate(
            alike=Count(
                "assignment__sample__assignments__grades",
                filter=Q(
                    assignment__sample__assignments__grades__verdict=Verdict.NOT_GOOD,
                    assignment__sample__assignments__grades__superseded_by__isnull=True,
                ),
            )
        )
        .order_by("-alike", "-graded_at")
    )
    if figures.kinds and figures.kinds[0].reading.code == "probably_worse":
        of_kind = bad.filter(assignment__sample__kind=figures.kinds[0].kind).first()
        if of_kind is not None:
            return of_kind
    return bad.first()


def _first_question(sample: Sample) -> str:
    asked = [one["content"] for one in sample.conversation.messages[: sample.answer_index]
             if one["role"] == "user"]  # fmt: skip
    return asked[-1] if asked else ""


def _example(assistant: Assistant, figures: WeekFigures) -> Example | None:
    grade = _worst_grade(assistant, figures)
    if grade is None:
        return None
    sample = grade.assignment.sample
    reasons = [level.went_wrong for level in grade.levels.all() if level.went_wrong]
    quoted = assistant.team.customer_words_in_mail
    answer = sample.conversation.messages[sample.answer_index]["content"]
    alike: int = grade.alike  # type: ignore[attr-defined]
    return Example(
        sample=sample.pk,
        kind=sample.kind,
        question=_first_question(sample)[:200] if quoted else "",
        answer=answer[:300] if quoted else "",
        went_wrong=WentWrong(reasons[0]).label if reasons else "Not good",
        agreed="two reviewers agree" if alike > 1 else "one reviewer",
    )


def flag_figures(assistant: Assistant, week: date) -> FlagFigures:
    """Flags raised in the week and what came of them so far."""
    start, end = _window(assistant, week)
    flags = list(
        Flag.objects.filter(
            assistant=assistant, at__gte=start, at__lt=end, withdrawn_at__isnull=True
        )[:MAX_FLAGS]
    )
    came_of = Counter(outcome.code for outcome in outcomes(flags).values())
    return FlagFigures(len(flags), came_of["confirmed"], came_of["was_right"])


def write_quality(*, assistant: Assistant, week: date, at: datetime) -> QualityReport:
    """The quality report of the week that begins on Monday `week`, as known `at`."""
    zone = ZoneInfo(assistant.team.time_zone)
    figures = week_figures(assistant, week)
    lines, owned = _kind_lines(figures), owned_parts(assistant)
    releases = _releases(assistant, week)
    subject, headline, detail = _headline(figures)
    pairs = pairs_alike(assistant=assistant, first=week - timedelta(days=49), last=figures.end)
    received = population(assistant=assistant, first=week, last=figures.end)
    weeks = [
        WeekBar(f"{start.day} {start:%b}", figure(rate).share, start == week)
        for start, rate in weekly_rates(assistant, week, WEEKS)
    ]
    versions = Grade.objects.filter(
        assignment__assistant=assistant, assignment__sample__day__range=(week, figures.end)
    )
    return QualityReport(
        assistant=assistant.name,
        team=assistant.team.name,
        week=week,
        week_words=words.day_range(week, figures.end, figures.end),
        as_of=at.astimezone(zone),
        reading=figures.reading.reading.code,
        reading_words=figures.reading.reading.words,
        tone="bad"
        if figures.reading.reading.code == "probably_worse"
        else figures.reading.reading.tone,
        subject=f"{assistant.name}: {subject}",
        headline=headline,
        detail=detail,
        now=figure(figures.now),
        last_week=figure(figures.last_week),
        facts=_facts(figures, lines, releases, owned, zone),
        weeks=weeks,
        kinds=lines,
        needs=_needs(figures, owned, at.astimezone(zone).date()),
        example=_example(assistant, figures),
        flags=flag_figures(assistant, week),
        graded=figures.now.graded if figures.now else 0,
        answers=sum(row.answers for row in received),
        pairs=pairs.pairs,
        pairs_alike=pairs.alike,
        definitions=[
            str(number)
            for number in sorted(set(versions.values_list("version__number", flat=True)))
        ],
        releases=[_release_words(one, zone, figures.end) for one in releases],
    )


def _failures(assistant: Assistant, week: date) -> Counter[str]:
    """What went wrong in the week's grades, random and flagged alike; a lead's decisions aside."""
    rows = CriterionRollup.objects.filter(
        assistant=assistant, day__range=(week, week + timedelta(days=6))
    ).exclude(went_wrong="")
    counts: Counter[str] = Counter()
    for reason, grades in rows.exclude(place="adjudication").values_list("went_wrong", "grades"):
        counts[reason] += grades
    return counts


def _part_line(
    owned: Owned, reasons: Counter[str], releases: list[Release], zone: ZoneInfo, today: date
) -> PartLine:
    late = owned.days_late(today)
    if owned.owner is None or owned.review_by is None:
        review = "no review date"
    elif late:
        review = f"{words.plural(late, 'day')} late"
    else:
        review = f"review by {words.day(owned.review_by, today)}"
    return PartLine(
        part=owned.part.pk,
        name=owned.part.name,
        kind=owned.part.get_kind_display(),
        owner=owned.owner.pk if owned.owner else None,
        owner_name=str(owned.owner) if owned.owner else "Nobody",
        stand_in_name=str(owned.stand_in) if owned.stand_in else "",
        review=review,
        is_late=bool(late),
        failures=sum(reasons.values()),
        reasons=[ReasonCount(WentWrong(one).label, n) for one, n in reasons.most_common()],
        changes=[
            _release_words(one, zone, today) for one in releases if one.kind == owned.part.kind
        ],
    )


def write_ownership(*, assistant: Assistant, week: date, at: datetime) -> OwnershipReport:
    """The ownership report of the week that begins on Monday `week`, as known `at`."""
    zone = ZoneInfo(assistant.team.time_zone)
    today = at.astimezone(zone).date()
    end = week + timedelta(days=6)
    owned, releases = owned_parts(assistant), _releases(assistant, week)
    counts = _failures(assistant, week)
    routes = dict(
        ReasonRoute.objects.filter(assistant=assistant).values_list("went_wrong", "part_id")
    )
    by_part: dict[int, Counter[str]] = {}
    unrouted: Counter[str] = Counter()
    live = {one.part.pk for one in owned}
    for reason, number in counts.items():
        part = routes.get(reason)
        if part in live and part is not None:
            by_part.setdefault(part, Counter())[reason] += number
        else:
            unrouted[reason] += number
    lines = [
        _part_line(one, by_part.get(one.part.pk, Counter()), releases, zone, today) for one in owned
    ]
    lines.sort(key=lambda line: (line.owner is not None, not line.is_late, -line.failures))
    gaps = [line.name for line in lines if line.owner is None]
    late = [line.name for line in lines if line.is_late]
    graded = Assignment.objects.filter(
        assistant=assistant, sample__day__range=(week, end), state=Assignment.State.DONE
    ).count()
    return OwnershipReport(
        assistant=assistant.name,
        team=assistant.team.name,
        week=week,
        week_words=words.day_range(week, end, end),
        as_of=at.astimezone(zone),
        subject=f"{assistant.name}: {_owner_subject(gaps, late, sum(counts.values()))}",
        headline=_owner_headline(gaps, late, len(lines)),
        parts=lines,
        unrouted=[ReasonCount(WentWrong(one).label, n) for one, n in unrouted.most_common()],
        gaps=gaps,
        late=late,
        failures=sum(counts.values()),
        graded=graded,
    )


def _owner_subject(gaps: list[str], late: list[str], failures: int) -> str:
    if gaps:
        verb = "has" if len(gaps) == 1 else "have"
        parts = words.plural(len(gaps), "part")
        return f"{parts} {verb} no owner, {words.plural(failures, 'failure')}"
    if late:
        return f"{words.plural(len(late), 'review')} late, {words.plural(failures, 'failure')}"
    return f"every part has an owner, {words.plural(failures, 'failure')} this week"


def _owner_headline(gaps: list[str], late: list[str], parts: int) -> str:
    if not parts:
        return "No parts yet. They are found when conversations arrive."
    if not gaps and not late:
        return f"All {parts} parts have an owner, and no review is late."
    said = []
    if gaps:
        verb = "has" if len(gaps) == 1 else "have"
        said.append(f"{len(gaps)} of {parts} parts {verb} no owner")
    if late:
        said.append(f"{words.plural(len(late), 'review')} {'is' if len(late) == 1 else 'are'} late")
    return " and ".join(said) + "."
