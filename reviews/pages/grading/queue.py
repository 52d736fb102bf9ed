"""What waits for a grade and why, and what a lead has before them who decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.models import Assistant
from reviews.models import Assignment, Grade, Skip

MOST = 100


@dataclass(frozen=True)
class QueuePage:
    """The next places in the order they are handed out, what a lead decides, and the kinds of what
    is shown."""

    rows: Sequence[Assignment]
    more: bool
    decisions: Sequence[Assignment]
    kinds: Sequence[str]


def queue_page(assistant: Assistant) -> QueuePage:
    """The first hundred of each."""
    waiting = (
        Assignment.objects.open()
        .filter(assistant=assistant)
        .select_related("sample__conversation", "reviewer")
    )
    reviews = waiting.filter(purpose=Assignment.Purpose.REVIEW).order_by("priority", "id")
    decisions = waiting.filter(purpose=Assignment.Purpose.ADJUDICATION).order_by("id")
    rows = list(reviews[: MOST + 1])
    return QueuePage(
        rows=rows[:MOST],
        more=len(rows) > MOST,
        decisions=list(decisions[:MOST]),
        kinds=sorted({row.sample.kind for row in rows if row.sample.kind}),
    )


@dataclass(frozen=True)
class Differing:
    """What was said of an answer that a lead decides: the grades, and who passed it on."""

    grades: Sequence[Grade]
    skips: Sequence[Skip]


def differing(place: Assignment) -> Differing:
    """What the blind reviews say now."""
    grades = (
        Grade.objects.that_count()
        .filter(assignment__sample=place.sample)
        .select_related("reviewer")
        .prefetch_related("levels__criterion", "levels__level")
    )
    return Differing(list(grades), list(place.sample.skips.select_related("reviewer")))


def decided_words(place: Assignment) -> str:
    """What to say to a lead who decides what another one decided."""
    who = place.reviewer if place.state == Assignment.State.DONE else None
    if who is None:
        return "There is nothing to decide any more: the reviews agree by now. Nothing was changed."
    return f"{who} decided it while you had it open. Nothing was changed; your comment is below."
