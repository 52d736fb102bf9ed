"""Into which stretches a chart's days fall: calm ones, drops, and what came after each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from portal import words
from portal.accounts.models import Team
from reviews.charts.days import Onset
from reviews.measure.levels import DAY, USUAL_DAYS
from reviews.measure.readings import Badge, badge_of_change
from reviews.measure.series import Series, place_of
from reviews.measure.values import Stretch
from reviews.models import Incident
from reviews.watch.known import known_of

THIS_WEEK = 7
CALM, EARLIER, LAST_WEEK = "Usual", "Earlier", "Last week"


@dataclass(frozen=True)
class Phase:
    """Days that belong together; `tone` is "", "bad" or "good"."""

    days: Stretch
    name: str
    tone: str

    @property
    def badge(self) -> Badge:
        """Its name with tint and icon."""
        return badge_of_change(self.name, self.tone)


@dataclass(frozen=True)
class Drop:
    """An incident in days: `end` is the first day after it, None while it lasts."""

    number: int
    first: date
    end: date | None
    after: str
    after_tone: str
    onset: Stretch


def drops(incidents: Sequence[Incident], kind: str | None, team: Team) -> list[Drop]:
    """The incidents that concern a kind (None: all), in the order they started. What turned out
    to be no drop is none."""
    mine = [
        one
        for one in incidents
        if one.outcome != Incident.Outcome.NOT_A_DROP
        and (kind is None or one.all_kinds or one.kind == kind)
    ]
    return [_drop(one, team) for one in sorted(mine, key=lambda one: (one.onset_best, one.pk))]


def _drop(incident: Incident, team: Team) -> Drop:
    found = known_of(incident)
    end, after, tone = incident.better_since, "Back again", "good"
    if found is not None and found.check is not None and end is None:
        failed = found.check.outcome in ("partly", "not_fixed")
        end = found.check.since_days.first
        after, tone = ("After the fix", "bad") if failed else ("Since the fix", "good")
    if not incident.is_open:
        tone = ""
        if end is None and incident.closed_at is not None:
            end, after = team.day_of(incident.closed_at), "Accepted since"
    onset = Stretch(incident.onset_low, incident.onset_high)
    return Drop(incident.number, incident.onset_best, end, after, tone, onset)


def phases(days: Stretch, drops: Sequence[Drop], series: Sequence[Series]) -> list[Phase]:
    """The stretches of `days`, in order, without gaps. None crosses a break of the series. As on
    Home, calm days end in a week of their own, and the usual level is that of the four weeks
    before it or before a drop; calm days before those come in fours of weeks as well."""
    labels = [_label(days.first + number * DAY, drops, series) for number in range(_count(days))]
    found = []
    start = days.first
    for (_, name, tone), group in groupby(labels):
        length = len(list(group))
        found.append(Phase(Stretch(start, start + timedelta(days=length - 1)), name, tone))
        start += timedelta(days=length)
    return [part for place, one in enumerate(found) for part in _parts(one, place, len(found))]


def _parts(phase: Phase, place: int, of: int) -> list[Phase]:
    """A calm phase as its usual weeks and what is before and after them; any other as it is."""
    if phase.name != CALM:
        return [phase]
    parts: list[Phase] = []
    first, last = phase.days.first, phase.days.last
    if place == of - 1 and _count(phase.days) >= 2 * THIS_WEEK:
        turn = last - timedelta(days=THIS_WEEK - 1)
        parts, last = [Phase(Stretch(turn, last), LAST_WEEK, "")], turn - DAY
    name = CALM
    while first <= last:
        start = max(first, last - timedelta(days=USUAL_DAYS - 1))
        if name == EARLIER and (start - first).days < USUAL_DAYS / 2:
            start = first  # too few days before it to stand alone
        parts.insert(0, Phase(Stretch(start, last), name, ""))
        name, last = EARLIER, start - DAY
    return parts


def _count(days: Stretch) -> int:
    return (days.last - days.first).days + 1


def _label(day: date, drops: Sequence[Drop], series: Sequence[Series]) -> tuple[int, str, str]:
    """What a day belongs to: a drop that lasts comes before one that is over."""
    place = place_of(series, day)
    begun = [one for one in drops if one.first <= day]
    lasting = [one for one in begun if one.end is None or day < one.end]
    if lasting:
        return place, f"Incident {lasting[-1].number}", "bad"
    if begun:
        over = max(begun, key=lambda one: one.end or one.first)
        return place, f"{over.after}, incident {over.number}", over.after_tone
    return place, CALM, ""


def onset_in(days: Stretch, drops: Sequence[Drop], today: date) -> Onset | None:
    """The days between which the newest drop in view started."""
    seen = [one for one in drops if one.onset.last >= days.first and one.onset.first <= days.last]
    if not seen:
        return None
    first, last = max(seen[-1].onset.first, days.first), min(seen[-1].onset.last, days.last)
    low, high = seen[-1].onset.first, seen[-1].onset.last
    said = words.day(low, today) if low == high else words.day_range(low, high, today)
    return Onset(first, last, f"Started {said}")
