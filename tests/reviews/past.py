"""Weeks of graded answers, written straight into the tables: what the watch has to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from ingestion.models import Conversation, DayCount
from portal.accounts.models import User
from reviews.measure.rollups import make_rollups
from reviews.models import Assignment, DirtyDay, Grade, Sample
from tests.world import World

KINDS = ("Delivery", "Payments", "Returns")
IsBad = Callable[[date, str, Random], bool]
A_DAY = 20


def at_noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def usually(day: date, kind: str, dice: Random) -> bool:
    """One answer in ten is not good."""
    return dice.random() < 0.10


def falling(start: date, kind_hit: str | None = None, until: date | None = None) -> IsBad:
    """Half of the answers are not good from a day on, of one kind or all."""

    def is_bad(day: date, kind: str, dice: Random) -> bool:
        hit = day >= start and (until is None or day < until) and kind_hit in (None, kind)
        return dice.random() < (0.55 if hit else 0.10)

    return is_bad


def live_through(
    world: World,
    first: date,
    last: date,
    is_bad: IsBad = usually,
    *,
    a_day: int = A_DAY,
    reviewers: Sequence[User] = (),
    seed: int = 1,
    count: bool = True,
) -> None:
    """Days `first` to `last`: `a_day` conversations, each drawn with chance one half and graded the
    same evening by reviewers in turn; counted by the real step."""
    dice = Random(seed)
    people = list(reviewers) or [world.rosa, world.remy]
    version = world.version
    rows = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        for place in range(a_day):
            kind = KINDS[place % len(KINDS)]
            rows.append((day, place, kind, is_bad(day, kind, dice)))
    chats = Conversation.objects.bulk_create(
        Conversation(
            assistant=world.assistant,
            external_id=f"past-{seed}-{day}-{place}",
            started_at=at_noon(day),
            day=day,
            kind=kind,
            answers=1,
            messages=[
                {"role": "user", "content": f"A question about {kind}"},
                {"role": "assistant", "content": "An answer."},
            ],
            passages=[],
            attributes={},
        )
        for day, place, kind, _ in rows
    )
    samples = Sample.objects.bulk_create(
        Sample(
            assistant=world.assistant,
            conversation=chat,
            answer_index=1,
            reason="random",
            probability=0.5,
            stratum=chat.kind,
            day=chat.day,
            kind=chat.kind,
            chosen_at=chat.started_at,
        )
        for chat in chats
    )
    places = Assignment.objects.bulk_create(
        Assignment(
            assistant=world.assistant,
            sample=sample,
            slot=1,
            state=Assignment.State.DONE,
            reviewer=people[index % len(people)],
            done_at=sample.chosen_at + timedelta(hours=6),
            created_at=sample.chosen_at,
        )
        for index, sample in enumerate(samples)
    )
    Grade.objects.bulk_create(
        Grade(
            assignment=place,
            reviewer=place.reviewer,
            version=version,
            verdict="not_good" if bad else "good",
            graded_at=at_noon(day) + timedelta(hours=6),
        )
        for place, (day, _, _, bad) in zip(places, rows, strict=True)
    )
    days = {day for day, _, _, _ in rows}
    graded = Counter((day, kind) for day, _, kind, _ in rows)
    # A day that something else was sent on has its count already.
    DayCount.objects.bulk_create(
        [
            DayCount(
                assistant=world.assistant,
                day=day,
                kind=kind,
                conversations=2 * graded[day, kind],
                answers=2 * graded[day, kind],
                represented=2.0 * graded[day, kind],
            )
            for day in sorted(days)
            for kind in KINDS
        ],
        ignore_conflicts=True,
    )
    DirtyDay.objects.bulk_create(
        DirtyDay(assistant=world.assistant, day=day, marked_at=world.now) for day in days
    )
    if count:
        make_rollups(most=1000)
