"""When who asks what, and which answers will be bad: the story before any words are chosen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import time
from random import Random

from portal.demo.content.reading import scenarios
from portal.demo.content.shape import Scenario
from portal.demo.landmarks import LANDMARKS, Landmark
from portal.demo.timeline import Timeline

RETURNS = "Returns & refunds"
SHARES = {
    RETURNS: 0.33,
    "Delivery & tracking": 0.26,
    "Sizing & fit": 0.17,
    "Account & login": 0.14,
    "Payments": 0.10,
}
USUAL = {
    RETURNS: 0.90,
    "Delivery & tracking": 0.90,
    "Sizing & fit": 0.90,
    "Account & login": 0.89,
    "Payments": 0.89,
}
DURING_THE_DROP = 0.51
WEEKDAYS = (1.17, 1.12, 1.07, 1.03, 0.98, 0.78, 0.85)
HOURS = (3, 2, 1, 1, 1, 3, 8, 18, 34, 46, 52, 50, 46, 48, 47, 44, 42, 44, 48, 52, 50, 38, 20, 8)
WEEKEND_HOURS = (
    4,
    3,
    2,
    1,
    1,
    2,
    4,
    9,
    20,
    36,
    46,
    48,
    42,
    38,
    38,
    40,
    42,
    44,
    46,
    50,
    48,
    36,
    20,
    9,
)
CHANNELS = {"Web chat": 0.62, "App": 0.22, "Email": 0.16}
SECOND_QUESTION = 0.42
DAYS_AHEAD = 13
"""The story is always told to the Sunday of the next week, then cut: so one seed is one story."""


@dataclass
class Planned:
    """One conversation to be written; `good` holds one entry for each answer."""

    offset: int
    clock: time
    scenario: Scenario
    channel: str
    good: list[bool]
    landmark: Landmark | None = None
    fixed: bool = field(default=False)


def _clock(offset: int, rng: Random) -> time:
    hours = WEEKEND_HOURS if weekday(offset) >= 5 else HOURS
    hour = rng.choices(range(24), weights=hours)[0]
    return time(hour, rng.randrange(60), rng.randrange(60))


def weekday(offset: int) -> int:
    """Monday is 0; day 0 of the story is a Tuesday.

    >>> weekday(0), weekday(-1), weekday(5)
    (1, 0, 6)
    """
    return (offset + 1) % 7


class _Deck:
    """Draws the scenarios of one kind like cards, so that each comes up as often as it should."""

    def __init__(self, kind: str, rng: Random) -> None:
        self._scenarios, self._rng = scenarios()[kind], rng
        self._waiting: list[Scenario] = []

    def draw(self) -> Scenario:
        if not self._waiting:
            copies = [one for one in self._scenarios for _ in range(round(one.weight * 10))]
            self._rng.shuffle(copies)
            self._waiting = copies
        return self._waiting.pop()


def _day(offset: int, count: int, decks: dict[str, _Deck], rng: Random) -> Iterator[Planned]:
    kinds = rng.choices(list(SHARES), weights=list(SHARES.values()), k=count)
    for kind in kinds:
        scenario = decks[kind].draw()
        answers = 2 if scenario.then and rng.random() < SECOND_QUESTION else 1
        channel = rng.choices(list(CHANNELS), weights=list(CHANNELS.values()))[0]
        yield Planned(offset, _clock(offset, rng), scenario, channel, [True] * answers)


def _landmarks(*, drop: bool) -> Iterator[Planned]:
    by_key = {one.key: one for kind in scenarios().values() for one in kind}
    for mark in LANDMARKS:
        if drop or not mark.in_drop:
            good = [choice is None for choice in mark.bad]
            scenario = by_key[mark.scenario]
            yield Planned(mark.offset, mark.clock, scenario, "Web chat", good, mark, fixed=True)


def block_rate(kind: str, broken: bool) -> float:
    """The share of good answers: as usual, or as the drop was planted."""
    return DURING_THE_DROP if broken and kind == RETURNS else USUAL[kind]


def _decide(planned: list[Planned], rng: Random, *, line: Timeline, drop: bool) -> None:
    """Choose the bad answers: the planted share in each week of each kind, in random places."""
    blocks: dict[tuple[str, int, bool], list[tuple[Planned, int]]] = defaultdict(list)
    for one in planned:
        kind = one.scenario.kind
        broken = drop and line.is_broken(one.offset, one.clock)
        block = blocks[kind, (one.offset + 1) // 7, broken]
        block.extend((one, turn) for turn in range(len(one.good)))
    for (kind, _, broken), answers in blocks.items():
        rate = block_rate(kind, broken) + (0.0 if broken else rng.gauss(0, 0.012))
        open_places = [(one, turn) for one, turn in answers if not one.fixed]
        planted = sum(not one.good[turn] for one, turn in answers if one.fixed)
        wanted = int(len(answers) * (1 - rate) + rng.random()) - planted
        for one, turn in rng.sample(open_places, k=max(0, min(wanted, len(open_places)))):
            one.good[turn] = False


def plan(*, line: Timeline, weeks: int, per_day: int, drop: bool, rng: Random) -> list[Planned]:
    """Every conversation of the story in order of time, from a Monday on."""
    decks = {kind: _Deck(kind, rng) for kind in SHARES}
    planned: list[Planned] = []
    for offset in range(6 - 7 * weeks, DAYS_AHEAD):
        expected = per_day * WEEKDAYS[weekday(offset)]
        count = round(rng.gauss(expected, 0.07 * expected))
        planned.extend(_day(offset, count, decks, rng))
    planned.extend(_landmarks(drop=drop))
    planned.sort(key=lambda one: (one.offset, one.clock))
    _decide(planned, rng, line=line, drop=drop)
    return planned
