"""One bad row in one assistant, planted past every check, for each periodic task: the others'
work is done, the poison is named, tried again by the next version, and cleared when it is mended.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.db import connection

from ingestion.digest import digest_all, prune
from ingestion.models import (
    Assistant,
    Conversation,
    DayCount,
    IntakeBatch,
    Refusal,
    SearchEntry,
)
from ingestion.search_entries import remake_entries
from ingestion.signals import SignalIn, receive_signals
from portal.accounts.models import Team
from portal.ticks import aside as aside_module
from portal.ticks.models import SetAside
from portal.ticks.runs import short
from portal.timetable import TIMETABLE
from reviews import owners
from reviews.alerts import writing
from reviews.answer import drill, look_back
from reviews.grading import flagging
from reviews.grading.flagging import NewFlag, raise_flag
from reviews.measure import rollups
from reviews.models import (
    Alert,
    Assessment,
    DirtyDay,
    DriftAlarm,
    Flag,
    HeldDrill,
    KeptLookBack,
    Part,
    Report,
    Sample,
    SamplingPolicy,
)
from reviews.reports import reports
from reviews.sampling import choosing
from reviews.watch import drift, rounds
from tests.reviews.alarms import alarm
from tests.reviews.watch.test_drift import plan, since, steady
from tests.world import DAY, World

pytestmark = pytest.mark.django_db
WEEK = 7 * DAY
# Whose receivers are dead is tested with the deliveries themselves.
ELSEWHERE = {"deliver_mails", "deliver_posts", "forget_set_aside"}


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def past(table: str, constraint: str, statement: str, *values: object) -> None:
    """Write what the database refuses: as an old version, or a disk, may have left it."""
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {constraint}")
    sql(statement, *values)


def stuck(table: str, assistant: Assistant, event: str) -> None:
    """The rows of one assistant cannot be touched."""
    sql(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'bad row' USING ERRCODE = '22000'; END $$"
    )
    row = "OLD" if event == "DELETE" else "NEW"
    sql(
        f"CREATE TRIGGER stuck BEFORE {event} ON {table} FOR EACH ROW "
        f"WHEN ({row}.assistant_id = {assistant.pk}) EXECUTE FUNCTION refuse()"
    )


def free(table: str) -> None:
    sql(f"DROP TRIGGER stuck ON {table}")


def of(world: World, assistant: Assistant) -> World:
    """The cast's helpers, for the other assistant."""
    return cast("World", SimpleNamespace(assistant=assistant, now=world.now))


def as_sample(chat: Conversation) -> Sample:
    return Sample.objects.create(
        assistant=chat.assistant, conversation=chat, answer_index=1, reason="random",
        probability=0.5, day=chat.day, kind=chat.kind, chosen_at=chat.received_at,
    )  # fmt: skip


def bad_zone(world: World, assistant: Assistant) -> None:
    Team.objects.filter(pk=assistant.team_id).update(time_zone="Mars/Olympus")


def good_zone(world: World, assistant: Assistant) -> None:
    Team.objects.filter(pk=assistant.team_id).update(time_zone="Europe/London")


def nothing(world: World, assistant: Assistant) -> None:
    """Nothing has to be done."""


Act = Callable[[World, Assistant], Any]


@dataclass(frozen=True)
class Case:
    """`work` gives an assistant something to do, `poison` spoils one's, `mend` undoes that, `tick`
    is the task's step, `done` tells whether the assistant's work is done."""

    task: str
    name: str
    work: Act
    poison: Act
    mend: Act
    tick: Callable[[datetime], Any]
    done: Act


# What each task has to do, what can be wrong with it, and how one sees that it was done.


def arrive(world: World, assistant: Assistant, count: int = 1) -> Conversation:
    return world.conversations(count, assistant=assistant)[-1]


def uncounted(world: World, assistant: Assistant) -> None:
    """Three batches; none of anybody is counted yet."""
    for _ in range(3):
        arrive(world, assistant)
    DayCount.objects.all().delete()
    IntakeBatch.objects.update(counted_at=None)


