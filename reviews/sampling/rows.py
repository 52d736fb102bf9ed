"""A chosen answer as rows: the sample, and its places in the queue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ingestion.models import Conversation
from reviews.models import DRAWN, Assignment, Priority, Sample, SampleReason, SamplingPolicy
from reviews.sampling.two_reviewers import goes_to_two


def sample_of(
    policy: SamplingPolicy,
    conversation: Conversation,
    *,
    reason: SampleReason,
    chance: float,
    answer_index: int,
    at: datetime,
) -> Sample:
    """An answer chosen with this chance, not stored yet."""
    return Sample(
        assistant_id=policy.assistant_id,
        conversation=conversation,
        answer_index=answer_index,
        reason=reason,
        probability=chance,
        stratum=conversation.kind if reason in DRAWN else "",
        day=conversation.day,
        kind=conversation.kind,
        chosen_at=at,
    )


def queue_samples(policy: SamplingPolicy, samples: Iterable[Sample], at: datetime) -> list[Sample]:
    """Store samples and a place in the queue for each; a blind second one for some of those that
    estimates rest on: the random ones, and the flagged ones (STATISTICS 13.1)."""
    stored = Sample.objects.bulk_create(samples)
    places = []
    for sample in stored:
        is_flagged = sample.reason == SampleReason.FLAGGED
        places += [
            Assignment(
                assistant_id=policy.assistant_id,
                sample=sample,
                slot=slot,
                priority=Priority.FLAGGED if is_flagged else Priority.NORMAL,
                created_at=at,
            )
            for slot in ((1, 2) if goes_to_two(policy, sample) else (1,))
        ]
    Assignment.objects.bulk_create(places)
    return stored
