"""Two people grade the same answer blind; where they disagree on good or not, a lead decides."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max

from reviews.models import Assignment, Grade, Priority, Verdict


def after_review(place: Assignment, at: datetime) -> None:
    """Keep the pair's other place from the same person, and send a disagreement to a lead."""
    others = list(
        Assignment.objects.select_for_update()
        .filter(sample_id=place.sample_id)
        .exclude(pk=place.pk)
    )
    for other in others:
        if other.state == Assignment.State.OPEN and other.not_for_id != place.reviewer_id:
            other.not_for_id = place.reviewer_id
            other.save(update_fields=["not_for"])
    done = [one for one in others if one.state == Assignment.State.DONE]
    if done:
        settle_pair(sample_id=place.sample_id, at=at)


def settle_pair(*, sample_id: int, at: datetime) -> None:
    """Open a lead's decision when blind reviews disagree on good or not, and close an open one
    when they no longer do."""
    verdicts = set(
        Grade.objects.newest()
        .filter(
            assignment__sample_id=sample_id,
            assignment__purpose=Assignment.Purpose.REVIEW,
            verdict__in=[Verdict.GOOD, Verdict.NOT_GOOD],
        )
        .values_list("verdict", flat=True)
    )
    decisions = Assignment.objects.filter(
        sample_id=sample_id, purpose=Assignment.Purpose.ADJUDICATION
    ).exclude(state=Assignment.State.WITHDRAWN)
    if len(verdicts) < 2:
        decisions.open().update(state=Assignment.State.WITHDRAWN)
    elif not decisions.exists():
        rows = Assignment.objects.filter(sample_id=sample_id)
        Assignment.objects.create(
            assistant_id=rows.values_list("assistant_id", flat=True)[0],
            sample_id=sample_id,
            slot=(rows.aggregate(Max("slot"))["slot__max"] or 0) + 1,
            purpose=Assignment.Purpose.ADJUDICATION,
            priority=Priority.ADJUDICATION,
            created_at=at,
        )
