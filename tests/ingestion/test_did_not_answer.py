"""The hint that an assistant did not answer: set phrases, and no answer that only says no."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.did_not_answer import did_not_answer

CONTENT = Path(__file__).resolve().parent.parent.parent / "portal" / "demo" / "content"


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but I can't help with that.",
        "I’m afraid I cannot answer questions about other customers.",
        "I'm unable to assist with this request.",
        "Unfortunately I am not able to find that order.",
        "I don't have any information about that.",
        "I do not have access to your account.",
        "Sorry, I didn't quite understand. Could you rephrase?",
        "I don't know.",
        "There is no information available on that topic.",
        "As an AI, I have no opinion.",
        "Dabei kann ich Ihnen leider nicht helfen.",
        "Je ne peux pas répondre à cette question.",
        "Lo siento, no puedo ayudar con eso.",
        "Sorry.",
        "N/A",
        "...",
        "  ",
        "",
    ],
)
def test_a_refusal_is_noticed(answer: str) -> None:
    assert did_not_answer(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but sale items can't be returned.",
        "Sorry, no Express to that address.",
        "If you don't know the code, ask the shop.",
        "You can't use two codes for one order.",
        "OK.",
        "Yes.",
        "The parcel can be sent back within 30 days. " * 10 + "I can't help with that.",
    ],
)
def test_an_answer_that_says_no_is_an_answer(answer: str) -> None:
    assert not did_not_answer(answer)


def test_the_demos_answers_are_answers() -> None:
    """About 900 real-looking sentences of a shop; a hint that fires on them would be noise."""
    lines = [line for path in CONTENT.glob("*.toml") for line in path.read_text().splitlines()]
    answers = [line for line in lines if 'text = "' in line]
    assert len(answers) > 300
    fired = [line for line in answers if did_not_answer(line.split('text = "', 1)[1])]
    assert len(fired) <= 2, fired
