"""When an answer goes to two people, who grade it blind: their pairs show how far grades can be
trusted. What follows when they differ stands in reviews/grading/pairs.py."""

from __future__ import annotations

from reviews.models import DRAWN, Sample, SampleReason, SamplingPolicy
from reviews.stats.chances import is_chosen

# Some of these are graded by two people; which ones, chance says before anybody has graded.
TWICE = (*DRAWN, SampleReason.FLAGGED, SampleReason.THUMBS_DOWN)


def goes_to_two(policy: SamplingPolicy, sample: Sample) -> bool:
    """True for the share that the team chose, by the keyed hash of the conversation."""
    identity = sample.conversation.external_id
    return sample.reason in TWICE and is_chosen(policy.key, "double", identity, policy.double_share)