def known_the_earlier_way(world: World, assistant: Assistant) -> None:
    for _ in range(3):
        arrive(world, assistant)
    SearchEntry.objects.filter(assistant=assistant).update(formula=0)


def oldest(assistant: Assistant) -> int:
    return Conversation.objects.filter(assistant=assistant).order_by("pk")[0].pk


def tiny_rate(world: World, assistant: Assistant, rate: str = "5e-324") -> None:
    past(
        "ingestion_conversation",
        "conversation_sample_rate_in_0_1",
        f"UPDATE ingestion_conversation SET sample_rate = {rate} WHERE id = %s",
        oldest(assistant),
    )


def usual_rate(world: World, assistant: Assistant) -> None:
    Conversation.objects.filter(assistant=assistant).update(sample_rate=1.0)


def left_uncounted(assistant: Assistant) -> int:
    return IntakeBatch.objects.filter(assistant=assistant, counted_at__isnull=True).count()


def unreadable_messages(world: World, assistant: Assistant) -> None:
    Conversation.objects.filter(pk=oldest(assistant)).update(messages=[{"said": 1}])


def readable_messages(world: World, assistant: Assistant) -> None:
    messages = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "Yes."}]
    Conversation.objects.filter(pk=oldest(assistant)).update(messages=messages)


def thumbs_down(world: World, assistant: Assistant) -> None:
    for _ in range(3):
        chat = arrive(world, assistant)
        row = SignalIn(conversation_id=chat.external_id, name="thumbs", value=-1.0)
        receive_signals(assistant=assistant, rows=[row], at=world.now)
    IntakeBatch.objects.filter(assistant=assistant).update(pulled_at=world.now)


def flagged(world: World, assistant: Assistant) -> None:
    for _ in range(3):
        new = NewFlag("wrong_fact", arrive(world, assistant).external_id)
        raise_flag(
            assistant=assistant, new=new, by=None, label="x", at=world.now, when=world.now
        )  # fmt: skip
    IntakeBatch.objects.filter(assistant=assistant).update(pulled_at=world.now)


def useless_policy(world: World, assistant: Assistant) -> None:
    choosing.policy_of(assistant)
    past(
        "reviews_samplingpolicy",
        "sampling_rate_in_0_1",
        "UPDATE reviews_samplingpolicy SET rate = -1 WHERE assistant_id = %s",
        assistant.pk,
    )


def usual_policy(world: World, assistant: Assistant) -> None:
    SamplingPolicy.objects.filter(assistant=assistant).update(rate=None)


def has_samples(world: World, assistant: Assistant) -> bool:
    return Sample.objects.filter(assistant=assistant).count() >= 1


def dirty(world: World, assistant: Assistant) -> None:
    sample = as_sample(arrive(world, assistant))
    grade = world.grade()
    sql("UPDATE reviews_assignment SET sample_id = %s, assistant_id = %s WHERE id = %s",
        sample.pk, assistant.pk, grade.assignment_id)  # fmt: skip
    DirtyDay.objects.create(assistant=assistant, day=sample.day, marked_at=world.now)


def tiny_probability(world: World, assistant: Assistant) -> None:
    past(
        "reviews_sample",
        "sample_probability_in_0_1",
        "UPDATE reviews_sample SET probability = 1e-200 WHERE assistant_id = %s",
        assistant.pk,
    )


def usual_probability(world: World, assistant: Assistant) -> None:
    Sample.objects.filter(assistant=assistant).update(probability=0.5)


def two_old_assessments(world: World, assistant: Assistant) -> None:
    for hour in (1, 2):
        Assessment.objects.create(
            assistant=assistant, as_of=world.now - WEEK + hour * DAY / 24,
            day=(world.now - WEEK).date(), method=1, reading="no_sign", evidence=0, line=1,
            content={},
        )  # fmt: skip


def drifting(world: World, assistant: Assistant) -> None:
    plan(of(world, assistant), 50, refused=since(6, 0.02, 0.06), words=steady(80))


