"""Rollups counted once more, in plain Python from the grades, flags and signals."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from ingestion.models import Conversation
from reviews.models import CriterionRollup, FlaggedCount, Grade, Rollup, Sample

Counts = Counter[tuple[Any, ...]]
VERDICTS = ("good", "not_good", "cannot_judge")


def is_flagged(conversation: Conversation) -> bool:
    """Flagged or thumbed down, as things stand."""
    flags = conversation.flags.filter(withdrawn_at=None)
    return flags.exists() or conversation.signals.filter(name="thumbs", value=-1).exists()


def gold_of(sample: Sample, current: list[Grade]) -> int:
    """What two blind reviews of an answer come to; a lead decides when they differ, until then it
    is -2."""
    pair = [
        grade.verdict
        for grade in current
        if grade.assignment.purpose == "review" and grade.assignment.slot in (1, 2)
        and grade.verdict in ("good", "not_good")
    ]  # fmt: skip
    if sample.reason not in ("random", "boost", "flagged", "thumbs_down") or len(pair) < 2:
        return -1
    if pair[0] != pair[1]:
        leads = [one.verdict for one in current if one.assignment.purpose == "adjudication"]
        pair = leads[-1:] or ["nobody"]
    return {"good": 0, "not_good": 1, "nobody": -2}.get(pair[0], -1)


def plain_count() -> Counts:
    """The current grades, counted in Python."""
    by_sample: dict[Sample, list[Grade]] = defaultdict(list)
    for grade in Grade.objects.filter(superseded_by=None).exclude(verdict="withdrawn").order_by(
        "assignment__done_at", "assignment_id"
    ):  # fmt: skip
        by_sample[grade.assignment.sample].append(grade)
    counts: Counts = Counter()
    for sample, current in by_sample.items():
        reviews = [grade for grade in current if grade.assignment.purpose == "review"]
        first = (reviews or current)[0]
        for grade in current:
            later = "second" if grade in reviews else "adjudication"
            counts[
                sample.day, sample.kind, sample.reason, grade.version_id, grade.reviewer_id,
                "first" if grade == first else later,
                is_flagged(sample.conversation), gold_of(sample, current), grade.verdict,
            ] += 1  # fmt: skip
    return counts


def stored_count() -> Counts:
    """The same from the rollups."""
    counts: Counts = Counter()
    for row in Rollup.objects.all():
        for verdict in VERDICTS:
            counts[
                row.day, row.kind, row.reason, row.version_id, row.reviewer_id,
                row.place, row.flagged, row.gold, verdict,
            ] += getattr(row, verdict)  # fmt: skip
    return +counts


def plain_flagged() -> dict[tuple[Any, ...], tuple[int, int]]:
    """Flagged conversations of each day and kind, and their answers."""
    counts: dict[tuple[Any, ...], tuple[int, int]] = {}
    for one in Conversation.objects.all():
        if is_flagged(one):
            number, answers = counts.get((one.day, one.kind), (0, 0))
            counts[one.day, one.kind] = number + 1, answers + one.answers
    return counts


def stored_flagged() -> dict[tuple[Any, ...], tuple[int, int]]:
    """The same from the counts of flagged traffic."""
    return {
        (row.day, row.kind): (row.conversations, row.answers) for row in FlaggedCount.objects.all()
    }


def every_row() -> list[list[tuple[Any, ...]]]:
    """All counts there are, to compare before and after."""
    return [
        sorted(
            (
                tuple(row.values())
                for row in model._default_manager.values(
                    *(f.attname for f in model._meta.fields if f.attname != "id")
                )
            ),
            key=str,
        )
        for model in (Rollup, CriterionRollup, FlaggedCount)
    ]
