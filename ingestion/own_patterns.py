r"""A team's own patterns to blank out: tried before they are kept, and stopped when they run long.

save_patterns(assistant=assistant, patterns=[r"ZX-\d{1,9}"])   # raises Refused
custom = compiled(tuple(assistant.redact_patterns))            # one for each request
redact(text, custom)                                           # raises PatternTooSlow

The engine is `regex` because it can be given a limit of time; Python's own cannot, and one pattern
such as (a|a)*b would hold a worker of the web server for ever.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import lru_cache

import regex

from ingestion.models import Assistant
from portal.refused import Refused

FIELD = "redact_patterns"
MOST_PATTERNS, LONGEST = 20, 300
SECONDS_A_TEXT = 0.25
SECONDS_IN_ALL = 2.0  # of one request, over all its texts and patterns
SECONDS_A_TRIAL, SECONDS_OF_TRIALS = 0.1, 1.0
TRIAL_LENGTH = 10_000
PIECES = ("a", "A", "1", " ", "-", ".", "a ", "a1", "1-", "a.", "\n")
SIMPLER = "Limit its repeats, such as \\d{1,20} for \\d+, and do not repeat a repeat."


class PatternTooSlow(Exception):
    """A pattern was stopped; the text it was meant for must not be stored."""

    def __init__(self, pattern: str) -> None:
        super().__init__(f"The team's own pattern {pattern!r} takes too long on this text.")
        self.field = FIELD
        self.fix = f"Nothing of it was stored. In Set-up: {SIMPLER}"


class _Patience:
    """Seconds that the patterns of one request may still take."""

    def __init__(self) -> None:
        self.left = SECONDS_IN_ALL


class _Timed:
    """One pattern, stopped when it takes too long on a text or a request."""

    def __init__(self, pattern: regex.Pattern[str], patience: _Patience) -> None:
        self.pattern, self.patience = pattern, patience

    def sub(self, repl: str, string: str, /) -> str:
        """Raises PatternTooSlow."""
        limit = min(SECONDS_A_TEXT, self.patience.left)
        if limit <= 0:
            raise PatternTooSlow(self.pattern.pattern)
        started = time.perf_counter()
        try:
            return str(self.pattern.sub(repl, string, timeout=limit))
        except TimeoutError as error:
            raise PatternTooSlow(self.pattern.pattern) from error
        finally:
            self.patience.left -= time.perf_counter() - started


@lru_cache(maxsize=1024)
def _expressions(patterns: tuple[str, ...]) -> tuple[regex.Pattern[str], ...]:
    return tuple(regex.compile(pattern) for pattern in patterns)


def compiled(patterns: tuple[str, ...]) -> tuple[_Timed, ...]:
    """A team's patterns for one request, which share SECONDS_IN_ALL; compiled once a process."""
    if not patterns:
        return ()
    patience = _Patience()
    return tuple(_Timed(expression, patience) for expression in _expressions(patterns))


def _trials(pattern: str) -> Iterator[str]:
    """Long texts that bring a pattern with nested or open repeats to its knees: one piece again
    and again and then something that does not fit, the pieces taken from the pattern too."""
    own = regex.findall(r"[\w@#/:;_ -]+", pattern)
    endings = ("\x01", "\x01" + "".join(own))  # an engine may look first for what must be there
    for piece in dict.fromkeys((*PIECES, *own, *pattern)):
        for ending in endings:
            yield (piece * TRIAL_LENGTH)[:TRIAL_LENGTH] + ending


def check_pattern(pattern: str, place: int = 0) -> None:
    """Raises Refused for what is no pattern, matches nothing at all, or takes too long."""
    if len(pattern) > LONGEST:
        raise Refused(
            f"{FIELD}[{place}]", f"It is over {LONGEST} characters.", "Split it into several."
        )
    try:
        expression = regex.compile(pattern)
    except (regex.error, RecursionError, OverflowError) as error:
        raise Refused(
            f"{FIELD}[{place}]",
            f"It is no regular expression: {error}.",
            "Put a \\ before a sign that is meant.",
        ) from error
    if expression.search("") is not None:
        fix = "Say what must be there, such as ZX-\\d{1,9}."
        raise Refused(f"{FIELD}[{place}]", "It fits where there is nothing, so everywhere.", fix)
    left = SECONDS_OF_TRIALS
    for text in _trials(pattern):
        started = time.perf_counter()
        try:
            expression.sub("", text, timeout=min(SECONDS_A_TRIAL, left))
        except TimeoutError as error:
            reason = f"It takes too long on texts of {TRIAL_LENGTH:,} characters."
            raise Refused(f"{FIELD}[{place}]", reason, SIMPLER) from error
        left = max(left - (time.perf_counter() - started), 0.001)


def save_patterns(*, assistant: Assistant, patterns: Sequence[str]) -> None:
    """Keep a team's patterns, all or none. Raises Refused for the first that does not fit.

    They hold for what comes in from now on; what is stored stays as it is.
    """
    if len(patterns) > MOST_PATTERNS:
        reason = f"{len(patterns)} patterns are more than the {MOST_PATTERNS} there may be."
        raise Refused(f"{FIELD}[{MOST_PATTERNS}]", reason, "Join some of them with |.")
    for place, pattern in enumerate(patterns):
        check_pattern(pattern, place)
    assistant.redact_patterns = list(patterns)
    assistant.save(update_fields=["redact_patterns"])
