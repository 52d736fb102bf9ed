"""Proof that somebody was handed a place, for grades that arrive after it was given back.

A grade can wait on a person's computer: no network, a sign-in that ran out. Meanwhile the sitting
ends and what was in hand is given back, though nobody else has taken it. The page carries a signed
note of who was handed which place; with it the grade is still taken. Without it nobody can grade a
place that they picked themselves.
"""

from __future__ import annotations

from datetime import timedelta

from django.core.signing import BadSignature, TimestampSigner

KEPT = timedelta(days=14)


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="reviews.grading.holding")


def proof_of(*, assignment_id: int, reviewer_id: int) -> str:
    """A note that this person was handed this place."""
    return _signer().sign(f"{assignment_id}:{reviewer_id}")


def is_proof(proof: str, *, assignment_id: int, reviewer_id: int) -> bool:
    """True for a note of `proof_of` about the same person and place, at most two weeks old."""
    try:
        return _signer().unsign(proof, max_age=KEPT) == f"{assignment_id}:{reviewer_id}"
    except BadSignature:
        return False
