"""When more answers are looked at: for five days after a release, or after answers look different.

That is when a drop is likeliest, and three times the grades find it days sooner. The additional
answers are drawn at random too, with a known chance, so figures stay unbiased.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef

from ingestion.models import Assistant, Release
from portal import words
from reviews.measure.signals import DAY, LABELS
from reviews.models import DriftAlarm

TIMES = 3.0
DAYS = 5
# An alarm on an older day was found in history that came late: what it warned of is over.
NEWS = timedelta(days=7)


@dataclass(frozen=True)
class Boost:
    """More answers from day `first` to day `last`, both included, because `what` happened `on`."""

    first: date
    last: date
    what: str
    on: date

    def why(self, today: date) -> str:
        """The reason as half a sentence.

        >>> day = date(2026, 11, 17)
        >>> Boost(day, day, "Prompt 42 went live", day).why(day)
        'Prompt 42 went live on Tue 17 Nov'
        """
        return f"{self.what} on {words.day(self.on, today)}"


def boosts(*, assistant: Assistant, first: date, last: date) -> list[Boost]:
    """The boosts that touch the days from `first` to `last`, newest first, in two queries.

    The first release of its kind is what was running when the assistant was connected, and a new
    quality definition changes no answer: neither is a reason. `assistant.team` is read.
    """
    start = assistant.team.midnight(first - (DAYS - 1) * DAY)
    end = assistant.team.midnight(last + DAY)
    earlier = Release.objects.filter(
        assistant=assistant, kind=OuterRef("kind"), went_live_at__lt=OuterRef("went_live_at")
    )
    releases = Release.objects.filter(
        Exists(earlier), assistant=assistant, went_live_at__gte=start, went_live_at__lt=end
    ).exclude(kind=Release.Kind.DEFINITION)
    alarms = DriftAlarm.objects.filter(assistant=assistant, found_at__gte=start, found_at__lt=end)
    found = [
        _boost(assistant.team.day_of(release.went_live_at), f"{release} went live")
        for release in releases
    ]
    for alarm in alarms:
        seen = assistant.team.day_of(alarm.found_at)
        if seen - alarm.day <= NEWS:
            what = f"“{LABELS.get(alarm.signal, alarm.signal)}” left its usual range"
            found.append(_boost(seen, what, alarm.day))
    return sorted(found, key=lambda one: (one.first, one.what), reverse=True)


def in_words(*, assistant: Assistant, today: date) -> str:
    """Whether more answers are looked at today, why and until when; empty when they are not.
    `today` is the team's."""
    known = boosts(assistant=assistant, first=today, last=today)
    if not known:
        return ""
    until = words.day(max(one.last for one in known), today)
    why = words.listed([one.why(today) for one in known])
    return f"{TIMES:g} times as many are chosen until the end of {until}: {why}."


def _boost(first: date, what: str, on: date | None = None) -> Boost:
    return Boost(first, first + (DAYS - 1) * DAY, what, on or first)


def boosted_days(*, assistant: Assistant, days: Collection[date]) -> set[date]:
    """Those of `days` on which more answers are looked at."""
    if not days:
        return set()
    known = boosts(assistant=assistant, first=min(days), last=max(days))
    return {day for day in days if any(one.first <= day <= one.last for one in known)}
