"""Hand the next answer to a reviewer: one statement, one person, for fifteen minutes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OrderBy, OuterRef, Q, QuerySet, Subquery

from ingestion.models import Assistant
from portal.accounts.models import User
from reviews.models import Assignment, Grade, Priority, Skip, Verdict

LEASE = timedelta(minutes=15)
SKIPS_BEFORE_A_LEAD = 2

# The partial index assignment_open holds open rows only, in this order. Rows that others hold, or
# that this person has graded as the other half of a pair, are stepped over inside the index: one
# look for each row stepped over. With NOT EXISTS, young statistics made the planner read every
# place that this person ever held first.
CLAIM = """
UPDATE reviews_assignment AS claimed
SET reviewer_id = %(reviewer)s, claimed_at = %(at)s, lease_until = %(until)s,
    draft = CASE WHEN claimed.draft ->> 'reviewer' = %(reviewer)s::text
                 THEN claimed.draft END
WHERE claimed.id = (
    SELECT waiting.id FROM reviews_assignment AS waiting
    WHERE waiting.assistant_id = %(assistant)s AND waiting.state = 'open'
      AND waiting.purpose = %(purpose)s
      AND (waiting.lease_until IS NULL OR waiting.lease_until < %(at)s)
      AND waiting.not_for_id IS DISTINCT FROM %(reviewer)s
      AND (SELECT true FROM reviews_assignment AS other
           WHERE other.sample_id = waiting.sample_id AND other.id <> waiting.id
             AND other.reviewer_id = %(reviewer)s AND other.purpose = 'review'
             AND waiting.purpose = 'review' LIMIT 1) IS NULL
      AND (SELECT true FROM reviews_skip AS skipped
           WHERE skipped.sample_id = waiting.sample_id
             AND skipped.reviewer_id = %(reviewer)s AND waiting.purpose = 'review' LIMIT 1) IS NULL
    ORDER BY waiting.priority, waiting.id
    LIMIT 1
    FOR UPDATE SKIP LOCKED)
RETURNING claimed.id
"""


def claim(
    *,
    assistant: Assistant,
    reviewer: User,
    at: datetime,
    purpose: str = Assignment.Purpose.REVIEW,
) -> int | None:
    """Take the next waiting place for `reviewer`; its id, or None when nothing waits.

    Two windows of one person can reach for both places of a pair in the same moment. The database
    refuses the second; by then it sees the first, and steps over the pair.
    """
    values: dict[str, Any] = {
        "assistant": assistant.pk,
        "reviewer": reviewer.pk,
        "purpose": purpose,
        "at": at,
        "until": at + LEASE,
    }
    try:
        with transaction.atomic():
            return _claim_once(values)
    except IntegrityError:
        return _claim_once(values)


def _claim_once(values: dict[str, Any]) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, values)
        row = cursor.fetchone()
    return row[0] if row else None


def held(*, assistant: Assistant, reviewer: User, at: datetime) -> QuerySet[Assignment]:
    """The places this person holds now: those whose grade they took back, the last one first, then
    in the order they were taken."""
    undone = Grade.objects.filter(
        assignment=OuterRef("pk"), reviewer=OuterRef("reviewer"), verdict=Verdict.WITHDRAWN
    ).order_by("-graded_at")
    mine = Assignment.objects.open().filter(
        assistant=assistant, reviewer=reviewer, lease_until__gte=at
    )
    return mine.order_by(
        OrderBy(Subquery(undone.values("graded_at")[:1]), descending=True, nulls_last=True),
        "claimed_at",
        "id",
    )


def extend(*, assignment_ids: list[int], reviewer: User, at: datetime) -> int:
    """Hold on for another fifteen minutes; returns how many were still this person's."""
    return (
        Assignment.objects.open()
        .filter(pk__in=assignment_ids, reviewer=reviewer, lease_until__gte=at)
        .update(lease_until=at + LEASE)
    )


def release(*, assistant: Assistant, reviewer: User, at: datetime) -> int:
    """Give back everything this person holds; drafts stay and are theirs when they come back."""
    return held(assistant=assistant, reviewer=reviewer, at=at).update(
        reviewer=None, lease_until=None, claimed_at=None
    )


def save_draft(
    *, assignment: Assignment, reviewer: User, draft: dict[str, object], at: datetime
) -> bool:
    """Keep the half filled form and extend the lease; False when the place is no longer theirs."""
    kept = {**draft, "reviewer": reviewer.pk}
    return bool(
        Assignment.objects.open()
        .filter(pk=assignment.pk, reviewer=reviewer)
        .update(draft=kept, lease_until=at + LEASE)
    )


def skip(*, assignment: Assignment, reviewer: User, reason: str, at: datetime) -> bool:
    """Pass on an answer this person cannot grade; two skips send it to a lead.

    False when the place was not theirs any more.
    """
    with transaction.atomic():
        mine = (
            Assignment.objects.open()
            .select_for_update()
            .filter(pk=assignment.pk, reviewer=reviewer)
        )
        place = mine.first()
        if place is None:
            return False
        Skip.objects.get_or_create(
            sample_id=place.sample_id, reviewer=reviewer, defaults={"reason": reason, "at": at}
        )
        place.reviewer = place.lease_until = place.claimed_at = place.draft = None
        skips = Skip.objects.filter(sample_id=place.sample_id).count()
        if skips >= SKIPS_BEFORE_A_LEAD:
            place.purpose = Assignment.Purpose.ADJUDICATION
            place.priority = Priority.ADJUDICATION
        place.save()
    return True


def waiting_count(*, assistant: Assistant, reviewer: User, at: datetime, most: int = 1000) -> int:
    """How many reviews wait that this person could take, counted up to `most`."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=at) | Q(reviewer=reviewer)
    waiting = (
        Assignment.objects.open()
        .filter(
            free,
            assistant=assistant,
            purpose=Assignment.Purpose.REVIEW,
        )
        .filter(Q(not_for__isnull=True) | ~Q(not_for=reviewer))
    )
    passed_on = Skip.objects.filter(sample=OuterRef("sample"), reviewer=reviewer)
    waiting = waiting.exclude(Exists(passed_on))
    return waiting[:most].count()
