"""A fire drill on an assistant's own weeks, in people's words.

A lead asks for it, a tick holds it, the page reads what came of it: walking through the weeks of a
busy team twenty times takes seconds.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import inf
from statistics import quantiles

import msgspec
from django.db import transaction
from django.db.models import F, Q, QuerySet

from ingestion.models import Assistant
from portal.accounts.models import User
from portal.stored import shaped
from portal.ticks.aside import Aside, each
from portal.words import plural
from reviews.answer.look_back import Kept
from reviews.answer.names import NO_KIND
from reviews.backtest.drill import Drill, Plan, run_drill
from reviews.models import HeldDrill
from reviews.watch.drills import note_drill
from reviews.watch.history import recorded_of

WEEKS = 12
LEAST_BEFORE = 15  # days before the planted one: an alarm takes more than fourteen
TASK = "hold_drills"
SECONDS = 8.0  # for all tries together
AGAIN = timedelta(hours=1)  # the same drop is not planted anew before
KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Ground:
    """The weeks a drill is held on, with their kinds in the order of their numbers."""

    first: date
    last: date
    kinds: list[str]

    @property
    def names(self) -> list[str]:
        """The kinds as people read them."""
        return [kind or NO_KIND for kind in self.kinds]

    @property
    def earliest(self) -> date:
        """The first day on which a drop can be planted."""
        return date.fromordinal(self.first.toordinal() + LEAST_BEFORE)

    @property
    def usual_day(self) -> date:
        """Four weeks before the end: long enough for most drops to be found."""
        return max(self.earliest, date.fromordinal(self.last.toordinal() - 27))


@dataclass(frozen=True)
class Choice:
    """What is planted; `kind` is one of the weeks' kinds by its name, None for all alike."""

    points: int
    kind: str | None
    day: date


@dataclass(frozen=True)
class DrillWords:
    """What came of a drill: the headline and the lines below it."""

    headline: str
    how_fast: str
    spread: str
    found: str
    kind: str
    start: str
    graded: str
    is_good: bool
    is_warm: bool
    tries: int


@dataclass(frozen=True)
class Held:
    """A drill that was asked for: `words` as of a moment; None while it is being held, or,
    `is_stuck`, cannot be."""

    as_of: datetime | None
    words: DrillWords | None
    is_stuck: bool


def ground(look_back: Kept) -> Ground | None:
    """The twelve weeks that were looked back on; None while they are too short for a drill, or
    nothing in them is graded."""
    page = look_back.page
    if page is None or (page.last - page.first).days <= LEAST_BEFORE:
        return None
    return Ground(page.first, page.last, list(page.kinds))


def _rows(assistant: Assistant, here: Ground, choice: Choice) -> QuerySet[HeldDrill]:
    return HeldDrill.objects.filter(
        assistant=assistant,
        last=here.last,
        points=choice.points,
        all_kinds=choice.kind is None,
        kind=choice.kind or "",
        day=choice.day,
    )


def ask(*, assistant: Assistant, here: Ground, choice: Choice, by: User, at: datetime) -> None:
    """Ask for a drill; for one that was held lately, only its result is shown again. That somebody
    tried the alarm is written down once a day."""
    made = HeldDrill(
        assistant=assistant,
        first=here.first,
        last=here.last,
        points=choice.points,
        all_kinds=choice.kind is None,
        kind=choice.kind or "",
        day=choice.day,
        asked_at=at,
    )
    with transaction.atomic():
        HeldDrill.objects.bulk_create([made], ignore_conflicts=True)
        _rows(assistant, here, choice).filter(as_of__lte=at - AGAIN).update(asked_at=at)
        note_drill(assistant=assistant, by=by, at=at)


def held(*, assistant: Assistant, here: Ground, choice: Choice, at: datetime) -> Held | None:
    """What came of a drill; None when nobody asked for it, or when that cannot be read."""
    row = _rows(assistant, here, choice).first()
    if row is None:
        return None
    if row.as_of is None or row.content is None or row.as_of < row.asked_at:
        return Held(None, None, Aside(task=TASK, at=at).waits(_key(row)))
    found = shaped(row.content, DrillWords, of=f"drill {row.pk}")
    return Held(row.as_of, found, is_stuck=False) if found else None


def hold_due(*, at: datetime, until: float = inf) -> int:
    """Hold the drills that were asked for, until a time of time.monotonic(), and forget old ones;
    returns how many were held."""
    HeldDrill.objects.filter(asked_at__lt=at - KEPT_FOR).delete()
    done = each(
        task=TASK,
        items=_asked_for(until),
        key=_key,
        assistant=lambda one: one.assistant_id,
        work=lambda one: _hold(one, at),
        at=at,
    )
    return len(done)


def _asked_for(until: float) -> Iterator[HeldDrill]:
    rows = HeldDrill.objects.filter(Q(as_of=None) | Q(as_of__lt=F("asked_at")))
    for row in rows.select_related("assistant__team").order_by("asked_at", "pk"):
        if time.monotonic() >= until:
            return
        yield row


def _key(row: HeldDrill) -> str:
    return f"drill-{row.pk}"


def _hold(row: HeldDrill, at: datetime) -> None:
    """Plant the drop and say what came of it. The same choice gives the same answer."""
    history = recorded_of(row.assistant, row.first, row.last).history
    kind = None if row.all_kinds else list(history.kinds).index(row.kind)
    plan = Plan(row.points, kind, row.day.toordinal())
    seed = zlib.crc32(f"{row.last} {row.points} {kind} {row.day}".encode())
    drill = run_drill(history, plan, seed=seed, seconds=SECONDS)
    words = _words(drill, "all kinds" if row.all_kinds else row.kind or NO_KIND)
    row.as_of, row.content = at, msgspec.to_builtins(words)
    row.save(update_fields=["as_of", "content"])


def _words(drill: Drill, kind: str) -> DrillWords:
    tries, found = len(drill.attempts), len(drill.found)
    days = sorted(one.days for one in drill.attempts if one.days is not None)
    what = f"A drop of {plural(drill.plan.points, 'point')} in {kind}"
    times = plural(drill.days, "day")
    if not found:
        headline = f"{what} would not have been found within {times}."
    else:
        middle = int((drill.median_days or 0) + 0.5)
        headline = (
            f"{what} would have been found in {found} of {tries} tries, "
            f"half of them within {plural(middle, 'day')}."
        )
    spread = ""
    if len(days) > 3:
        tenths = quantiles(days, n=10, method="inclusive")
        spread = f"mostly {int(tenths[0] + 0.5)} to {int(tenths[-1] + 0.5)}"
    return DrillWords(
        headline=headline,
        how_fast=plural(int((drill.median_days or 0) + 0.5), "day") if found else "Not found",
        spread=spread or (f"within the {times} that are left" if not found else ""),
        found=f"{found} of {tries}",
        kind=f"{drill.kinds_right} of {found}" if found else "Not found",
        start=f"{drill.dates_right} of {found}" if found else "Not found",
        graded=f"{drill.graded:.0f}" if drill.graded >= 1 else f"{drill.graded:.1f}",
        is_good=found > 0.8 * tries,
        is_warm=drill.is_warm,
        tries=tries,
    )
