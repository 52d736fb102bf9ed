"""Choose which answers people look at, each with a known chance.

New conversations are pulled from the intake exactly once; the decision about each is a keyed hash,
so it can be repeated. Random choices speak for all answers; flagged, thumbs-down and escalated ones
are added under their own reason and never mixed with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, Sum

from ingestion.digest import pull_batches
from ingestion.models import Assistant, Conversation, DayCount, Signal
from reviews.models import (
    Assignment,
    Flag,
    Sample,
    SampleReason,
    SamplingChance,
    SamplingPolicy,
)
from reviews.stats.chances import allocate, draw, is_chosen, pick

HISTORY = timedelta(days=7)
OUTGROWN = 2.0  # a day this much busier than thought gets its chance worked out again
SIGNALS_AT_A_TIME = 500
PRIORITY = {SampleReason.FLAGGED: 50}
NORMAL_PRIORITY, URGENT_PRIORITY = 100, 20
SIGNAL_REASONS = {
    Signal.Name.THUMBS: SampleReason.THUMBS_DOWN,
    Signal.Name.RATING: SampleReason.THUMBS_DOWN,
    Signal.Name.ESCALATION: SampleReason.ESCALATED,
}


@dataclass(frozen=True)
class Chosen:
    """What one tick did for one assistant."""

    pulled: int
    random: int
    by_signal: int
    flagged: int


def answer_positions(conversation: Conversation) -> list[int]:
    """Positions in `messages` of the assistant's messages that hold words."""
    return [
        index
        for index, message in enumerate(conversation.messages)
        if message["role"] == "assistant" and message["content"].strip()
    ]


def policy_of(assistant: Assistant) -> SamplingPolicy:
    """The assistant's policy, made with its defaults when first asked for."""
    policy, _ = SamplingPolicy.objects.get_or_create(assistant=assistant)
    return policy


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


