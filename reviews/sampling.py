"""Choose which answers people look at, each with a known chance.

New conversations are pulled from the intake exactly once; the decision about each is a keyed hash,
so it can be repeated. Random choices speak for all answers; flagged, thumbs-down and escalated ones
are added under their own reason and never mixed with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from ingestion.digest import batch_key, due_batches, mark_pulled
from ingestion.models import Assistant, Conversation, IntakeBatch, Signal
from portal.ticks.aside import Aside, each
from reviews.chances import SIGNAL_REASONS, draw_conversations, signal_chance
from reviews.models import (
    DRAWN,
    Assignment,
    Flag,
    Sample,
    SampleReason,
    SamplingPolicy,
)
from reviews.rollups import mark_days
from reviews.stats.chances import is_chosen, pick

TASK = "choose_samples"
SIGNALS_AT_A_TIME = 500
PRIORITY = {SampleReason.FLAGGED: 50}
NORMAL_PRIORITY, URGENT_PRIORITY = 100, 20


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
        stratum=conversation.kind if reason in DRAWN else "",
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
        twice = sample.reason in DRAWN and is_chosen(
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
    drawn = draw_conversations(policy, ids, at)
    samples = []
    for conversation in Conversation.objects.filter(pk__in=drawn).order_by("started_at", "pk"):
        positions = answer_positions(conversation)
        reason, chance = drawn[conversation.pk]
        samples.append(
            _sample(
                policy,
                conversation,
                reason=reason,
                chance=conversation.sample_rate * chance / len(positions),
                answer_index=pick(policy.key, conversation.external_id, positions),
                at=at,
            )
        )
    _queue(policy, _without_known(samples), at)
    return len(samples)


def _without_known(drawn: list[Sample]) -> list[Sample]:
    """The samples that are new. An answer that was flagged or signalled before its draw keeps its
    place in the queue and counts as random from now on: one item, source random. A conversation
    that came with its grades is not drawn again: those were not given by chance of ours, and stay
    told apart."""
    rows = list(
        Sample.objects.filter(conversation__in=[sample.conversation_id for sample in drawn])
    )
    known = {(sample.conversation_id, sample.answer_index): sample for sample in rows}
    settled = {
        sample.conversation_id
        for sample in rows
        if sample.reason in (SampleReason.IMPORTED, *DRAWN)
    }
    new = []
    for sample in drawn:
        if sample.conversation_id in settled:
            continue
        earlier = known.get((sample.conversation_id, sample.answer_index))
        if earlier is None:
            new.append(sample)
            continue
        earlier.reason, earlier.stratum = sample.reason, sample.stratum
        earlier.probability = sample.probability
        earlier.save(update_fields=["reason", "stratum", "probability"])
        mark_days(assistant_id=sample.assistant_id, days=[sample.day], at=sample.chosen_at)
    return new


def _choose_by_signal(policy: SamplingPolicy, aside: Aside, at: datetime) -> int:
    """Add conversations with bad signals, under their own reason and with their own chance.

    Each signal comes by here once, when it has its conversation: a day with a new thumbs-down is
    counted again, its answers are told apart from now on.
    """
    due = (
        Signal.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(
            assistant=policy.assistant,
            is_negative=True,
            pulled_at__isnull=True,
            conversation__isnull=False,
        )
        .exclude(pk__in=aside.waiting_ids("signal"))
        .select_related("conversation")
        .order_by("id")[:SIGNALS_AT_A_TIME]
    )
    chosen = aside.together(
        list(due),
        key=lambda signal: f"signal-{signal.pk}",
        assistant=lambda signal: signal.assistant_id,
        work=lambda some: _choose_signalled(policy, some, at),
    )
    return sum(chosen)


def _choose_signalled(policy: SamplingPolicy, due: Sequence[Signal], at: datetime) -> int:
    thumbed = {
        signal.conversation.day
        for signal in due
        if signal.name == Signal.Name.THUMBS and signal.conversation is not None
    }
    mark_days(assistant_id=policy.assistant_id, days=thumbed, at=at)
    taken = set(
        Sample.objects.filter(
            conversation__in=[signal.conversation_id for signal in due]
        ).values_list("conversation_id", flat=True)
    )
    chances = {reason: signal_chance(policy, reason, at) for reason in set(SIGNAL_REASONS.values())}
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
        elif not sample.assignments.exclude(state=Assignment.State.WITHDRAWN).exists():
            # An earlier flag was taken back, and its place with it.
            sample.assignments.update(state=Assignment.State.OPEN)
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
    """Decide about everything that is new: crash, and all of it is due again. One tick at a time
    for each assistant; a second one waits, and then finds nothing. A batch or a signal that cannot
    be decided about is set aside."""
    aside = Aside(task=TASK, at=at)
    policy = policy_of(assistant)
    policy.assistant = assistant
    with transaction.atomic():
        _wait_for_turn(policy)
        batches = due_batches(assistant=assistant, aside=aside)
        random = aside.together(
            batches,
            key=batch_key,
            assistant=lambda batch: batch.assistant_id,
            work=lambda some: _choose_from(policy, some, at),
        )
    with transaction.atomic():
        _wait_for_turn(policy)
        by_signal = _choose_by_signal(policy, aside, at)
        flagged, key = 0, f"flags-{assistant.pk}"
        if not aside.waits(key):
            with aside.sparing(key, assistant=assistant.pk):
                flagged = _choose_flagged(policy, at)
    pulled = sum(len(batch.conversation_ids) for batch in batches)
    return Chosen(pulled, sum(random), by_signal, flagged)


def _choose_from(policy: SamplingPolicy, batches: Sequence[IntakeBatch], at: datetime) -> int:
    """Decide about the conversations of these batches, and mark those as dealt with."""
    ids = [pk for batch in batches for pk in batch.conversation_ids]
    mark_pulled(batches, at=at)
    return _choose_random(policy, ids, at)


def _wait_for_turn(policy: SamplingPolicy) -> None:
    SamplingPolicy.objects.select_for_update().get(pk=policy.pk)


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


def choose_due(*, at: datetime, most: int) -> int:
    """Choose for every assistant, at most `most` bites each; returns how many were chosen."""
    done = each(
        task=TASK,
        items=Assistant.objects.select_related("team").order_by("pk"),
        key=lambda one: f"assistant-{one.pk}",
        assistant=lambda one: one.pk,
        work=lambda one: choose_all(assistant=one, at=at, most=most),
        at=at,
        whole=False,
    )
    return sum(did.random + did.by_signal + did.flagged for did in done)
