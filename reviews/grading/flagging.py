"""A person or a help desk says "this answer was bad"; the grades say what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from ingestion.alike import sql_words_of
from ingestion.kept import kept_id, kept_ids, kept_text, own_patterns
from ingestion.models import Assistant, Conversation
from portal.accounts import audit
from portal.accounts.models import User
from portal.refused import Refused
from portal.ticks.aside import each
from reviews.measure.readings import Badge
from reviews.measure.rollups import mark_days
from reviews.models import Assignment, Flag, Grade, Verdict
from reviews.models.reason import FLAG_REASONS

NOTED = "flag.note_changed"


@dataclass(frozen=True)
class Outcome:
    """What came of a flag, in one of UX's words; `why` is the reviewer's note."""

    code: str  # in_review, confirmed, was_right, unclear, waiting, withdrawn
    words: str
    tone: str
    why: str = ""

    @property
    def badge(self) -> Badge:
        """It with tint and icon."""
        icons = {"confirmed": "cross", "in_review": "clock", "waiting": "clock"}
        return Badge(self.words, icons.get(self.code, ""), self.tone)


IN_REVIEW = Outcome("in_review", "In review", "")
WAITING = Outcome("waiting", "Waiting for the conversation", "")
WITHDRAWN = Outcome("withdrawn", "Taken back", "")


@dataclass(frozen=True)
class NewFlag:
    """A flag as it is given."""

    reason: str
    conversation_ref: str = ""
    answer_index: int | None = None
    pasted_text: str = ""
    note: str = ""
    is_urgent: bool = False
    external_id: str = ""


def _check(new: NewFlag, ref: str, conversation: Conversation | None) -> None:
    if new.reason not in FLAG_REASONS:
        words = ", ".join(reason.value for reason in FLAG_REASONS)
        raise Refused("reason", f"Use one of {words}.")
    if conversation is None and not ref and not new.pasted_text.strip():
        raise Refused("conversation_id", "Name the conversation, or paste the answer.")
    if conversation is not None and new.answer_index is not None:
        positions = conversation.answer_positions
        if new.answer_index not in positions:
            known = ", ".join(str(position) for position in positions)
            raise Refused(
                "answer_index",
                f"Message {new.answer_index} is no answer of the assistant; the answers are "
                f"{known}.",
            )


def raise_flag(
    *, assistant: Assistant, new: NewFlag, by: User | None, label: str, at: datetime, when: datetime
) -> tuple[Flag, bool]:
    """Store a flag; False when it was known by its external id. `when` it was raised, `at` now.

    A conversation that is not known yet is matched when it arrives. Its day is counted again:
    flagged answers are told apart. Raises Refused.
    """
    custom = own_patterns(assistant)
    ref = new.conversation_ref.strip()
    if ref:
        ref = kept_ids(assistant=assistant, sent=[ref], custom=custom)[ref]
    conversation = (
        Conversation.objects.filter(assistant=assistant, external_id=ref).first() if ref else None
    )
    _check(new, ref, conversation)
    external_id = kept_id(assistant=assistant, sent=new.external_id, custom=custom)
    if external_id:
        known = Flag.objects.filter(assistant=assistant, external_id=external_id).first()
        if known is not None:
            return known, False
    flag = Flag(
        assistant=assistant,
        external_id=external_id,
        conversation_ref=ref,
        conversation=conversation,
        answer_index=new.answer_index,
        pasted_text=kept_text(text=new.pasted_text.strip(), custom=custom),
        reason=new.reason,
        note=kept_text(text=new.note.strip(), custom=custom),
        is_urgent=new.is_urgent,
        by=by,
        by_label=kept_text(text=label, custom=custom, most=160) if by is None else label,
        at=when,
        received_at=at,
    )
    with transaction.atomic():
        if external_id:
            Flag.objects.bulk_create([flag], ignore_conflicts=True)
            flag = Flag.objects.get(assistant=assistant, external_id=external_id)
        else:
            flag.save()
        if conversation is not None:
            mark_days(assistant_id=assistant.pk, days=[conversation.day], at=at)
        elif flag.pasted_text and not ref:
            _read_pasted(flag, at)
    return flag, True


def undo_flag(*, flag: Flag, at: datetime) -> bool:
    """Take a flag back; its place in the queue goes too unless somebody works on it, or others
    flagged the same answer. False when it was taken back already."""
    with transaction.atomic():
        # The places first, as whoever grades one of them does: else each could wait for the other.
        same = Assignment.objects.filter(sample__flags=flag.pk).order_by("pk")
        list(same.select_for_update(of=("self",)).values_list("pk"))
        locked = (
            Flag.objects.select_for_update(of=("self",))
            .select_related("conversation", "sample")
            .get(pk=flag.pk)
        )
        if locked.withdrawn_at is not None:
            return False
        locked.withdrawn_at = at
        locked.save(update_fields=["withdrawn_at"])
        if locked.conversation is not None:
            days = [locked.conversation.day]
            mark_days(assistant_id=locked.assistant_id, days=days, at=at)
        sample = locked.sample
        if sample is not None and sample.reason == "flagged":
            alone = not sample.flags.that_stand().exists()
            if alone:
                nobody_works = Q(reviewer__isnull=True) | Q(lease_until__lt=at)
                sample.assignments.open().filter(nobody_works).update(
                    state=Assignment.State.WITHDRAWN, reviewer=None, lease_until=None
                )
    return True


def change_flag(
    *,
    flag: Flag,
    by: User,
    at: datetime,
    note: str | None = None,
    is_urgent: bool | None = None,
) -> None:
    """Add what the right answer is, or mark it urgent."""
    if note is not None:
        flag.note = kept_text(text=note.strip(), custom=own_patterns(flag.assistant))
    if is_urgent is not None:
        flag.is_urgent = is_urgent
    with transaction.atomic():
        flag.save(update_fields=["note", "is_urgent"])
        audit.record(
            team=flag.assistant.team,
            actor=by,
            action=NOTED if note is not None else "flag.made_urgent",
            subject=f"flag {flag.pk}",
            at=at,
        )


MATCH = """
WITH tied AS (
    UPDATE reviews_flag flag SET conversation_id = c.id
    FROM ingestion_conversation c
    WHERE flag.assistant_id = %(assistant)s AND flag.conversation_id IS NULL
      AND flag.conversation_ref <> ''
      AND c.assistant_id = flag.assistant_id AND c.external_id = flag.conversation_ref
    RETURNING c.day
), dirty AS (
    INSERT INTO reviews_dirtyday (assistant_id, day, marked_at)
    SELECT DISTINCT %(assistant)s, day, now() FROM tied
)
SELECT count(*) FROM tied
"""


# A flag by the words of an answer: of the conversations with these words the one nearest in time.
MATCH_WORDS = f"""
WITH waiting AS (
    SELECT id, assistant_id, pasted_words, at FROM reviews_flag
    WHERE assistant_id = %(assistant)s AND conversation_id IS NULL AND withdrawn_at IS NULL
      AND pasted_words IS NOT NULL AND conversation_ref = '' AND received_at > %(since)s
      AND (id = %(flag)s OR %(flag)s IS NULL)
    ORDER BY id DESC LIMIT %(most)s
), found AS MATERIALIZED (
    SELECT waiting.id, waiting.pasted_words, nearest.conversation_id
    FROM waiting CROSS JOIN LATERAL (
        SELECT conversation_id FROM (
            SELECT entry.conversation_id, entry.started_at FROM ingestion_searchentry entry
            WHERE entry.answer_words @> ARRAY[waiting.pasted_words]
              AND entry.assistant_id = waiting.assistant_id
            LIMIT %(same)s
        ) AS said
        ORDER BY abs(extract(epoch FROM started_at - waiting.at)), conversation_id LIMIT 1
    ) AS nearest
), tied AS (
    UPDATE reviews_flag flag SET conversation_id = c.id, answer_index = (
        SELECT place - 1 FROM jsonb_array_elements(c.messages) WITH ORDINALITY AS said(m, place)
        WHERE m ->> 'role' = 'assistant'
          AND {sql_words_of("m ->> 'content'")} = found.pasted_words
        ORDER BY place DESC LIMIT 1)
    FROM found JOIN ingestion_conversation c ON c.id = found.conversation_id
    WHERE flag.id = found.id AND flag.conversation_id IS NULL
    RETURNING c.day
), dirty AS (
    INSERT INTO reviews_dirtyday (assistant_id, day, marked_at)
    SELECT DISTINCT %(assistant)s, day, now() FROM tied
)
SELECT count(*) FROM tied
"""  # noqa: S608 - pieces of our own only
READ_PASTED = f"UPDATE reviews_flag SET pasted_words = {sql_words_of('pasted_text')} WHERE id = %s"  # noqa: S608 - constants
# How long, and how many at a time, flags by pasted words wait for their conversation.
WAITS = timedelta(days=90)
WAITING_AT_A_TIME = 1000
SAME_ANSWERS = 5000  # of one answer given again and again, so many are looked at


def match_waiting_flags(*, assistant: Assistant, at: datetime) -> int:
    """Tie flags that came before their conversation to it, by its id or by the words of the answer;
    returns how many. Its day is counted again."""
    with connection.cursor() as cursor:
        cursor.execute(MATCH, {"assistant": assistant.pk})
        by_id = int(cursor.fetchone()[0])
    return by_id + _match_words(assistant=assistant, at=at)


def _match_words(*, assistant: Assistant, at: datetime, flag: int | None = None) -> int:
    values = {
        "assistant": assistant.pk, "flag": flag, "since": at - WAITS,
        "most": WAITING_AT_A_TIME, "same": SAME_ANSWERS,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(MATCH_WORDS, values)
        return int(cursor.fetchone()[0])


def _read_pasted(flag: Flag, at: datetime) -> None:
    """Keep what the pasted words are known by, and look whether their conversation is there."""
    with connection.cursor() as cursor:
        cursor.execute(READ_PASTED, [flag.pk])
    if _match_words(assistant=flag.assistant, at=at, flag=flag.pk):
        flag.refresh_from_db(fields=["conversation", "answer_index"])


def match_all_waiting_flags(*, at: datetime) -> int:
    """The same for every assistant."""
    return sum(
        each(
            task="choose_samples",
            items=Assistant.objects.order_by("pk"),
            key=lambda one: f"match-{one.pk}",
            assistant=lambda one: one.pk,
            work=lambda one: match_waiting_flags(assistant=one, at=at),
            at=at,
        )
    )


def outcomes(flags: Iterable[Flag]) -> dict[int, Outcome]:
    """What came of each flag, by its id, in one query. A lead's decision outweighs a review."""
    flags = list(flags)
    samples = {flag.sample_id for flag in flags if flag.sample_id}
    decided: dict[int, Grade] = {}
    grades = Grade.objects.that_count().filter(assignment__sample__in=samples)
    for grade in grades.select_related("assignment").order_by("graded_at", "id"):
        known = decided.get(grade.assignment.sample_id)
        by_lead = grade.assignment.purpose == Assignment.Purpose.ADJUDICATION
        if known is None or by_lead or known.verdict == Verdict.CANNOT_JUDGE:
            decided[grade.assignment.sample_id] = grade
    return {flag.pk: _outcome(flag, decided.get(flag.sample_id or 0)) for flag in flags}


def _outcome(flag: Flag, grade: Grade | None) -> Outcome:
    if flag.withdrawn_at is not None:
        return WITHDRAWN
    if grade is not None:
        if grade.verdict == Verdict.NOT_GOOD:
            return Outcome("confirmed", "Confirmed wrong", "bad", grade.note)
        if grade.verdict == Verdict.GOOD:
            return Outcome("was_right", "Answer was right", "line", grade.note)
        return Outcome("unclear", "Could not be judged", "", grade.note)
    return IN_REVIEW if flag.conversation_id else WAITING


def open_flag_count(assistant: Assistant, most: int) -> int:
    """How many flags nobody has graded yet, counted up to `most`."""
    waiting = Flag.objects.that_stand().filter(assistant=assistant, is_graded=False)
    return waiting.order_by()[:most].count()
