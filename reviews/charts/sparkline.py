"""A line of few values without axes: the shape of the last weeks in a tile or a cell. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, PAD = 120.0, 28.0, 4.0
LEAST_SPAN = 0.1  # ten points fill the height at least: noise must not look like a cliff


@dataclass(frozen=True)
class Sparkline:
    """A path for the line (it breaks where a value is missing), and its last point."""

    path: str
    x: float
    y: float
    tone: str
    width: float = WIDTH
    height: float = HEIGHT


def sparkline(shares: Sequence[float | None], tone: str = "") -> Sparkline | None:
    """Place `shares` from left to right; None where there were too few grades.

    >>> sparkline([0.8, None, 0.9, 0.9]).path
    'M4.0 24.0M78.7 4.0L116.0 4.0'
    >>> sparkline([None]) is None
    True
    """
    known = [share for share in shares if share is not None]
    if not known:
        return None
    span = max(max(known) - min(known), LEAST_SPAN)
    floor = (max(known) + min(known) - span) / 2
    step = (WIDTH - 2 * PAD) / max(len(shares) - 1, 1)
    pieces, x, y, is_drawn = [], 0.0, 0.0, False
    for index, share in enumerate(shares):
        if share is None:
            is_drawn = False
            continue
        x = round(PAD + index * step, 1)
        y = round(HEIGHT - PAD - (share - floor) / span * (HEIGHT - 2 * PAD), 1)
        pieces.append(f"{'L' if is_drawn else 'M'}{x} {y}")
        is_drawn = True
    return Sparkline("".join(pieces), x, y, tone)
