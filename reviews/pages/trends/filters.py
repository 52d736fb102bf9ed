"""What the address of the Trends page asks for, and what there is to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import QueryDict

from ingestion.models import Assistant, Release
from portal.accounts.models import Team
from reviews.measure.by_attribute import Attributes, channels_and_languages
from reviews.measure.criterion_levels import criteria_of
from reviews.measure.levels import DAY
from reviews.measure.values import Stretch
from reviews.models import Criterion

PERIODS = {"2": 14, "8": 56, "26": 182}
PERIOD = "8"
MOST_DAYS = 182
MOST_RELEASES = 100
CHOICES_DAYS = 56  # channels and languages are listed from these
COMPARED = ("a", "b", "a_from", "a_to", "b_from", "b_to")


@dataclass(frozen=True)
class Filters:
    """The address, read but not yet held against what there is; "" is no filter. `compared` are
    the values of `COMPARED` as they came."""

    kind: str = ""
    channel: str = ""
    language: str = ""
    release: str = ""
    criterion: str = ""
    period: str = PERIOD
    compared: tuple[str, ...] = ("",) * len(COMPARED)

    def value(self, name: str) -> str:
        """One of the values that say what to compare."""
        return self.compared[COMPARED.index(name)]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What narrows the chart, as the address has it."""
        pairs = [
            ("kind", self.kind),
            ("channel", self.channel),
            ("language", self.language),
            ("release", self.release),
            ("criterion", self.criterion),
            ("period", self.period if self.period != PERIOD else ""),
        ]
        return [(name, value) for name, value in pairs if value]

    @property
    def compared_pairs(self) -> list[tuple[str, str]]:
        """What is compared, as the address has it."""
        return [(name, value) for name, value in zip(COMPARED, self.compared, strict=True) if value]

    @property
    def query(self) -> str:
        """All of it, for links."""
        return urlencode(self.pairs + self.compared_pairs)

    @property
    def drill(self) -> str:
        """What a list of answers can be narrowed by, for links to it."""
        names = ("kind", "channel", "language")
        return urlencode([(name, value) for name, value in self.pairs if name in names])

    @property
    def attributes(self) -> Attributes:
        """The channel and language."""
        return Attributes(self.channel or None, self.language or None)


def read_filters(query: QueryDict) -> Filters:
    """The filters in an address; what is longer than text of ours is cut."""

    def text(name: str) -> str:
        return query.get(name, "")[:200]

    period = text("period")
    return Filters(
        kind=text("kind"),
        channel=text("channel"),
        language=text("language"),
        release=text("release"),
        criterion=text("criterion"),
        period=period if period in PERIODS else PERIOD,
        compared=tuple(text(name) for name in COMPARED),
    )


@dataclass(frozen=True)
class Choices:
    """What the filters offer; `releases` the newest first."""

    channels: Sequence[str]
    languages: Sequence[str]
    releases: Sequence[Release]
    criteria: Sequence[Criterion]


def choices(assistant: Assistant, today: date) -> Choices:
    """Everything to choose from but the kinds, which the figures know; three queries."""
    channels, languages = channels_and_languages(
        assistant, today - timedelta(days=CHOICES_DAYS - 1), today
    )
    releases = Release.objects.filter(assistant=assistant).order_by("-went_live_at", "-pk")
    return Choices(channels, languages, list(releases[:MOST_RELEASES]), criteria_of(assistant))


@dataclass(frozen=True)
class ShownFilters:
    """The filters that can be shown: `days` of the chart; `notes` say what was left out and why."""

    filters: Filters
    days: Stretch
    release: Release | None
    criterion: Criterion | None
    notes: Sequence[str]


def what_can_be_shown(filters: Filters, offered: Choices, team: Team, today: date) -> ShownFilters:
    """Keep what exists; whatever does not is left out and said."""
    notes = []
    release = find_release(filters.release, offered.releases)
    if filters.release and release is None:
        notes.append("There is no such release, so all days of the period are shown.")
        filters = replace(filters, release="")
    criterion = next((one for one in offered.criteria if one.key == filters.criterion), None)
    if filters.criterion and criterion is None:
        notes.append("There is no such criterion, so good answers are shown.")
        filters = replace(filters, criterion="")
    if criterion is not None and filters.attributes:
        notes.append(
            "Criteria are counted over all channels and languages, so those filters are left out."
        )
        filters = replace(filters, channel="", language="")
    days = Stretch(today - timedelta(days=PERIODS[filters.period] - 1), today)
    if release is not None:
        days = days_live(release, offered.releases, team, today)
    return ShownFilters(filters, days, release, criterion, notes)


def find_release(text: str, releases: Sequence[Release]) -> Release | None:
    """The release with this number, if it is one of these."""
    return next((one for one in releases if str(one.pk) == text), None)


def days_live(release: Release, releases: Sequence[Release], team: Team, today: date) -> Stretch:
    """From the day a release went live to the day before the next of its kind, at most half a
    year; one day at least."""
    first = min(team.day_of(release.went_live_at), today)
    later = [
        one.went_live_at
        for one in releases
        if one.kind == release.kind and one.went_live_at > release.went_live_at
    ]
    last = team.day_of(min(later)) - DAY if later else today
    last = max(min(last, today), first)
    return Stretch(max(first, last - timedelta(days=MOST_DAYS - 1)), last)
