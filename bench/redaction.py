"""Redaction of a conversation that holds nothing, beside decoding its JSON in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from bench.intake import conversation
from bench.verdicts import Line
from ingestion.redact_rows import redact_row
from ingestion.wire import ConversationIn

ROUNDS, ROWS = 40, 50
MOST = 15.0  # decodings


def _fastest(*works: Callable[[], object]) -> list[float]:
    """The fastest round of each, taken in turn, so that a slow moment hits all."""
    best = [float("inf")] * len(works)
    for _ in range(ROUNDS):
        for place, work in enumerate(works):
            started = time.perf_counter()
            work()
            best[place] = min(best[place], time.perf_counter() - started)
    return best


def measure() -> list[Line]:
    """Microseconds a conversation, and how many decodings that is."""
    body = msgspec.json.encode([conversation(number, "row") for number in range(ROWS)])
    decoder = msgspec.json.Decoder(list[ConversationIn])
    rows = decoder.decode(body)

    def redact_all() -> None:
        for row in rows:
            redact_row(row, ())

    decoding, redacting = _fastest(lambda: decoder.decode(body), redact_all)
    ratio = redacting / decoding
    return [
        Line("redaction: a conversation", f"{redacting / ROWS * 1e6:.1f} microseconds"),
        Line("redaction / decoding its JSON", f"{ratio:.1f}", f"<= {MOST:.0f}", ratio <= MOST),
    ]