def sampled(world: World, assistant: Assistant) -> None:
    as_sample(arrive(world, assistant))


def looked_back_on(world: World, assistant: Assistant) -> None:
    arrive(world, assistant)


def drill_asked_for(world: World, assistant: Assistant) -> None:
    today = world.now.date()
    here = drill.Ground(today - 40 * DAY, today, [])
    choice = drill.Choice(points=10, kind=None, day=today - 20 * DAY)
    drill.ask(assistant=assistant, here=here, choice=choice, by=world.lena, at=world.now)


def sampled_last_week(world: World, assistant: Assistant) -> None:
    chat = world.conversations(assistant=assistant, started_at=world.now - WEEK)[0]
    as_sample(chat)


def fallen(world: World, assistant: Assistant) -> None:
    alarm(of(world, assistant))


def quiet(world: World, assistant: Assistant) -> None:
    """Something came on each of the days before yesterday, and nothing since."""
    chat = arrive(world, assistant)
    for days in range(5, 1, -1):
        IntakeBatch.objects.create(
            assistant=assistant, received_at=world.now - days * DAY, conversation_ids=[chat.pk],
            counted_at=world.now, pulled_at=world.now,
        )  # fmt: skip
    IntakeBatch.objects.filter(assistant=assistant, received_at__gt=world.now - 2 * DAY).delete()


def refused_long_ago(world: World, assistant: Assistant) -> None:
    Refusal.objects.create(
        assistant=assistant, endpoint="x", field="id", reason="x", fix="x", at=world.now - DAY
    )


def choose(at: datetime) -> None:
    flagging.match_all_waiting_flags(at=at)
    choosing.choose_due(at=at, most=5)


CASES = [
    Case("digest_intake", "a rate that overflows", uncounted, tiny_rate, usual_rate,
         lambda at: digest_all(at=at), lambda world, one: left_uncounted(one) == 0),
    Case("digest_intake", "messages that are no list", uncounted,
         lambda world, one: Conversation.objects.filter(pk=oldest(one)).update(messages={"a": 1}),
         readable_messages, lambda at: digest_all(at=at),
         lambda world, one: left_uncounted(one) == 0),
    Case("remake_search", "messages that are no list", known_the_earlier_way,
         lambda world, one: Conversation.objects.filter(pk=oldest(one)).update(messages={"a": 1}),
         readable_messages, lambda at: remake_entries(at=at),
         lambda world, one: not SearchEntry.objects.filter(assistant=one, formula=0).exists()),
    Case("prune_refusals", "a row that cannot go", refused_long_ago,
         lambda world, one: stuck("ingestion_refusal", one, "DELETE"),
         lambda world, one: free("ingestion_refusal"),
         lambda at: prune(refusals_before=at, batches_before=at, at=at),
         lambda world, one: not Refusal.objects.filter(assistant=one).exists()),
    Case("choose_samples", "unreadable messages", arrive, unreadable_messages, readable_messages,
         choose, has_samples),
    Case("choose_samples", "a policy nobody can use", arrive, useless_policy, usual_policy,
         choose, has_samples),
    Case("choose_samples", "a signal on unreadable messages", thumbs_down, unreadable_messages,
         readable_messages, choose,
         lambda world, one: not one.signal_set.filter(pulled_at=None).exists()),
    Case("choose_samples", "a flag on unreadable messages", flagged, unreadable_messages,
         readable_messages, choose,
         lambda world, one: not Flag.objects.filter(assistant=one, sample=None).exists()),
    Case("make_rollups", "a chance whose weight overflows", dirty, tiny_probability,
         usual_probability, lambda at: rollups.make_rollups(at=at),
         lambda world, one: not DirtyDay.objects.filter(assistant=one).exists()),
    Case("find_drift", "a time zone that is none", drifting, bad_zone, good_zone,
         lambda at: drift.find_all(at=at),
         lambda world, one: DriftAlarm.objects.filter(assistant=one).exists()),
    Case("watch_due", "a time zone that is none", sampled, bad_zone, good_zone,
         lambda at: rounds.watch_due(at=at),
         lambda world, one: Assessment.objects.filter(assistant=one).exists()),
    Case("look_back", "a time zone that is none", looked_back_on, bad_zone, good_zone,
         lambda at: look_back.keep_due(at=at),
         lambda world, one: KeptLookBack.objects.filter(assistant=one).count() == 3),
    Case("hold_drills", "a time zone that is none", drill_asked_for, bad_zone, good_zone,
         lambda at: drill.hold_due(at=at),
         lambda world, one: HeldDrill.objects.filter(assistant=one, as_of=None).count() == 0),
    Case("thin_out_assessments", "a row that cannot go", two_old_assessments,
         lambda world, one: stuck("reviews_assessment", one, "DELETE"),
         lambda world, one: free("reviews_assessment"), lambda at: rounds.thin_out(at=at),
         lambda world, one: Assessment.objects.filter(assistant=one).count() == 1),
    Case("find_parts", "a row that cannot come", nothing,
         lambda world, one: stuck("reviews_part", one, "INSERT"),
         lambda world, one: free("reviews_part"), lambda at: owners.find_all_parts(at=at),
         lambda world, one: Part.objects.filter(assistant=one).exists()),
    Case("write_reports", "a time zone that is none", sampled_last_week, bad_zone, good_zone,
         lambda at: reports.write_due(at=at),
         lambda world, one: Report.objects.filter(assistant=one).exists()),
    Case("write_alerts", "a time zone that is none", fallen, bad_zone, good_zone,
         lambda at: writing.write_due(at=at),
         lambda world, one: Alert.objects.filter(assistant=one, kind="incident").exists()),
    Case("notice_silence", "a time zone that is none", quiet, bad_zone, good_zone,
         lambda at: writing.write_silences(at=at),
         lambda world, one: Alert.objects.filter(assistant=one, kind="silence").exists()),
]  # fmt: skip


