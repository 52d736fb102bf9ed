"""Which answers support agents flag, when, and in which words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from random import Random

from portal.demo.cast import AGENTS
from portal.demo.facts import ConversationFact, FlagFact
from portal.demo.landmarks import Landmark
from portal.demo.timeline import Timeline

AS_SEEN_BY_AGENTS = {"contradicts_source": "wrong_fact", "not_in_source": "wrong_fact"}
OPENS, CLOSES = time(8, 15), time(18, 30)
BAD_A_WEEK, GOOD_A_WEEK = (4, 5), (1, 2)
DURING_THE_DROP = 4
NOTE = 0.45
NOTES = {
    "wrong_fact": (
        "customer wrote back, this is not our policy",
        "had to apologise for this one",
        "wrong, see the help page",
        "told them the right thing by email",
    ),
    "out_of_date": ("that was the old rule", "we changed this months ago"),
    "incomplete": (
        "half the answer, they came back to us",
        "left out the part that matters",
        "customer had to ask again",
    ),
    "did_not_answer": ("doesn't answer the question", "they asked something else"),
    "rude_unsafe": ("please look at the tone", "we can't talk to people like that"),
    "something_else": ("answered in English to a German customer",),
}
DOUBTED = {
    "wrong_fact": ("customer says this isn't true", "not sure this is right?"),
    "incomplete": ("bit short?",),
    "did_not_answer": ("customer wasn't happy",),
}
UNMATCHED = (
    (-47, time(11, 20), "out_of_date", "Orders can be collected in our Hexley shop until 20:00."),
    (-24, time(15, 5), "wrong_fact", "Your voucher is valid for all brands in the shop."),
    (-8, time(9, 50), "incomplete", "The repair service takes about three weeks."),
)


@dataclass(frozen=True)
class _Seen:
    """One answer that a support agent comes across."""

    conversation: ConversationFact
    index: int


def _in_hours(moment: datetime, line: Timeline, rng: Random) -> datetime:
    """The same moment, or the next one in which support is at work."""
    local = moment.astimezone(line.zone)
    if OPENS <= local.time() <= CLOSES:
        return moment
    day = local.date() + timedelta(days=1 if local.time() > CLOSES else 0)
    morning = datetime.combine(day, OPENS, tzinfo=line.zone).astimezone(UTC)
    return morning + timedelta(minutes=rng.randint(1, 150))


def _flag(seen: _Seen, line: Timeline, rng: Random) -> FlagFact:
    one, truth = seen.conversation, seen.conversation.truths[seen.index]
    if truth.is_good:
        reason = rng.choice(list(DOUBTED))
        note = rng.choice(DOUBTED[reason])
    else:
        reason = AS_SEEN_BY_AGENTS.get(truth.reason, truth.reason)
        note = rng.choice(NOTES[reason]) if rng.random() < NOTE else ""
    if reason == "something_else":
        note = note or NOTES[reason][0]
    return FlagFact(
        id="",
        at=_in_hours(one.at + timedelta(minutes=rng.randint(20, 420)), line, rng),
        by=rng.choice(AGENTS),
        reason=reason,
        note=note,
        is_urgent=reason == "rude_unsafe" and rng.random() < 0.5,
        conversation_ref=one.id,
        answer_index=seen.index,
    )


def _of_week(
    week: list[ConversationFact], broken: set[str], line: Timeline, rng: Random
) -> Iterator[FlagFact]:
    """The flags of one week: mostly bad answers, now and then a good one."""
    answers = [_Seen(one, index) for one in week for index in one.truths]
    good = [seen for seen in answers if seen.conversation.truths[seen.index].is_good]
    bad = [seen for seen in answers if not seen.conversation.truths[seen.index].is_good]
    usual = [seen for seen in bad if seen.conversation.id not in broken]
    dropped = [seen for seen in bad if seen.conversation.id in broken]
    chosen = rng.sample(usual, k=min(len(usual), rng.randint(*BAD_A_WEEK)))
    chosen += rng.sample(good, k=min(len(good), rng.randint(*GOOD_A_WEEK)))
    early, late = dropped[: len(dropped) // 2], dropped[len(dropped) // 2 :]
    for half in (early, late):
        chosen += rng.sample(half, k=min(len(half), DURING_THE_DROP // 2))
    yield from (_flag(seen, line, rng) for seen in chosen)


def _landmark(one: ConversationFact, mark: Landmark, line: Timeline) -> Iterator[FlagFact]:
    if mark.flag is None:
        return
    offset, clock, agent, reason, note = mark.flag
    yield FlagFact(
        id="",
        at=line.moment(offset, clock),
        by=AGENTS[agent],
        reason=reason,
        note=note,
        conversation_ref=one.id,
        answer_index=max(one.truths),
    )


def _unmatched(line: Timeline) -> Iterator[FlagFact]:
    """Flags with the pasted words of answers that never reached us."""
    for offset, clock, reason, pasted in UNMATCHED:
        at = line.moment(offset, clock)
        yield FlagFact(id="", at=at, by=AGENTS[0], reason=reason, pasted_text=pasted)


def flags(
    conversations: tuple[ConversationFact, ...],
    marks: dict[str, Landmark],
    *,
    line: Timeline,
    broken: set[str],
    rng: Random,
) -> list[FlagFact]:
    """All flags in order of time. `broken`: the conversations inside the planted drop."""
    found = list(_unmatched(line))
    weeks: dict[int, list[ConversationFact]] = {}
    for one in conversations:
        if one.id in marks:
            found.extend(_landmark(one, marks[one.id], line))
        else:
            day = one.at.astimezone(line.zone).date()
            weeks.setdefault(((day - line.drop).days + 1) // 7, []).append(one)
    for week in weeks.values():
        found.extend(_of_week(week, broken, line, rng))
    found.sort(key=lambda flag: flag.at)
    return [replace(flag, id=f"flag-{number:04}") for number, flag in enumerate(found, 1)]
