"""The conversations that the tour and the pictures point at: they happen in every story."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time


@dataclass(frozen=True)
class Landmark:
    """One fixed conversation: when, which scenario, which phrasing, which bad answers.

    `bad` holds one number for each answer: which of the bad ones, or None for a good one.
    """

    offset: int
    clock: time
    scenario: str
    bad: tuple[int | None, ...]
    asks: tuple[int, ...] = (0, 0)
    words: Mapping[str, str] = field(default_factory=dict)
    closing: str = ""
    flag: tuple[int, time, int, str, str] | None = None
    """Day, clock, which agent, reason, note."""
    in_drop: bool = True
    ticket: int | None = None


TICKET = 48213
LANDMARKS = (
    Landmark(
        -1,
        time(10, 24),
        "kids-height",
        (None,),
        asks=(3,),
        flag=(-1, time(11, 2), 1, "wrong_fact", "chart says by age, customer confused"),
        in_drop=False,
    ),
    Landmark(
        1,
        time(14, 2),
        "sale-item",
        (0, 0),
        words={"item": "Ridge rain jacket", "weeks": "eight days"},
        closing="ok thanks, will send it tomorrow",
        flag=(1, time(15, 26), 0, "wrong_fact", "wrong about sale refunds"),
        ticket=TICKET,
    ),
    Landmark(2, time(9, 41), "worn-shoes", (0,), words={"item": "Tarn boots"}),
    Landmark(
        2,
        time(17, 20),
        "gift-card-split",
        (0,),
        flag=(2, time(17, 48), 0, "incomplete", "they paid half with a gift card"),
    ),
    Landmark(
        3,
        time(11, 5),
        "exchange-size",
        (0,),
        flag=(3, time(11, 31), 1, "did_not_answer", ""),
    ),
    Landmark(
        3,
        time(13, 12),
        "parcel-locker",
        (0,),
        words={"lockertown": "Ghent"},
        flag=(3, time(14, 5), 0, "wrong_fact", "lockers are 3 days, not 7"),
        in_drop=False,
    ),
)
