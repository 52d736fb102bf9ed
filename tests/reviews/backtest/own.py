"""A team's own past: weeks of conversations with grades that came in late, flags and thumbs."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from ingestion.digest import digest_all
from ingestion.intake import store
from ingestion.releases import record_release
from ingestion.signals import SignalIn, receive_signals
from ingestion.wire import ConversationIn, Message, Passage
from reviews.grading.flagging import NewFlag, raise_flag
from reviews.grading.importing import GivenGrade, import_grades
from reviews.measure.rollups import make_rollups
from tests.world import DAY, World

KINDS = ("Delivery", "Returns")
PEOPLE = ("Ann", "Ben", "Cat")


def past(
    world: World, *, days: int = 42, a_day: int = 12, worse_on: int | None = None, seed: int = 3
) -> tuple[date, date]:
    """`days` days up to yesterday, every conversation graded by chance 1, one in six by two people.
    From row `worse_on` on, most answers about Returns are not good. Returns the days' ends."""
    rng = Random(seed)
    given, signals = [], []
    for row in range(days):
        at = world.now - (days - row) * DAY
        rows = []
        for number in range(a_day):
            kind = KINDS[number % 2]
            is_worse = worse_on is not None and row >= worse_on and kind == "Returns"
            is_bad = rng.random() < (0.7 if is_worse else 0.08)
            name = f"d{row:03d}-{number:03d}"
            messages = [
                Message(role="user", content="Where is it?"),
                Message(role="assistant", content="word " * rng.randint(5, 40)),
            ]
            passages = [Passage(text="Some text.", score=round(rng.random(), 3))]
            started = at + timedelta(minutes=number)
            rows.append(
                (number, ConversationIn(name, messages, started, passages=passages, kind=kind))
            )
            people = rng.sample(PEOPLE, 2 if rng.random() < 1 / 6 else 1)
            for person in people:
                is_fail = is_bad if rng.random() < 0.95 else not is_bad
                late = timedelta(days=rng.randint(0, 3), hours=rng.randint(1, 5))
                verdict = "fail" if is_fail else "pass"
                given.append(GivenGrade(name, person, verdict, "why", 30, started + late))
            if is_bad and rng.random() < 0.3:
                signals.append(SignalIn(name, "thumbs", -1.0, started))
            if rng.random() < 0.05:
                signals.append(SignalIn(name, "escalation", 1.0, started))
        store(assistant=world.assistant, rows=rows, rejected=[], at=at)
    digest_all(at=world.now)
    import_grades(assistant=world.assistant, given=given, at=world.now, as_random=True)
    receive_signals(assistant=world.assistant, rows=signals, at=world.now)
    for row in (5, 20, min(30, days - 1)):
        when = world.now - (days - row) * DAY + timedelta(hours=30)
        new = NewFlag(reason="wrong_fact", conversation_ref=f"d{row:03d}-003")
        raise_flag(
            assistant=world.assistant,
            new=new,
            by=world.agnes,
            label="Agnes",
            at=world.now,
            when=when,
        )
    if worse_on is not None:
        record_release(
            assistant=world.assistant,
            kind="prompt",
            name="prompt-9",
            went_live_at=world.now - (days - worse_on) * DAY - timedelta(hours=3),
            note="",
            link="",
            by=None,
            label="Test",
            at=world.now,
        )
    make_rollups(most=1000)
    last = world.now.date() - DAY
    return last - (days - 1) * DAY, last
