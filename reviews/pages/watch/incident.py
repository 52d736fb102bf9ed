"""One incident: the six facts, the evidence, what changed before it, did the fix work, the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from django.db.models import Count, Q

from ingestion.models import Conversation, Release
from ingestion.releases import NOTICED_FIELDS
from portal import words
from portal.accounts.models import Team, User
from reviews.answer.facts import incident_facts, owner_by_release
from reviews.answer.fix import FixLine, fix_line
from reviews.answer.leading import Leading
from reviews.answer.names import incident_title, release_label
from reviews.answer.shown import Fact
from reviews.charts.days import Marker
from reviews.charts.interval import IntervalRow, axis_floor, interval_row
from reviews.definition.versions import series_start
from reviews.grading.bad_answers import BadAnswer, bad_answers, count_bad
from reviews.measure.figures import load
from reviews.measure.levels import DAY, LevelEstimator
from reviews.measure.readings import Badge
from reviews.measure.values import Level, Stretch
from reviews.models import Incident, IncidentEvent
from reviews.owners import Owned, owned_parts
from reviews.pages.charts.level_chart import (
    LevelChart,
    incident_onset,
    incident_stretches,
    level_chart,
    release_markers,
)
from reviews.pages.watch.badges import incident_badge
from reviews.stats.periods import RATES_DAYS
from reviews.watch.findings import OUTCOMES, FixCheck, IncidentFindings, SuspectedRelease
from reviews.watch.incidents import Clocks, clocks
from reviews.watch.known import known_of

DAYS_BEFORE, DAYS_AFTER, NARROW_DAYS = 14, 21, 14
EXAMPLES = 3
TELLS_APART = 5  # hundredths between the questions hit and the others
SEEN_FOR = timedelta(days=2)  # how long after a release its traffic is looked at
FIELD_OF = {kind.value: field for field, kind in NOTICED_FIELDS.items()}


@dataclass(frozen=True)
class Step:
    """A step of an incident's life; `state` is done, now or todo."""

    title: str
    more: str
    state: str


@dataclass(frozen=True)
class Suspect:
    """A release near the start, and what speaks for and against it."""

    label: str
    note: str
    live: datetime
    fits: str
    is_inside: bool
    questions: str
    chance: str
    owner: User | None
    is_named: bool


@dataclass(frozen=True)
class Bar:
    """A level in the check of the fix: usual, during, since."""

    label: str
    rate: str
    drawing: IntervalRow


@dataclass(frozen=True)
class LogLine:
    """One line of the log."""

    at: datetime
    text: str


@dataclass(frozen=True)
class IncidentPage:
    """Everything on the page; `facts`, `chart` and what follows are empty before the first look."""

    incident: Incident
    title: str
    steps: Sequence[Step]
    facts: Sequence[Fact]
    chart: LevelChart | None
    suspects: Sequence[Suspect]
    examples: Sequence[BadAnswer]
    bad_count: int
    bad_days: Stretch | None
    fix: FixLine | None
    bars: Sequence[Bar]
    is_proven: bool
    log: Sequence[LogLine]

    @property
    def badge(self) -> Badge:
        """Where it stands, with tint and icon."""
        return incident_badge(self.incident)

    @property
    def kind_query(self) -> str:
        """Its kind of question, as the address of a list of answers takes it."""
        kind = self.incident.only_kind
        return f"&kind={quote(kind)}" if kind is not None else ""


