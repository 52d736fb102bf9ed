"""With what chance a conversation is chosen, and the keyed decision that follows from it.

The decision is a keyed hash of the conversation's id compared with the chance, so it can be
repeated and nobody outside can steer it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

UNITS = float(1 << 64)


def draw(key: str, purpose: str, identity: str) -> float:
    """A number in [0, 1) that only `key`, `purpose` and `identity` decide (HMAC-SHA256).

    >>> 0 <= draw("k", "random", "c1") < 1
    True
    """
    digest = hmac.digest(key.encode(), f"{purpose}\0{identity}".encode(), hashlib.sha256)
    return int.from_bytes(digest[:8], "big") / UNITS


def is_chosen(key: str, purpose: str, identity: str, chance: float) -> bool:
    """True with probability `chance`, always the same for the same conversation."""
    return draw(key, purpose, identity) < chance


def pick(key: str, identity: str, options: list[int]) -> int:
    """One of `options`, each equally likely: which answer of a conversation is graded."""
    return options[int(draw(key, "answer", identity) * len(options))]


def allocate(target: float, volumes: Mapping[str, float]) -> dict[str, float]:
    """The chance for each kind so that about `target` are chosen a day: half of the target in
    equal parts, so that a small kind still gets some, and half in proportion to the volume
    (STATISTICS.md section 2). A kind with less traffic than its part is taken whole and the rest
    is shared out among the others.

    >>> allocate(40, {"a": 300.0, "b": 100.0})
    {'a': 0.083..., 'b': 0.15}
    >>> allocate(40, {"a": 300.0, "b": 5.0})["b"]
    1.0
    """
    open_kinds = {kind: volume for kind, volume in volumes.items() if volume > 0}
    chances: dict[str, float] = {}
    left = float(target)
    while open_kinds:
        whole = sum(open_kinds.values())
        share = {
            kind: left / 2 / len(open_kinds) + left / 2 * volume / whole
            for kind, volume in open_kinds.items()
        }
        full = [kind for kind in open_kinds if share[kind] >= open_kinds[kind]]
        if not full:
            chances |= {kind: share[kind] / volume for kind, volume in open_kinds.items()}
            break
        for kind in full:
            chances[kind] = 1.0
            left = max(left - open_kinds.pop(kind), 0.0)
        if left <= 0 and open_kinds:
            left = 0.01 * sum(open_kinds.values())
    return chances
