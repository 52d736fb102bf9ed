"""Find the days on which the answers began to look different; more of them are then looked at.

An alarm never says that quality fell. Once stored it stays, as the record of what was acted on.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Max

from ingestion.models import Assistant, DayCount
from portal.ticks.aside import each
from reviews.measure.signals import DAY, DailySignals, daily_signals, is_carried, own_unit
from reviews.models import DriftAlarm
from reviews.stats import drift
from reviews.stats.drift import Signal

METHOD = 1
WINDOW_DAYS = 70
# Thumbs, escalations and nightly uploads still come in after midnight.
SETTLING = timedelta(hours=6)


def last_complete_day(*, assistant: Assistant, at: datetime) -> date:
    """The newest day of the team that is over and has settled; `assistant.team` is read."""
    return assistant.team.day_of(at - SETTLING) - DAY


def find_drift(*, assistant: Assistant, at: datetime) -> list[DriftAlarm]:
    """Look at the last ten weeks and store the alarms that are new; returns those, by day.

    Each signal is watched from its last alarm on, so that an hour later the same days do not give
    other alarms. Six queries, however many days, kinds and signals; two more to store what is new.
    """
    last = last_complete_day(assistant=assistant, at=at)
    first = last - (WINDOW_DAYS - 1) * DAY
    daily = daily_signals(assistant=assistant, first=first, last=last)
    known = DriftAlarm.objects.filter(assistant=assistant, day__range=(first, last))
    newest = dict(known.values_list("signal").annotate(newest=Max("day")))
    goes_back = DayCount.objects.filter(assistant=assistant, day__lt=first).exists()
    alarms = [
        DriftAlarm(
            assistant=assistant,
            day=daily.day(one.day),
            signal=one.signal,
            rose=one.rose,
            usual=own_unit(one.signal, one.usual),
            now=own_unit(one.signal, one.now),
            method=METHOD,
            found_at=at,
        )
        for signal in daily.signals
        if is_carried(signal, daily.conversations)
        for one in _watch(daily, signal, newest.get(signal.name), goes_back)
    ]
    if not alarms:
        return []
    DriftAlarm.objects.bulk_create(alarms, ignore_conflicts=True)
    # Another tick may have been quicker with some of them.
    return list(
        DriftAlarm.objects.filter(assistant=assistant, found_at=at).order_by("day", "signal")
    )


def find_all(*, at: datetime) -> int:
    """Look at every assistant; returns how many alarms are new."""
    found = each(
        task="find_drift",
        items=Assistant.objects.select_related("team").order_by("pk"),
        key=lambda one: f"assistant-{one.pk}",
        assistant=lambda one: one.pk,
        work=lambda one: find_drift(assistant=one, at=at),
        at=at,
    )
    return sum(len(alarms) for alarms in found)


def _watch(
    daily: DailySignals, signal: Signal, newest: date | None, goes_back: bool
) -> list[drift.DriftAlarm]:
    """The alarms of one signal after its newest known one; days as rows of `daily`.

    Where the window cuts older days off, its first weeks lack their baseline. They were watched
    with it when they were new, so nothing is said about them now.
    """
    start = daily.row(newest) if newest else 0
    since = Signal(signal.name, signal.total[start:], signal.answers[start:], signal.is_rate)
    least = drift.HISTORY_DAYS if goes_back and newest is None else 0
    return [
        drift.DriftAlarm(start + one.day, one.signal, one.rose, one.usual, one.now)
        for one in drift.find_drift([since])
        if one.day >= least
    ]


def drift_days(*, assistant: Assistant, first: date, last: date) -> list[date]:
    """The days from `first` to `last`, both included, on which any signal left its usual range."""
    found = DriftAlarm.objects.filter(assistant=assistant, day__range=(first, last))
    return list(found.order_by("day").values_list("day", flat=True).distinct())
