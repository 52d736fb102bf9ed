"""With what chance conversations are chosen on a day; stored when first used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Sum

from ingestion.models import Assistant, Conversation, DayCount, Signal
from reviews.models import DRAWN, SampleReason, SamplingChance, SamplingPolicy
from reviews.sampling.boosts import TIMES, boosted_days
from reviews.stats.chances import allocate, draw

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


@dataclass(frozen=True)
class Chances:
    """Of a random choice: the `floor` that is always on, and the chance in force, which is larger
    while more answers are looked at."""

    floor: float
    in_force: float

    def reason(self, drawn: float) -> SampleReason | None:
        """Why a conversation that drew this number is chosen; None when it is not.

        Both reasons are one random sample, taken with the chance in force: the label only says
        which ones the floor alone would have taken.

        >>> chances = Chances(floor=0.1, in_force=0.3)
        >>> [chances.reason(drawn) for drawn in (0.05, 0.1, 0.3)]
        [SampleReason.RANDOM, SampleReason.BOOST, None]
        """
        if drawn < self.floor:
            return SampleReason.RANDOM
        return SampleReason.BOOST if drawn < self.in_force else None


def random_chances(
    policy: SamplingPolicy, day: date, kinds: set[str], at: datetime, *, boosted: bool
) -> dict[str, Chances]:
    """The chances in force for each kind on `day`; made when missing or outgrown.

    A boost that began on a day holds for the rest of it, so that a day knows few chances.
    """
    floors, boosts = _stored(policy, day, kinds)
    volumes = _volumes(policy.assistant, day)
    stale = {
        kind
        for kind in kinds
        if kind not in floors
        or (
            volumes.get(kind, 1.0) > OUTGROWN * floors[kind].basis
            and floors[kind].decided_at < at  # one chance a moment: each that was in force is kept
        )
    }

    def decide(reason: SampleReason, kind: str, chance: float, basis: float) -> SamplingChance:
        return SamplingChance(
            assistant=policy.assistant,
            day=day,
            reason=reason,
            stratum=kind,
            chance=chance,
            basis=basis,
            decided_at=at,
        )

    chances = allocate(policy.target_per_day, volumes) if stale else {}
    for kind in stale:
        chance = policy.rate or chances.get(kind, 1.0)
        floors[kind] = decide(SampleReason.RANDOM, kind, chance, volumes.get(kind, 1.0))
    more = {kind for kind in kinds if kind in boosts or boosted}
    renewed = {kind for kind in more if kind in stale or kind not in boosts}
    for kind in renewed:
        floor = floors[kind]
        boosts[kind] = decide(SampleReason.BOOST, kind, min(1.0, TIMES * floor.chance), floor.basis)
    new = [floors[kind] for kind in sorted(stale)] + [boosts[kind] for kind in sorted(renewed)]
    SamplingChance.objects.bulk_create(new, ignore_conflicts=True)
    return {
        kind: Chances(floors[kind].chance, boosts.get(kind, floors[kind]).chance) for kind in kinds
    }


def _stored(
    policy: SamplingPolicy, day: date, kinds: set[str]
) -> tuple[dict[str, SamplingChance], dict[str, SamplingChance]]:
    """The newest floor and the newest boost of each kind that has one on `day`."""
    newest: dict[str, dict[str, SamplingChance]] = {reason: {} for reason in DRAWN}
    rows = SamplingChance.objects.filter(
        assistant=policy.assistant, day=day, reason__in=DRAWN, stratum__in=kinds
    )
    for row in rows.order_by("decided_at"):
        newest[row.reason][row.stratum] = row
    return newest[SampleReason.RANDOM], newest[SampleReason.BOOST]


def decision(policy: SamplingPolicy, conversation: Conversation) -> float:
    """The number that decides about a conversation, for whoever checks it too: it is chosen if
    below the chance then in force (`SamplingChance`: the boost's if there is one, else the
    floor)."""
    return draw(policy.key, "random", conversation.external_id)


def draw_conversations(
    policy: SamplingPolicy, ids: Iterable[int], at: datetime
) -> dict[int, tuple[SampleReason, float]]:
    """Decide about each conversation; the chosen ones' ids with the reason and the chance in
    force."""
    by_day: dict[date, list[Conversation]] = {}
    light = Conversation.objects.only("external_id", "day", "kind")
    for conversation in light.filter(pk__in=ids).order_by("pk"):
        by_day.setdefault(conversation.day, []).append(conversation)
    boosted = boosted_days(assistant=policy.assistant, days=by_day.keys())
    drawn = {}
    for day, conversations in sorted(by_day.items()):
        kinds = {conversation.kind for conversation in conversations}
        chances = random_chances(policy, day, kinds, at, boosted=day in boosted)
        for conversation in conversations:
            reason = chances[conversation.kind].reason(decision(policy, conversation))
            if reason is not None:
                drawn[conversation.pk] = reason, chances[conversation.kind].in_force
    return drawn


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
