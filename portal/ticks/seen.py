"""What is seen of periodic work: on the set-up page, on /metrics and on /health/ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count

from portal.ticks.models import SetAside
from portal.ticks.notes import BEAT
from portal.ticks.runs import Ran, all_runs, short
from portal.timetable import TIMETABLE

# A tick may take four minutes, and there are two processes: after so many seconds without any tick
# that came to its end, a program does not work, or does not keep up.
LATE_AFTER = 120.0
SHOWN = 10
WORDS = {
    "digest_intake": "Counting conversations that came in",
    "remake_search": "Making older conversations findable",
    "prune_refusals": "Forgetting old refusals",
    "choose_samples": "Choosing answers for review",
    "make_rollups": "Counting the grades of a day",
    "find_drift": "Looking whether answers look different",
    "watch_due": "Looking whether answers got worse",
    "look_back": "Looking back on the last weeks",
    "hold_drills": "Holding a fire drill",
    "thin_out_assessments": "Forgetting old looks",
    "find_parts": "Finding parts",
    "write_reports": "Writing a weekly report",
    "write_alerts": "Writing alerts",
    "notice_silence": "Noticing that nothing arrives",
}
KINDS = {
    "batch": "batch",
    "conversation": "conversation",
    "signal": "signal",
    "flag": "flag",
    "event": "event",
    "drill": "drill",
}


@dataclass(frozen=True)
class Waiting:
    """A thing that was set aside, in words for an admin."""

    what: str
    which: str
    why: str
    where: str
    since: datetime
    tries: int
    next_at: datetime


def waiting_of(assistant_id: int) -> tuple[list[Waiting], int]:
    """What of an assistant is set aside, the oldest SHOWN of it, and how many things it is."""
    rows = SetAside.objects.filter(assistant=assistant_id).order_by("first_seen_at", "pk")
    shown = [
        Waiting(
            what=WORDS.get(row.task, row.task),
            which=_which(row.key),
            why=row.reason,
            where=f"{row.error} in {row.place}" if row.place else row.error,
            since=row.first_seen_at,
            tries=row.tries,
            next_at=row.next_try_at,
        )
        for row in rows[:SHOWN]
    ]
    return shown, len(shown) if len(shown) < SHOWN else rows.count()


def _which(key: str) -> str:
    """The part of a key that tells things of an assistant apart.

    >>> [_which(key) for key in ("batch-82", "day-7-2026-11-17", "report-7-quality-2026-11-16")]
    ['batch 82', '2026-11-17', 'quality, 2026-11-16']
    >>> _which("assistant-7")
    ''
    """
    kind, _, rest = key.partition("-")
    if kind in KINDS:
        return f"{KINDS[kind]} {rest}"
    if kind in ("day", "report"):
        name, _, week = rest.partition("-")[2].partition("-") if kind == "report" else ("", "", "")
        return f"{name}, {week}" if name else rest.partition("-")[2]
    return ""


def set_aside_counts() -> dict[str, int]:
    """How many things each task has set aside; every task of the timetable is there."""
    counts = dict.fromkeys((short(name) for name, _ in TIMETABLE), 0)
    rows = SetAside.objects.values_list("task").annotate(many=Count("pk"))
    return counts | dict(rows)


def program_of(task: str) -> str:
    """Which program runs a task: the worker, or the one outside."""
    route = settings.CELERY_TASK_ROUTES.get(task, {})
    return "worker" if route.get("queue", "plumbline") == "plumbline" else str(route["queue"])


def ages(runs: Sequence[Ran]) -> Mapping[str, float | None]:
    """Seconds since each program did something last; None when it never did."""
    known = {one.name: one.succeeded for one in runs}
    found: dict[str, float | None] = {}
    for name, _ in TIMETABLE:
        program, age = program_of(name), known.get(short(name))
        best = found.get(program)
        found[program] = age if best is None else best if age is None else min(best, age)
    return found | {BEAT: known.get(BEAT)}


def programs() -> dict[str, dict[str, object]]:
    """How long ago worker, the one outside and beat worked, and whether that is too long."""
    return {
        name: {
            "working": age is not None and age <= LATE_AFTER,
            "age_seconds": None if age is None else round(max(age, 0.0), 1),
        }
        for name, age in ages(all_runs()).items()
    }


def late_words(found: Mapping[str, Mapping[str, object]]) -> list[str]:
    """Which programs have not worked for too long, and for how long, each in a sentence."""
    return [
        f"{name} has never worked."
        if one["age_seconds"] is None
        else f"{name} has not worked for {one['age_seconds']:.0f} seconds."
        for name, one in found.items()
        if not one["working"]
    ]
