"""The whole loop without a database: choose what is graded as the product does, day by day.

The chances, the keyed draws and the allocation to kinds are those of reviews.stats.chances, which
the product's sampler uses too. What the sampler does with rows is told again here: it looks at new
conversations in one tick at the end of each day, every flagged answer is graded, thumbs and
escalations have a cap, and one random answer in six goes to two people. Who grades is a keyed
choice among those at work, in place of who happens to ask for the next answer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from reviews.backtest.reading import BadInputError
from reviews.backtest.shapes import LEAD, ConversationLine, Item, ReviewerLine, Row, Seat
from reviews.stats.chances import allocate, draw, is_chosen, pick
from reviews.stats.history import DECISION, FIRST, SECOND

# (conversation id, reviewer id) -> {"verdict": "pass" or "fail", "definition_version": 1}
Grader = Callable[[str, str], Mapping[str, Any]]
HISTORY_DAYS = 7
LATEST = 6  # a grade comes 0 to 5 days after its answer was chosen
THUMBS, ESCALATED = "thumbs_down", "escalated"
VERDICTS = {"pass": False, "good": False, "fail": True, "not_good": True}


@dataclass(frozen=True)
class Choice:
    """How answers are chosen; the defaults are those of a new assistant."""

    per_day: int = 40
    signals_per_day: int = 10
    double_share: float = 1 / 6
    key: str = "backtest"


class Seen(NamedTuple):
    """What the choice needs of a conversation."""

    id: str
    kind: int
    is_down: bool
    is_escalated: bool


class Chosen(NamedTuple):
    """A conversation that is to be graded: on which day it was chosen, its chance if drawn, and
    whether it is one of those of which some are graded twice."""

    row: Row
    on: int
    chance: float | None
    may_be_twice: bool = True


class WholeLoop:
    """Sees all traffic, chooses from it, and asks `grade` about what was chosen."""

    def __init__(self, grade: Grader, choice: Choice) -> None:
        self._grade, self._choice = grade, choice
        self._days: dict[int, list[Seen]] = defaultdict(list)
        self._chosen: dict[str, Chosen] = {}

    def see(self, conversation: ConversationLine, day: int, kind: int) -> None:
        """Take in a conversation."""
        escalated = bool(conversation.escalated)
        self._days[day].append(Seen(conversation.id, kind, conversation.is_down, escalated))

    def choose(self, flags: Sequence[tuple[str, int]], rows: Mapping[str, Row]) -> dict[str, Row]:
        """Decide, day by day; `rows` holds the conversations of the flags. Returns the rows of all
        that were chosen."""
        by_day: dict[int, list[str]] = defaultdict(list)
        for name, on in flags:
            by_day[on].append(name)
        for day in sorted(set(self._days) | set(by_day)):
            self._draw(day)
            self._by_signal(day)
            for name in by_day[day]:
                self._chosen.setdefault(name, Chosen(rows[name], day, None))
        return {name: one.row for name, one in self._chosen.items()}

    def _week(self, day: int) -> Iterator[tuple[int, list[Seen]]]:
        for before in range(day - HISTORY_DAYS, day):
            if before in self._days:
                yield before, self._days[before]

    def _draw(self, day: int) -> None:
        """The random part: chances from the week before, or from the day where it is busier."""
        week = list(self._week(day))
        before = Counter(one.kind for _, seen in week for one in seen)
        today = Counter(one.kind for one in self._days.get(day, ()))
        volumes = {
            str(kind): max(before[kind] / max(len(week), 1), float(today[kind]))
            for kind in before | today
        }
        chances = allocate(self._choice.per_day, volumes)
        for one in self._days.get(day, ()):
            chance = chances.get(str(one.kind), 1.0)
            if is_chosen(self._choice.key, "random", one.id, chance):
                self._chosen[one.id] = Chosen(Row(day, one.kind, one.is_down), day, chance)

    def _by_signal(self, day: int) -> None:
        """Thumbs down and escalations up to a daily cap; never part of the random ones."""
        share = max(self._choice.signals_per_day / 2, 0.1)
        for reason in (THUMBS, ESCALATED):
            seen = sum(_says(one, reason) for _, week in self._week(day) for one in week)
            chance = min(1.0, share / max(seen / HISTORY_DAYS, 1.0))
            for one in self._days.get(day, ()):
                if (
                    _says(one, reason)
                    and one.id not in self._chosen
                    and is_chosen(self._choice.key, reason, one.id, chance)
                ):
                    row = Row(day, one.kind, one.is_down)
                    self._chosen[one.id] = Chosen(row, day, None, reason != ESCALATED)

    def items(self, roster: Sequence[ReviewerLine]) -> Iterator[Item]:
        """Every chosen conversation with its grades. Raises BadInputError without reviewers, or
        for an answer of the callable that is no grade."""
        first = min(self._days)
        leads = [one.id for one in roster if one.role == LEAD]
        people = [one for one in roster if one.role != LEAD]
        if not people:
            raise BadInputError("--whole-loop needs reviewers.json with at least one reviewer.")
        for name, one in self._chosen.items():
            at_work = [
                number
                for number, person in enumerate(people)
                if person.from_day <= one.on - first < person.to_day
            ]
            twice = one.may_be_twice and is_chosen(
                self._choice.key, "double", name, self._choice.double_share
            )
            seats: list[Seat] = []
            for place in (FIRST, SECOND)[: 2 if twice else 1]:
                if at_work:
                    number = pick(self._choice.key, f"{name} {place}", at_work)
                    at_work.remove(number)
                    seats.append(self._seat(name, people[number].id, place, one.on))
            if len({seat.failed for seat in seats}) == 2 and leads:
                decision = self._seat(name, leads[0], DECISION, one.on)
                known = max(seat.known for seat in [*seats, decision])
                seats.append(decision._replace(known=known))
            # What comes in first is the first review, as on the page.
            seats.sort(key=lambda seat: (seat.place == DECISION, seat.known))
            yield Item(
                name,
                one.chance,
                [
                    seat if seat.place == DECISION else seat._replace(place=(FIRST, SECOND)[order])
                    for order, seat in enumerate(seats)
                ],
            )

    def _seat(self, name: str, reviewer: str, place: int, on: int) -> Seat:
        given = self._grade(name, reviewer)
        verdict = given.get("verdict")
        if verdict not in VERDICTS:
            raise BadInputError(
                f"--whole-loop: the callable gave {verdict!r} as the verdict of {reviewer} on "
                f"{name}. It must be pass or fail."
            )
        late = int(draw(self._choice.key, "late", f"{name} {reviewer}") * LATEST)
        version = int(given.get("definition_version", 1))
        return Seat(reviewer, VERDICTS[verdict], version, place, on + late)


def _says(one: Seen, reason: str) -> bool:
    return one.is_down if reason == THUMBS else one.is_escalated
