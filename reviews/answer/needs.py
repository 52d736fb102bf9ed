"""What a lead is asked to do, at most three things, each with one button."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from portal import words
from reviews.answer.shown import Need
from reviews.answer.status import Status
from reviews.owners import Owned
from reviews.stats.enough_grades import minutes_for

MOST = 3
# From so many on, pairs of grades that differ cost enough to be said.
MANY_PAIRS = 5
HELD_UP = "until then shares are as graded, without a range: reviewers' errors are not known"
WIDER = "reviewers differ on them; ranges are wider until a lead decides"


def needs(status: Status | None, owned: Sequence[Owned], today: date) -> list[Need]:
    """Pairs that hold up every figure first, then an incident that nobody is on, gaps, grades that
    settle a fix, pairs that wait, late reviews, and too few grades."""
    found = []
    if status is not None and status.held_up:
        found.append(_decide_pairs(status.pairs_waiting, HELD_UP))
    if status is not None and status.nobody_on_it:
        found.append(
            Need(
                f"Nobody is on incident {status.incident}",
                "it stays as bad as it is until somebody takes it",
                "Open it",
                "incidents",
            )
        )
    gaps = [one.part.name for one in owned if one.is_gap]
    if gaps:
        title = f"{words.plural(len(gaps), 'part')} {'has' if len(gaps) == 1 else 'have'} no owner"
        found.append(Need(title, words.listed(gaps[:3]), "Name owners", "owners"))
    if status is not None and status.fix is not None and status.fix.needed:
        title = f"{words.plural(status.fix.needed, 'more grade')} to check the fix"
        found.append(Need(title, _work(status.fix.needed), "Ask reviewers", "queue"))
    if status is not None and status.pairs_waiting >= MANY_PAIRS and not status.held_up:
        found.append(_decide_pairs(status.pairs_waiting, WIDER))
    late = [one.part.name for one in owned if one.days_late(today)]
    if late:
        title = f"{words.plural(len(late), 'review')} {'is' if len(late) == 1 else 'are'} late"
        found.append(Need(title, words.listed(late[:3]), "See owners", "owners"))
    if status is not None and status.reading.code == "not_enough" and not status.lacks_days:
        more = "then a 10-point drop shows within two weeks"
        found.append(Need("More grades are needed", more, "Ask reviewers", "queue"))
    return found[:MOST]


def _decide_pairs(waiting: int, cost: str) -> Need:
    wait = "waits" if waiting == 1 else "wait"
    return Need(f"{words.plural(waiting, 'pair')} {wait} for a decision", cost, "Decide", "queue")


def _work(grades: int) -> str:
    return f"about {minutes_for(grades)} min of work"