def incident_page(*, incident: Incident, at: datetime) -> IncidentPage:
    """The page of an incident whose assistant and team are loaded; a fixed number of queries."""
    assistant = incident.assistant
    team = assistant.team
    today = team.day_of(at)
    events = list(incident.events.select_related("by").in_order())
    times = clocks(incident, events)
    known = known_of(incident)
    releases = list(
        Release.objects.filter(
            assistant=assistant,
            went_live_at__gte=times.started - timedelta(days=45),
            went_live_at__lte=times.started + timedelta(days=60),
        ).order_by("-went_live_at")[:60]
    )
    for one in (incident.release, incident.fix):
        if one is not None and one not in releases:
            releases.append(one)
    log = [LogLine(one.at, _log_words(one)) for one in reversed(events)]
    steps = _steps(incident, times, known.check if known else None, team)
    if known is None:
        return IncidentPage(
            incident, incident_title(incident), steps, (), None, (), (), 0, None, None, (), False,
            log,
        )  # fmt: skip
    owned = owned_parts(assistant)
    lead = Leading(incident, known, times)
    kind = incident.only_kind
    days = known.comparison.now_days
    return IncidentPage(
        incident=incident,
        title=incident_title(incident),
        steps=steps,
        facts=incident_facts(lead, {one.pk: one for one in releases}, owned, at),
        chart=_chart(lead, releases, team, at),
        suspects=_suspects(incident, known, releases, owned, team),
        examples=bad_answers(assistant, days, kind=kind, most=EXAMPLES),
        bad_count=count_bad(assistant, days, kind=kind),
        bad_days=days,
        fix=fix_line(lead, today),
        bars=_bars(known, kind),
        is_proven=known.check is not None and known.check.outcome == "fixed",
        log=log,
    )


def _log_words(event: IncidentEvent) -> str:
    label = event.get_what_display()
    who = f" by {event.by}" if event.by else ""
    return f"{label}{who}{': ' + event.text if event.text else ''}"


def _steps(incident: Incident, times: Clocks, check: FixCheck | None, team: Team) -> list[Step]:
    """Started, found, taken, fix live, being checked, closed."""

    def moment(value: datetime | None, after: timedelta | None = None) -> str:
        if value is None:
            return ""
        said = words.day_time(team.local(value), team.day_of(value))
        return f"{said} · {words.duration(after)}" if after is not None else said

    checked = (
        f"{check.since.graded if check.since else 0} of {check.wanted} grades" if check else ""
    )
    if check is not None and check.outcome != "too_early":
        checked = OUTCOMES[check.outcome]
    about = team.local(times.started)
    reached = [
        ("Started", f"{words.day(about.date(), about.date())}, about {about:%H:%M}", True),
        ("Found", moment(times.found, times.to_find), True),
        ("Taken", moment(times.taken, times.to_take), times.taken is not None),
        ("Fix live", moment(times.fix_live, times.to_fix), times.fix_live is not None),
        ("Being checked", checked, check is not None and check.outcome != "too_early"),
        ("Closed", moment(times.closed), times.closed is not None),
    ]
    is_closed = not incident.is_open
    now = next((n for n, (_, _, done) in enumerate(reached) if not done), len(reached))
    return [
        Step(
            title,
            more,
            "done" if done else "now" if n == now and not is_closed else "todo",
        )
        for n, (title, more, done) in enumerate(reached)
    ]


def _chart(lead: Leading, releases: Sequence[Release], team: Team, at: datetime) -> LevelChart:
    """The days around the start, with the levels before, during and since the fix."""
    incident, assistant = lead.incident, lead.incident.assistant
    today = team.day_of(at)
    first = incident.onset_low - timedelta(days=DAYS_BEFORE)
    end = lead.found.check.since_days.last if lead.found.check else today
    last = min(today, max(end, incident.found_day + timedelta(days=DAYS_AFTER)))
    figures = load(assistant, first - timedelta(days=RATES_DAYS), last)
    estimator = LevelEstimator(figures, last, series_start(assistant))
    found = Marker(incident.found_day, "found", f"Found {words.day(incident.found_day, today)}")
    return level_chart(
        days=estimator.days(Stretch(first, last)),
        stretches=incident_stretches(lead.found.comparison, lead.found.check, first),
        markers=[*release_markers(assistant, releases, lead), found],
        onset=incident_onset(lead, today),
        first=first,
        last=max(last, first + DAY),
        narrow_days=NARROW_DAYS,
    )


