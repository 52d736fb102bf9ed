"""The queue: one statement hands out a place, never to two people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from portal.accounts.models import User
from portal.refused import Refused
from reviews.grading.grades import record_grade
from reviews.grading.queue import CLAIM, LEASE, claim, extend, held, release, save_draft, skip
from reviews.grading.queue import waiting_count as count_waiting
from reviews.models import Assignment, Grade, Sample
from tests.threads import at_once
from tests.world import World

MINUTE = timedelta(minutes=1)


def take(world: World, who: User, *, after: timedelta = timedelta(0)) -> Assignment | None:
    taken = claim(assistant=world.assistant, reviewer=who, at=world.now + after)
    return Assignment.objects.get(pk=taken) if taken else None


def test_a_place_is_held_for_fifteen_minutes_and_then_free(world: World) -> None:
    world.sample()
    place = take(world, world.rosa)
    assert place is not None
    assert (place.reviewer, place.lease_until) == (world.rosa, world.now + LEASE)
    assert take(world, world.remy, after=15 * MINUTE) is None
    again = take(world, world.remy, after=16 * MINUTE)
    assert again is not None
    assert again.reviewer == world.remy


def test_working_extends_the_lease_for_its_holder_only(world: World) -> None:
    world.sample()
    place = take(world, world.rosa)
    assert place is not None
    later = world.now + 10 * MINUTE
    assert extend(assignment_ids=[place.pk], reviewer=world.remy, at=later) == 0
    assert extend(assignment_ids=[place.pk], reviewer=world.rosa, at=later) == 1
    assert take(world, world.remy, after=20 * MINUTE) is None
    too_late = world.now + 26 * MINUTE
    assert extend(assignment_ids=[place.pk], reviewer=world.rosa, at=too_late) == 0


@pytest.mark.parametrize(("returns", "keeps"), [("rosa", True), ("remy", False)])
def test_a_draft_waits_for_its_own_person_only(world: World, returns: str, keeps: bool) -> None:
    world.sample()
    place = take(world, world.rosa)
    assert place is not None
    assert save_draft(assignment=place, reviewer=world.rosa, draft={"note": "half"}, at=world.now)
    assert release(assistant=world.assistant, reviewer=world.rosa, at=world.now) == 1
    again = take(world, getattr(world, returns))
    assert again is not None
    assert (again.draft is not None) is keeps


def test_a_draft_is_refused_when_the_place_went_to_somebody_else(world: World) -> None:
    world.sample()
    place = take(world, world.rosa)
    take(world, world.remy, after=16 * MINUTE)
    assert place is not None
    assert not save_draft(assignment=place, reviewer=world.rosa, draft={}, at=world.now)
    with pytest.raises(Refused, match="somebody else"):
        record_grade(assignment_id=place.pk, reviewer=world.rosa, form=world.form(), at=world.now)
    assert not Grade.objects.exists()


def test_two_skips_send_an_answer_to_a_lead(world: World) -> None:
    world.sample()
    for person in (world.rosa, world.remy):
        place = take(world, person)
        assert place is not None
        assert skip(assignment=place, reviewer=person, reason="needs_expert", at=world.now)
        assert take(world, person) is None
        assert count_waiting(assistant=world.assistant, reviewer=person, at=world.now) == 0
    lead = claim(
        assistant=world.assistant, reviewer=world.lena, at=world.now, purpose="adjudication"
    )
    assert lead is not None


def test_somebody_elses_place_cannot_be_skipped(world: World) -> None:
    world.sample()
    place = take(world, world.rosa)
    assert place is not None
    assert not skip(assignment=place, reviewer=world.remy, reason="needs_expert", at=world.now)


def test_urgent_comes_first_then_the_oldest(world: World) -> None:
    first, second, third = (world.sample() for _ in range(3))
    third.assignments.update(priority=20)
    order = [take(world, world.rosa) for _ in range(3)]
    assert [one and one.sample_id for one in order] == [third.pk, first.pk, second.pk]
    mine = held(assistant=world.assistant, reviewer=world.rosa, at=world.now)
    assert mine.count() == 3


def test_another_teams_queue_is_empty_for_us(world: World) -> None:
    world.sample(world.conversations(assistant=world.other_assistant)[0])
    assert take(world, world.rosa) is None


def test_the_other_half_of_a_pair_in_hand_is_not_offered(world: World) -> None:
    world.sample(places=2)
    assert take(world, world.rosa) is not None
    assert take(world, world.rosa) is None
    assert take(world, world.remy) is not None


def many(world: World, count: int) -> None:
    """So many places in the queue, each of a sample of its own."""
    chats = world.conversations(count)
    first = world.sample(chats[0])
    samples = [
        Sample(
            assistant=world.assistant, conversation=chat, answer_index=1, reason="random",
            probability=0.5, day=first.day, kind=first.kind, chosen_at=world.now,
        )
        for chat in chats[1:]
    ]  # fmt: skip
    Assignment.objects.bulk_create(
        Assignment(assistant=world.assistant, sample=sample, slot=1, created_at=world.now)
        for sample in Sample.objects.bulk_create(samples)
    )


@pytest.mark.django_db(transaction=True)
def test_eight_people_at_once_never_get_the_same_answer() -> None:
    world = World()
    people = [world.person(f"Person{number} Reviewer", "reviewer") for number in range(8)]  # type: ignore[arg-type]
    many(world, 200)

    def empty_it(number: int) -> list[int]:
        got = []
        while (
            taken := claim(assistant=world.assistant, reviewer=people[number], at=world.now)
        ) is not None:
            got.append(taken)
        return got

    hands = at_once(8, empty_it)
    everything = [place for hand in hands for place in hand]
    assert len(everything) == 200
    assert len(set(everything)) == 200


@pytest.mark.django_db(transaction=True)
def test_two_windows_of_one_person_never_get_both_halves_of_a_pair() -> None:
    world = World()
    for _ in range(20):
        sample = world.sample(places=2)
        at_once(4, lambda _: claim(assistant=world.assistant, reviewer=world.rosa, at=world.now))
        assert sample.assignments.filter(reviewer=world.rosa).count() == 1


def test_the_next_place_is_found_by_the_index_of_open_places(world: World) -> None:
    many(world, 40)
    some = Assignment.objects.select_related("sample").order_by("pk")[0]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reviews_assignment (assistant_id, sample_id, slot, purpose, state, "
            "priority, reviewer_id, done_at, created_at) SELECT %s, %s, 10 + n %% 20000, "
            "'adjudication', 'done', 100, %s, %s, %s FROM generate_series(1, 20000) n",
            [world.assistant.pk, some.sample_id, world.rosa.pk, world.now, world.now],
        )
        cursor.execute("ANALYZE reviews_assignment")
        cursor.execute(
            "EXPLAIN " + CLAIM,
            {
                "assistant": world.assistant.pk, "reviewer": world.remy.pk,
                "purpose": "review", "at": world.now, "until": world.now + LEASE,
            },
        )  # fmt: skip
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "assignment_open on reviews_assignment waiting" in plan
    assert "Seq Scan on reviews_assignment" not in plan


@pytest.mark.django_db(transaction=True)
def test_the_two_halves_of_pairs_can_be_graded_in_the_same_moment() -> None:
    world = World()
    form = world.form()
    samples = [world.sample(places=2) for _ in range(20)]
    pairs = [sorted(sample.assignments.values_list("pk", flat=True)) for sample in samples]
    people = [world.rosa, world.remy]
    for pair in pairs:
        for place, person in zip(pair, people, strict=True):
            Assignment.objects.filter(pk=place).update(reviewer=person, claimed_at=world.now)

    def grade_mine(number: int) -> int:
        mine = [pair[number] for pair in pairs]
        for place in mine:
            record_grade(assignment_id=place, reviewer=people[number], form=form, at=world.now)
        return len(mine)

    assert at_once(2, grade_mine) == [20, 20]


def test_a_claim_never_reads_all_places_a_person_ever_held(world: World) -> None:
    """Neither a hash of them nor a scan: only the open index, and a look per row stepped over."""
    world.sample(places=2)
    values: dict[str, Any] = {
        "assistant": world.assistant.pk,
        "reviewer": world.rosa.pk,
        "purpose": "review",
        "at": world.now,
        "until": world.now + LEASE,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {CLAIM}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "assignment_open" in plan
    assert "SubPlan" in plan
    assert "Anti Join" not in plan
    assert "Hash" not in plan