def test_every_periodic_task_has_its_poison() -> None:
    assert {short(name) for name, _ in TIMETABLE} == {case.task for case in CASES} | ELSEWHERE


@pytest.fixture(params=CASES, ids=lambda case: f"{case.task}, {case.name}")
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def test_the_poison_of_one_costs_the_others_nothing(
    case: Case, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ill, well, at = world.assistant, world.other_assistant, world.now + DAY / 96
    assert ill.pk < well.pk, "the poison comes first"
    for one in (ill, well):
        case.work(world, one)
    assert not case.done(world, well), "there is something to do"
    case.poison(world, ill)
    case.tick(at)
    assert case.done(world, well)
    assert not case.done(world, ill)
    rows = SetAside.objects.filter(task=case.task)
    assert {row.assistant for row in rows} == {ill.pk}
    assert all(row.reason and row.error for row in rows)
    case.tick(at + timedelta(seconds=2))
    assert {row.tries for row in rows.all()} == {1}, "not again and again"
    with monkeypatch.context() as context:
        context.setattr(aside_module, "program_version", lambda: "the next version")
        case.tick(at + timedelta(seconds=4))
        assert {row.tries for row in rows.all()} == {2}, "the next version tries at once"
    case.mend(world, ill)
    case.tick(at + timedelta(hours=1))
    assert case.done(world, ill)
    assert not SetAside.objects.exists()


def test_the_poison_holds_nothing_of_its_own_assistant_up_either(world: World) -> None:
    one, at = world.assistant, world.now + DAY / 96
    uncounted(world, one)
    tiny_rate(world, one)
    digest_all(at=at)
    assert left_uncounted(one) == 1, "the oldest is passed over, the two after it are counted"
    unreadable_messages(world, one)
    usual_rate(world, one)
    digest_all(at=at + timedelta(hours=1))
    choose(at + timedelta(hours=1))
    assert Sample.objects.filter(assistant=one).count() == 2
    assert [row.task for row in SetAside.objects.all()] == ["choose_samples"]
