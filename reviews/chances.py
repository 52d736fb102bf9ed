"""With what chance conversations are chosen on a day; stored when first used."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Sum

from ingestion.models import Assistant, DayCount, Signal
from reviews.models import SampleReason, SamplingChance, SamplingPolicy
from reviews.stats.chances import allocate

HISTORY = timedelta(days=7)
OUTGROWN = 2.0  # a day this much busier than thought gets its chance worked out again
SIGNAL_REASONS = {
    Signal.Name.THUMBS: SampleReason.THUMBS_DOWN,
    Signal.Name.RATING: SampleReason.THUMBS_DOWN,
    Signal.Name.ESCALATION: SampleReason.ESCALATED,
}


def _volumes(assistant: Assistant, day: date) -> dict[str, float]:
    """Expected conversations of each kind on `day`: last week's daily mean, or what has come
    already when that is more."""
    before = DayCount.objects.filter(assistant=assistant, day__gte=day - HISTORY, day__lt=day)
    week = before.values("kind").annotate(seen=Sum("conversations"))
    days = max(before.values("day").distinct().count(), 1)
    volumes = {row["kind"]: row["seen"] / days for row in week}
    so_far = DayCount.objects.filter(assistant=assistant, day=day)
    for kind, seen in so_far.values_list("kind", "conversations"):
        volumes[kind] = max(volumes.get(kind, 0.0), float(seen))
    return volumes


def random_chances(
    policy: SamplingPolicy, day: date, kinds: set[str], at: datetime
) -> dict[str, SamplingChance]:
    """The chance in force for each kind on `day`; made when missing or outgrown."""
    assistant = policy.assistant
    rows = SamplingChance.objects.filter(
        assistant=assistant, day=day, reason=SampleReason.RANDOM, stratum__in=kinds
    ).order_by("decided_at")
    current = {row.stratum: row for row in rows}
    volumes = _volumes(assistant, day)
    stale = {
        kind
        for kind in kinds
        if kind not in current
        or (
            volumes.get(kind, 1.0) > OUTGROWN * current[kind].basis
            and current[kind].decided_at < at  # one chance a moment: each that was in force is kept
        )
    }
    if not stale:
        return current
    chances = allocate(policy.target_per_day, volumes)
    for kind in stale:
        current[kind] = SamplingChance(
            assistant=assistant,
            day=day,
            reason=SampleReason.RANDOM,
            stratum=kind,
            chance=policy.rate or chances.get(kind, 1.0),
            basis=volumes.get(kind, 1.0),
            decided_at=at,
        )
    SamplingChance.objects.bulk_create(
        [current[kind] for kind in sorted(stale)], ignore_conflicts=True
    )
    return current


def signal_chance(policy: SamplingPolicy, reason: SampleReason, at: datetime) -> float:
    """The chance for a conversation with a bad signal: the daily cap over last week's mean."""
    names = [name for name, why in SIGNAL_REASONS.items() if why == reason]
    seen = Signal.objects.filter(
        assistant=policy.assistant,
        is_negative=True,
        name__in=names,
        at__gte=at - HISTORY,
        at__lt=at,
    ).count()
    a_day = max(seen / HISTORY.days, 1.0)
    share = policy.signals_per_day / len(set(SIGNAL_REASONS.values()))
    return min(1.0, max(share, 0.1) / a_day)
