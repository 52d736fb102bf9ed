"""What came back by itself: thumbs, ratings and escalations from customers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from portal.demo.draft import stamp
from portal.demo.facts import ConversationFact, SignalFact

THUMBS, ESCALATION = 0.11, 0.025
RATINGS = {"Email": 0.3, "App": 0.03, "Web chat": 0.01}
ESCALATED_WHEN_BAD = 0.13
UP_WHEN_GOOD, UP_WHEN_BAD = 0.84, 0.33
STARS_WHEN_GOOD, STARS_WHEN_BAD = (2, 3, 9, 34, 52), (27, 22, 20, 18, 13)
COMMENT = 0.25
PLEASED = ("quick, thanks", "clear answer", "helpful", "good", "faster than the phone")
CROSS = (
    "not what I asked",
    "didn't help",
    "still don't know what to do",
    "wrong!",
    "just copies the help page",
    "can I talk to a person please",
)
LOST = 6
"""Signals about conversations that never arrived."""


def _comment(pleased: bool, rng: Random) -> str:
    if rng.random() > COMMENT:
        return ""
    return rng.choice(PLEASED if pleased else CROSS)


def _of(one: ConversationFact, rng: Random) -> Iterator[tuple[str, float, str]]:
    """Name, value and comment of each signal about one conversation."""
    good = all(truth.is_good for truth in one.truths.values())
    if rng.random() < THUMBS:
        up = rng.random() < (UP_WHEN_GOOD if good else UP_WHEN_BAD)
        yield "thumbs", 1 if up else -1, _comment(up, rng)
    if rng.random() < RATINGS[one.payload["channel"]]:
        weights = STARS_WHEN_GOOD if good else STARS_WHEN_BAD
        stars = rng.choices(range(1, 6), weights=weights)[0]
        yield "rating", stars, _comment(stars > 3, rng)
    if rng.random() < (ESCALATION if good else ESCALATED_WHEN_BAD):
        yield "escalation", 1, ""


def signals(conversations: tuple[ConversationFact, ...], rng: Random) -> list[SignalFact]:
    """All signals in order of time; a few are about conversations that nobody sent."""
    found: list[SignalFact] = []
    for one in conversations:
        for name, value, comment in _of(one, rng):
            at = one.at + timedelta(seconds=rng.randint(60, 2400))
            sent = {"conversation_id": one.id, "name": name, "value": value, "at": stamp(at)}
            found.append(SignalFact(at, sent | ({"comment": comment} if comment else {})))
    for one in rng.sample(conversations, k=LOST):
        lost = {"conversation_id": f"{one.id}-lost", "name": "thumbs", "value": -1}
        found.append(SignalFact(one.at, lost | {"at": stamp(one.at)}))
    found.sort(key=lambda signal: signal.at)
    for number, signal in enumerate(found, 1):
        signal.payload["id"] = f"signal-{number:05}"
    return found