def _suspects(
    incident: Incident,
    known: IncidentFindings,
    releases: Sequence[Release],
    owned: Sequence[Owned],
    team: Team,
) -> list[Suspect]:
    """The releases near the start, the nearest first."""
    by_id = {one.pk: one for one in releases}
    found = [
        (by_id[one.release], one)
        for one in (known.start.releases if known.start else ())
        if one.release in by_id
    ]
    questions = _questions_hit(incident, [release for release, _ in found])
    return [
        Suspect(
            label=release_label(release),
            note=release.note or ("" if release.announced else "not announced"),
            live=release.went_live_at,
            fits=_fits(incident, release, one, team),
            is_inside=one.fits_start,
            questions=questions.get(release.pk, "Not known"),
            chance=_chance(one),
            owner=owner_by_release(release, owned),
            is_named=release.pk == incident.release_id,
        )
        for release, one in found
    ]


def _fits(incident: Incident, release: Release, one: SuspectedRelease, team: Team) -> str:
    if one.fits_start:
        return "Inside the range"
    days = (incident.onset_low - team.day_of(release.went_live_at)).days
    return f"{words.plural(days, 'day')} early"


def _chance(one: SuspectedRelease) -> str:
    if one.chance is None or one.chance < 0.005:
        return "under 1 in 100"
    if one.chance >= 0.985:
        return "almost surely that day"
    return f"about {round(100 * one.chance)} in 100"


def _questions_hit(incident: Incident, releases: Sequence[Release]) -> dict[int, str]:
    """For each release that traffic carries: how many of the answers hit came with it in the two
    days after it went live, against the other answers, where that tells them apart. One query over
    those days."""
    if incident.all_kinds:
        return {}
    asked = {}
    hit = Q(kind=incident.kind)
    for release in releases:
        field = FIELD_OF.get(release.kind)
        if field is not None:
            after = Q(
                started_at__gte=release.went_live_at,
                started_at__lt=release.went_live_at + SEEN_FOR,
            )
            carries = Q(**{field: release.name})
            for name, which in (("hit", hit), ("other", ~hit)):
                asked[f"{name}_{release.pk}"] = Count("pk", filter=which & after)
                asked[f"{name}_with_{release.pk}"] = Count("pk", filter=which & after & carries)
    if not asked:
        return {}
    counts = Conversation.objects.filter(
        assistant_id=incident.assistant_id,
        started_at__gte=min(one.went_live_at for one in releases),
        started_at__lt=max(one.went_live_at for one in releases) + SEEN_FOR,
    ).aggregate(**asked)
    found = {}
    for release in releases:
        shares = [
            words.percent(counts[f"{name}_with_{release.pk}"] / everything)
            for name in ("hit", "other")
            if (everything := counts.get(f"{name}_{release.pk}") or 0)
        ]
        if len(shares) == 2 and abs(shares[0] - shares[1]) >= TELLS_APART:
            these, others = shares
            found[release.pk] = f"{these}% of these answers came with it, {others}% of the others"
    return found


def _bars(known: IncidentFindings, kind: str | None) -> list[Bar]:
    """Usual, during, since the fix, on one axis."""
    line = known.comparison.of_kind(kind) if kind is not None else None
    usual = line.usual if line else known.comparison.usual
    during = line.now if line else known.comparison.now
    since = known.check.since if known.check else None
    levels: list[tuple[str, Level | None, str]] = [
        ("Usual", usual, ""),
        ("During", during, "bad"),
        ("Since the fix", since, "good"),
    ]
    floor = axis_floor([level.rate for _, level, _ in levels if level])
    return [
        Bar(
            label,
            f"{words.share(level.share)}, {level.range_words}, "
            f"{words.plural(level.graded, 'grade')}",
            interval_row(None, level.rate, low=floor, tone=tone),
        )
        for label, level, tone in levels
        if level is not None
    ]
