"""Ten weeks at a made-up shop, from a seed: facts only, for the real steps to take in."""

from __future__ import annotations

from datetime import date, time
from random import Random
from zoneinfo import ZoneInfo

from portal.demo import cast
from portal.demo.dice import dice
from portal.demo.facts import ConversationFact, Payload, Story
from portal.demo.feedback import signals
from portal.demo.flagging import flags
from portal.demo.landmarks import TICKET, Landmark
from portal.demo.plan import RETURNS, Planned, plan
from portal.demo.telling import tell
from portal.demo.timeline import BROKEN_AT, REPAIRED_AFTER, REPAIRED_AT, Timeline, drop_day

MORNING = time(7)
TICKETS = 0.38
"""How many conversations also have a ticket in the help desk."""


def _identities(planned: list[Planned], line: Timeline) -> list[str]:
    """One id for each conversation: its date and its number on that day."""
    counts: dict[int, int] = {}
    names = []
    for one in planned:
        counts[one.offset] = number = counts.get(one.offset, 0) + 1
        names.append(f"chat-{line.day(one.offset):%Y%m%d}-{number:03}")
    return names


def _add_tickets(planned: list[Planned], payloads: list[Payload], rng: Random) -> None:
    """Number the tickets in order of time, so that the tour's one has the number it is known by."""
    has = [one.landmark is not None or rng.random() < TICKETS for one in planned]
    known = next((i for i, one in enumerate(planned) if one.landmark and one.landmark.ticket), 0)
    number = TICKET - sum(has[:known])
    for payload, ticket in zip(payloads, has, strict=True):
        if ticket:
            payload["ticket_ref"] = str(number)
            number += 1


def build(
    *,
    seed: int,
    end: date,
    tz: str = "Europe/London",
    weeks: int = 10,
    per_day: int = 60,
    drop: bool = True,
    until: time = MORNING,
) -> Story:
    """The story up to `until` on the day `end`, by the clocks of `tz`.

    The planted drop lies on the Tuesday of the last full week before `end`; without `drop`
    nothing goes wrong in ten weeks. One seed is one story: another `end` only moves it.
    """
    line = Timeline(drop_day(end), ZoneInfo(tz))
    planned = plan(line=line, weeks=weeks, per_day=per_day, drop=drop, rng=dice(seed, "plan"))
    told = tuple(
        tell(one, line=line, identity=identity, drop=drop, rng=dice(seed, number))
        for number, (one, identity) in enumerate(
            zip(planned, _identities(planned, line), strict=True)
        )
    )
    _add_tickets(planned, [one.payload for one in told], dice(seed, "tickets"))
    marks = {
        fact.id: one.landmark
        for one, fact in zip(planned, told, strict=True)
        if one.landmark is not None
    }
    story = _assembled(told, marks, seed=seed, line=line, drop=drop)
    return story.until(line.moment((end - line.drop).days, until))


def _assembled(
    told: tuple[ConversationFact, ...],
    marks: dict[str, Landmark],
    *,
    seed: int,
    line: Timeline,
    drop: bool,
) -> Story:
    broken_at = line.moment(0, BROKEN_AT)
    repaired_at = line.moment(REPAIRED_AFTER, REPAIRED_AT)
    broken = {
        one.id for one in told if drop and one.kind == RETURNS and broken_at <= one.at < repaired_at
    }
    rng = dice(seed, "feedback")
    return Story(
        conversations=tuple(sorted(told, key=lambda one: one.at)),
        releases=cast.releases(line, drop=drop),
        signals=tuple(signals(told, rng)),
        flags=tuple(flags(told, marks, line=line, broken=broken, rng=rng)),
        people=cast.PEOPLE,
        parts=cast.parts(line),
        routes=cast.ROUTES,
        definition=cast.definition(line),
        dropped_at=broken_at if drop else None,
        repaired_at=repaired_at if drop else None,
    )
