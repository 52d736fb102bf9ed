"""Choose which answers people look at, each with a known chance.

New conversations are pulled from the intake exactly once; the decision about each is a keyed hash,
so it can be repeated. Random choices speak for all answers; flagged, thumbs-down and escalated ones
are added under their own reason and never mixed with them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ingestion.digest import batch_key, due_batches, mark_pulled
from ingestion.models import Assistant, Conversation, IntakeBatch, Signal
from portal.accounts import audit
from portal.accounts.models import User
from portal.ticks.aside import Aside, each
from reviews.measure.rollups import mark_days
from reviews.models import DRAWN, Sample, SampleReason, SamplingPolicy
from reviews.sampling.chances import SIGNAL_REASONS, draw_conversations, signal_chance
from reviews.sampling.flags import choose_flagged
from reviews.sampling.rows import queue_samples as _queue
from reviews.sampling.rows import sample_of
from reviews.stats.chances import is_chosen, pick

TASK = "choose_samples"
CHANGED = "sampling.changed"
SIGNALS_AT_A_TIME = 500
# Most signals choose nothing: what was said is read only where it is needed.
TEXTS = ("conversation__messages", "conversation__passages", "conversation__attributes")


@dataclass(frozen=True)
class Chosen:
    """What one tick did for one assistant."""

    pulled: int
    random: int
    by_signal: int
    flagged: int


def policy_of(assistant: Assistant) -> SamplingPolicy:
    """The assistant's policy, made with its defaults when first asked for."""
    policy, _ = SamplingPolicy.objects.get_or_create(assistant=assistant)
    return policy


def shown_policy_of(assistant: Assistant) -> SamplingPolicy:
    """The assistant's policy for a page: a new one's defaults are not kept because of a look."""
    found = SamplingPolicy.objects.filter(assistant=assistant).first()
    return found or SamplingPolicy(assistant=assistant)


def change_policy(*, policy: SamplingPolicy, fields: Sequence[str], by: User, at: datetime) -> None:
    """Keep how answers are chosen as it is in `policy`, of which `fields` were changed."""
    with transaction.atomic():
        policy.save()
        audit.record(
            team=policy.assistant.team,
            actor=by,
            action=CHANGED,
            subject=policy.assistant.name,
            at=at,
            fields=list(fields),
        )


def _choose_random(policy: SamplingPolicy, ids: list[int], at: datetime) -> int:
    """Decide about each conversation; returns how many were chosen."""
    drawn = draw_conversations(policy, ids, at)
    samples = []
    for conversation in Conversation.objects.filter(pk__in=drawn).order_by("started_at", "pk"):
        positions = conversation.answer_positions
        reason, chance = drawn[conversation.pk]
        samples.append(
            sample_of(
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
        .defer(*TEXTS)
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
    drawn: dict[int, SampleReason] = {}
    for signal in due:
        conversation = signal.conversation
        if conversation is None or conversation.pk in taken:
            continue
        taken.add(conversation.pk)
        reason = SIGNAL_REASONS[Signal.Name(signal.name)]
        if is_chosen(policy.key, reason.value, conversation.external_id, chances[reason]):
            drawn[conversation.pk] = reason
    whole = Conversation.objects.in_bulk(drawn)
    samples = []
    for pk, reason in drawn.items():
        conversation = whole[pk]
        positions = conversation.answer_positions
        samples.append(
            sample_of(
                policy,
                conversation,
                reason=reason,
                chance=conversation.sample_rate * chances[reason] / len(positions),
                answer_index=pick(policy.key, conversation.external_id, positions),
                at=at,
            )
        )
    _queue(policy, samples, at)
    Signal.objects.filter(pk__in=[signal.pk for signal in due]).update(pulled_at=at)
    return len(samples)


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
        flagged = choose_flagged(policy, aside, at)
    pulled = sum(len(batch.conversation_ids) for batch in batches)
    return Chosen(pulled, sum(random), by_signal, flagged)


def _choose_from(policy: SamplingPolicy, batches: Sequence[IntakeBatch], at: datetime) -> int:
    """Decide about the conversations of these batches, and mark those as dealt with."""
    ids = [pk for batch in batches for pk in batch.conversation_ids]
    mark_pulled(batches, at=at)
    return _choose_random(policy, ids, at)


def _wait_for_turn(policy: SamplingPolicy) -> None:
    SamplingPolicy.objects.select_for_update().get(pk=policy.pk)


def choose_all(
    *, assistant: Assistant, at: datetime, most: int = 10_000, until: float = math.inf
) -> Chosen:
    """Choose until nothing new is left, or `until` (of `time.monotonic`) has come: one chunk at
    least, so that nobody waits for the backlog of another."""
    totals = [0, 0, 0, 0]
    for _ in range(most):
        did = choose_samples(assistant=assistant, at=at)
        step = (did.pulled, did.random, did.by_signal, did.flagged)
        totals = [one + two for one, two in zip(totals, step, strict=True)]
        if not any(step) or time.monotonic() >= until:
            break
    return Chosen(*totals)


def choose_due(*, at: datetime, most: int, until: float = math.inf) -> int:
    """Choose for every assistant, at most `most` chunks each, and only one each when `until` has
    come; returns how many were chosen."""
    done = each(
        task=TASK,
        items=Assistant.objects.select_related("team").order_by("pk"),
        key=lambda one: f"assistant-{one.pk}",
        assistant=lambda one: one.pk,
        work=lambda one: choose_all(assistant=one, at=at, most=most, until=until),
        at=at,
        whole=False,
    )
    return sum(did.random + did.by_signal + did.flagged for did in done)
