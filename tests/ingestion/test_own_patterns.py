"""A team's own patterns: refused when they could hang a worker, and stopped when they do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ingestion import own_patterns
from ingestion.models import Conversation, Refusal, Signal
from ingestion.own_patterns import PatternTooSlow, check_pattern, compiled
from ingestion.redaction import redact
from portal.refused import Refused
from tests.ingestion.conftest import Send, error_of, row
from tests.world import World

FINE = [
    r"ZX-\d{1,9}",
    r"ZX-\d+",
    r"\bKD\d{6}\b",
    r"[A-Z]{2}\s?\d{6}",
    r"(?i)member [a-z]\d{5}",
    "é+",
]
HOSTILE = [r"(a+)+$", r"(x+x+)+y", r"(foo\s*)+bar", r"^(([a-z])+.)+[A-Z]([a-z])+$", r"\w+@acme"]
SLOW = r"(a+)+$"  # cannot be saved; stands for what the trial did not think of
BAIT = "a" * 5000 + "!"


@contextmanager
def within(seconds: float) -> Iterator[None]:
    started = time.process_time()
    yield
    assert time.process_time() - started < seconds


@pytest.mark.parametrize("pattern", FINE)
def test_what_teams_write_is_taken(pattern: str) -> None:
    check_pattern(pattern)


@pytest.mark.parametrize("pattern", HOSTILE)
def test_what_could_hang_a_worker_is_refused_with_a_fix(pattern: str) -> None:
    with within(5), pytest.raises(Refused) as refused:
        check_pattern(pattern, 3)
    assert refused.value.field == "redact_patterns[3]"
    assert "too long" in refused.value.reason
    assert "Limit its repeats" in refused.value.fix


@pytest.mark.parametrize("pattern", ["(", "*", "a*", "", "x|", "a" * 301, "(" * 250 + ")" * 250])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(Refused) as refused:
        check_pattern(pattern)
    assert refused.value.reason
    assert refused.value.fix


def test_patterns_are_saved_all_or_none(db: None, world: World) -> None:
    own_patterns.save_patterns(assistant=world.assistant, patterns=[r"ZX-\d{1,9}"])
    with pytest.raises(Refused) as refused:
        own_patterns.save_patterns(assistant=world.assistant, patterns=["good", "("])
    assert refused.value.field == "redact_patterns[1]"
    with pytest.raises(Refused):
        own_patterns.save_patterns(assistant=world.assistant, patterns=["a"] * 21)
    world.assistant.refresh_from_db()
    assert world.assistant.redact_patterns == [r"ZX-\d{1,9}"]


def test_a_pattern_that_runs_long_is_stopped_and_never_lets_the_text_through() -> None:
    custom = compiled((SLOW,))
    with within(1), pytest.raises(PatternTooSlow, match="takes too long"):
        redact(BAIT, custom)


def test_a_request_full_of_such_texts_is_stopped_as_a_whole() -> None:
    custom = compiled((SLOW, SLOW))
    with within(2 * own_patterns.SECONDS_IN_ALL):
        for _ in range(500):
            with pytest.raises(PatternTooSlow):
                redact(BAIT, custom)


def test_other_threads_go_on_meanwhile() -> None:
    ticks = 0
    stop = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not stop.wait(0.005):
            ticks += 1

    thread = threading.Thread(target=tick)
    thread.start()
    with pytest.raises(PatternTooSlow):
        redact(BAIT, compiled((SLOW,)))
    stop.set()
    thread.join()
    assert ticks >= 5


def test_only_the_row_that_takes_too_long_is_refused(send: Send, world: World) -> None:
    world.assistant.redact_patterns = [SLOW, "ZX-[0-9]+"]
    world.assistant.save()
    bait = [{"role": "assistant", "content": BAIT}]
    for again in range(4):  # the key is remembered after two
        answer = send([row("good"), row("bad", messages=bait)])
        assert answer.status_code == 200
        receipt = answer.json()
        assert receipt["duplicate" if again else "accepted"] == ["good"]
        (refused,) = receipt["rejected"]
        assert (refused["index"], refused["id"]) == (1, "bad")
        assert refused["field"] == "redact_patterns"
        assert "Set-up" in refused["fix"]
    assert Conversation.objects.get().external_id == "good"
    assert Refusal.objects.filter(field="redact_patterns").count() == 4


def test_a_comment_that_takes_too_long_is_refused(send: Send, world: World) -> None:
    world.assistant.redact_patterns = [SLOW]
    world.assistant.save()
    signal = {"conversation_id": "a", "name": "thumbs", "value": -1, "comment": BAIT[-1999:]}
    answer = send(signal, to="signals")
    assert answer.status_code == 422
    assert error_of(answer)["field"] == "redact_patterns"
    assert not Signal.objects.exists()
