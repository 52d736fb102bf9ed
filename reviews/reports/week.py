"""What both weekly reports are made from: the week's releases, its flags, its window in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from ingestion.models import Assistant, Release
from portal import words
from portal.accounts.models import Team
from reviews.grading.flagging import outcomes
from reviews.models import Flag
from reviews.reports.content import FlagFigures

MAX_FLAGS = 5000
MAX_RELEASES = 50
WEEK = timedelta(days=7)


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def window(assistant: Assistant, week: date) -> tuple[datetime, datetime]:
    """From Monday 00:00 to the next, by the team's clock."""
    return assistant.team.midnight(week), assistant.team.midnight(week + WEEK)


def releases_of(assistant: Assistant, week: date) -> Sequence[Release]:
    """What went live in the week or in the three days before it."""
    start, end = window(assistant, week)
    rows = Release.objects.filter(
        assistant=assistant, went_live_at__gte=start - timedelta(days=3), went_live_at__lt=end
    )
    return list(rows.order_by("went_live_at")[:MAX_RELEASES])


def release_words(release: Release, team: Team, today: date) -> str:
    """One line about a release."""
    noticed = "" if release.announced else ", not announced"
    moment = words.day_time(team.local(release.went_live_at), today)
    return f"{release.get_kind_display()} {release.name}, live {moment}{noticed}"


def flag_figures(assistant: Assistant, week: date) -> FlagFigures:
    """Flags raised in the week and what came of them so far."""
    start, end = window(assistant, week)
    flags = list(
        Flag.objects.that_stand().filter(assistant=assistant, at__gte=start, at__lt=end)[:MAX_FLAGS]
    )
    came_of = Counter(outcome.code for outcome in outcomes(flags).values())
    return FlagFigures(len(flags), came_of["confirmed"], came_of["was_right"])
