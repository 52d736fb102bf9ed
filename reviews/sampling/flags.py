"""Every flagged answer is looked at: flags join the sample their answer has, or make one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef

from ingestion.models import Conversation
from portal.ticks.aside import Aside
from reviews.models import Assignment, Flag, Priority, Sample, SampleReason, SamplingPolicy
from reviews.sampling.rows import queue_samples, sample_of

FLAGS_AT_A_TIME = 500
Answer = tuple[int, int]  # the conversation and the position of the answer in it

JOIN = """
UPDATE reviews_flag AS flag SET sample_id = joined.sample
FROM unnest(%s::bigint[], %s::bigint[]) AS joined(flag, sample) WHERE flag.id = joined.flag
"""


def choose_flagged(policy: SamplingPolicy, aside: Aside, at: datetime) -> int:
    """A chunk of the flags that have no sample yet, in a fixed number of statements; returns how
    many. One that cannot be decided about is set aside."""
    due = (
        Flag.objects.that_stand()
        .select_for_update(skip_locked=True, of=("self",))
        .filter(assistant=policy.assistant, sample__isnull=True, conversation__isnull=False)
        .exclude(pk__in=aside.waiting_ids("flag"))
        .select_related("conversation")
        .defer("conversation__passages", "conversation__attributes")
        .order_by("id")[:FLAGS_AT_A_TIME]
    )
    done = aside.together(
        list(due),
        key=lambda flag: f"flag-{flag.pk}",
        assistant=lambda flag: flag.assistant_id,
        work=lambda some: _choose(policy, some, at),
    )
    return sum(done)


def _choose(policy: SamplingPolicy, due: Sequence[Flag], at: datetime) -> int:
    about: dict[int, Answer] = {}
    conversations: dict[int, Conversation] = {}
    for flag in due:
        conversation = flag.conversation
        assert conversation is not None  # noqa: S101 - filtered above
        conversations[conversation.pk] = conversation
        about[flag.pk] = conversation.pk, flagged_position(flag, conversation)
    known = _samples_of(about.values())
    _reopen(known)
    new = [
        sample_of(
            policy,
            conversations[answer[0]],
            reason=SampleReason.FLAGGED,
            chance=1.0,
            answer_index=answer[1],
            at=at,
        )
        for answer in dict.fromkeys(about.values())
        if answer not in known
    ]
    for sample in queue_samples(policy, new, at):
        known[sample.conversation_id, sample.answer_index] = sample.pk
    move_to_front({known[about[flag.pk]] for flag in due if flag.is_urgent})
    with connection.cursor() as cursor:
        cursor.execute(JOIN, [list(about), [known[answer] for answer in about.values()]])
    return len(due)


def flagged_position(flag: Flag, conversation: Conversation) -> int:
    """The answer a flag is about: the one it names, else the last one."""
    positions = conversation.answer_positions
    return flag.answer_index if flag.answer_index in positions else positions[-1]


def _samples_of(answers: Collection[Answer]) -> dict[Answer, int]:
    """The samples that there are of these answers."""
    wanted = set(answers)
    rows = Sample.objects.filter(conversation__in={conversation for conversation, _ in wanted})
    return {
        (conversation, position): pk
        for pk, conversation, position in rows.values_list("pk", "conversation", "answer_index")
        if (conversation, position) in wanted
    }


def _reopen(known: Mapping[Answer, int]) -> None:
    """An earlier flag was taken back, and the answer's places with it: they are wanted again."""
    wanted = Assignment.objects.filter(sample=OuterRef("sample")).exclude(
        state=Assignment.State.WITHDRAWN
    )
    Assignment.objects.filter(~Exists(wanted), sample__in=known.values()).update(
        state=Assignment.State.OPEN
    )


def move_to_front(samples: Collection[int]) -> None:
    """Let urgent answers be the next ones somebody gets."""
    if samples:
        Assignment.objects.open().filter(sample__in=samples, priority__gt=Priority.URGENT).update(
            priority=Priority.URGENT
        )