def _random_chances(
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
        if kind not in current or volumes.get(kind, 1.0) > OUTGROWN * current[kind].basis
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


def _sample(
    policy: SamplingPolicy,
    conversation: Conversation,
    *,
    reason: SampleReason,
    chance: float,
    answer_index: int,
    at: datetime,
) -> Sample:
    return Sample(
        assistant_id=policy.assistant_id,
        conversation=conversation,
        answer_index=answer_index,
        reason=reason,
        probability=chance,
        stratum=conversation.kind if reason == SampleReason.RANDOM else "",
        day=conversation.day,
        kind=conversation.kind,
        chosen_at=at,
    )


def _queue(policy: SamplingPolicy, samples: Iterable[Sample], at: datetime) -> None:
    """Store samples and a place in the queue for each; a blind second one for some random ones."""
    stored = Sample.objects.bulk_create(samples)
    places = []
    for sample in stored:
        identity = sample.conversation.external_id
        twice = sample.reason == SampleReason.RANDOM and is_chosen(
            policy.key, "double", identity, policy.double_share
        )
        places += [
            Assignment(
                assistant_id=policy.assistant_id,
                sample=sample,
                slot=slot,
                priority=PRIORITY.get(SampleReason(sample.reason), NORMAL_PRIORITY),
                created_at=at,
            )
            for slot in (1, 2)[: 2 if twice else 1]
        ]
    Assignment.objects.bulk_create(places)


def _choose_random(policy: SamplingPolicy, ids: list[int], at: datetime) -> int:
    """Decide about each conversation; returns how many were chosen."""
    by_day: dict[date, list[Conversation]] = {}
    light = Conversation.objects.only("external_id", "day", "kind", "answers", "sample_rate")
    for conversation in light.filter(pk__in=ids).order_by("pk"):
        by_day.setdefault(conversation.day, []).append(conversation)
    lucky: dict[int, float] = {}
    for day, conversations in sorted(by_day.items()):
        kinds = {conversation.kind for conversation in conversations}
        chances = _random_chances(policy, day, kinds, at)
        for conversation in conversations:
            chance = chances[conversation.kind].chance
            if is_chosen(policy.key, "random", conversation.external_id, chance):
                lucky[conversation.pk] = chance
    samples = []
    for conversation in Conversation.objects.filter(pk__in=lucky).order_by("started_at", "pk"):
        positions = answer_positions(conversation)
        samples.append(
            _sample(
                policy,
                conversation,
                reason=SampleReason.RANDOM,
                chance=conversation.sample_rate * lucky[conversation.pk] / len(positions),
                answer_index=pick(policy.key, conversation.external_id, positions),
                at=at,
            )
        )
    _queue(policy, samples, at)
    return len(samples)


def _signal_chance(policy: SamplingPolicy, reason: SampleReason, at: datetime) -> float:
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


def _choose_by_signal(policy: SamplingPolicy, at: datetime) -> int:
    """Add conversations with bad signals, under their own reason and with their own chance."""
    due = list(
        Signal.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(
            assistant=policy.assistant,
            is_negative=True,
            pulled_at__isnull=True,
            conversation__isnull=False,
        )
        .select_related("conversation")
        .order_by("id")[:SIGNALS_AT_A_TIME]
    )
    if not due:
        return 0
    taken = set(
        Sample.objects.filter(
            conversation__in=[signal.conversation_id for signal in due]
        ).values_list("conversation_id", flat=True)
    )
    chances = {
        reason: _signal_chance(policy, reason, at) for reason in set(SIGNAL_REASONS.values())
    }
    samples = []
    for signal in due:
        conversation = signal.conversation
        if conversation is None or conversation.pk in taken:
            continue
        taken.add(conversation.pk)
        reason = SIGNAL_REASONS[Signal.Name(signal.name)]
        identity = conversation.external_id
        if is_chosen(policy.key, reason.value, identity, chances[reason]):
            positions = answer_positions(conversation)
            samples.append(
                _sample(
                    policy,
                    conversation,
                    reason=reason,
                    chance=conversation.sample_rate * chances[reason] / len(positions),
                    answer_index=pick(policy.key, identity, positions),
                    at=at,
                )
            )
    _queue(policy, samples, at)
    Signal.objects.filter(pk__in=[signal.pk for signal in due]).update(pulled_at=at)
    return len(samples)


def flagged_position(flag: Flag, conversation: Conversation) -> int:
    """The answer a flag is about: the one it names, else the last one."""
    positions = answer_positions(conversation)
    return flag.answer_index if flag.answer_index in positions else positions[-1]


def _choose_flagged(policy: SamplingPolicy, at: datetime) -> int:
    """Every flagged answer is looked at: join the sample it has, or make one."""
    due = list(
        Flag.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(
            assistant=policy.assistant,
            sample__isnull=True,
            withdrawn_at__isnull=True,
            conversation__isnull=False,
        )
        .select_related("conversation")
        .order_by("id")[:SIGNALS_AT_A_TIME]
    )
    for flag in due:
        conversation = flag.conversation
        assert conversation is not None  # noqa: S101 - filtered above
        position = flagged_position(flag, conversation)
        sample = Sample.objects.filter(conversation=conversation, answer_index=position).first()
        if sample is None:
            sample = _sample(
                policy,
                conversation,
                reason=SampleReason.FLAGGED,
                chance=1.0,
                answer_index=position,
                at=at,
            )
            _queue(policy, [sample], at)
        if flag.is_urgent:
            move_to_front(sample)
        Flag.objects.filter(pk=flag.pk).update(sample=sample)
    return len(due)


def move_to_front(sample: Sample) -> None:
    """Let an urgent answer be the next one somebody gets."""
    sample.assignments.filter(Q(state=Assignment.State.OPEN), priority__gt=URGENT_PRIORITY).update(
        priority=URGENT_PRIORITY
    )


def choose_samples(*, assistant: Assistant, at: datetime) -> Chosen:
    """Decide about everything that is new. One transaction: crash, and all of it is due again."""
    policy = policy_of(assistant)
    policy.assistant = assistant
    with transaction.atomic():
        ids = pull_batches(assistant=assistant, at=at)
        random = _choose_random(policy, ids, at) if ids else 0
    with transaction.atomic():
        by_signal = _choose_by_signal(policy, at)
        flagged = _choose_flagged(policy, at)
    return Chosen(len(ids), random, by_signal, flagged)


def choose_all(*, assistant: Assistant, at: datetime, most: int = 10_000) -> Chosen:
    """Choose until nothing new is left."""
    totals = [0, 0, 0, 0]
    for _ in range(most):
        did = choose_samples(assistant=assistant, at=at)
        step = (did.pulled, did.random, did.by_signal, did.flagged)
        totals = [one + two for one, two in zip(totals, step, strict=True)]
        if not any(step):
            break
    return Chosen(*totals)


def decision(policy: SamplingPolicy, conversation: Conversation) -> float:
    """The draw that decided about a conversation, for whoever checks it: chosen if below the
    chance then in force (`SamplingChance`)."""
    return draw(policy.key, "random", conversation.external_id)
