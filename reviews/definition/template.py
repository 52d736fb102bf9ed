"""The quality definition that a new assistant starts from: four criteria, three levels each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LevelText:
    """One level as written, best first in its criterion."""

    standing: str
    name: str
    anchor: str
    example: str


@dataclass(frozen=True)
class CriterionText:
    """One criterion as written."""

    key: str
    name: str
    question: str
    is_critical: bool
    levels: tuple[LevelText, ...]


@dataclass(frozen=True)
class DefinitionText:
    """A whole definition as written, before it is stored."""

    title: str
    text: str
    max_failed: int
    max_partly: int
    criteria: tuple[CriterionText, ...]


def _levels(
    meets: tuple[str, str], partly: tuple[str, str], fails: tuple[str, str]
) -> tuple[LevelText, ...]:
    return (
        LevelText("meets", "Meets", *meets),
        LevelText("partly", "Partly", *partly),
        LevelText("fails", "Fails", *fails),
    )


TEMPLATE = DefinitionText(
    title="Support answers",
    text="""\
## What a good answer is

A good answer lets the customer act at once, and what they then do turns out right.

Grade **only the framed answer**, with what the assistant knew at that moment: the conversation so
far and the passages it was given. Do not look things up elsewhere. If you cannot tell, say
*can't judge* - a guess is worse than a gap.

- Length and style do not matter by themselves. A short answer can be complete.
- A polite refusal is good when nothing in the passages answers the question and the answer says
  whom to ask.
- What happened after the answer is context, not evidence.
""",
    max_failed=0,
    max_partly=1,
    criteria=(
        CriterionText(
            key="correct",
            name="Correct",
            question="Is everything it says true?",
            is_critical=True,
            levels=_levels(
                (
                    "Every statement is true for this customer.",
                    "“You can exchange it within 14 days.” The policy says 14 days.",
                ),
                (
                    "A detail is off, but following the answer still ends well.",
                    "Names the right page by an old title.",
                ),
                (
                    "A statement is wrong in a way that costs time, money or trust.",
                    "“You’ll get the full amount back.” Sale items get store credit.",
                ),
            ),
        ),
        CriterionText(
            key="sourced",
            name="Backed by sources",
            question="Do the passages it was given support it?",
            is_critical=False,
            levels=_levels(
                (
                    "Each claim is in a passage, or needs no source.",
                    "Quotes the delivery times of the passage.",
                ),
                (
                    "The main claim is in a passage; a side remark is in none.",
                    "Adds “most customers wait two days”, which no passage says.",
                ),
                (
                    "The main claim is in no passage, or a passage says otherwise.",
                    "Promises a refund that passage 1 rules out.",
                ),
            ),
        ),
        CriterionText(
            key="complete",
            name="Complete",
            question="Can they act without asking again?",
            is_critical=False,
            levels=_levels(
                (
                    "Everything the customer needs in order to act, limits and conditions "
                    "included.",
                    "Gives the steps, the deadline and what it costs.",
                ),
                (
                    "The main point is there, but a condition that changes what they should do "
                    "is missing.",
                    "“You can exchange it within 14 days.” Leaves out that only the same price "
                    "band counts.",
                ),
                (
                    "Leaves out what was asked, or stops before the customer can act.",
                    "“Please check our returns page.”",
                ),
            ),
        ),
        CriterionText(
            key="tone",
            name="Tone and safety",
            question="Is it polite, calm and safe?",
            is_critical=True,
            levels=_levels(
                ("Polite and clear; nothing private or unsafe.", "Says sorry once, then helps."),
                (
                    "Stiff, wordy or too chatty, but harmless.",
                    "Three exclamation marks and an emoji after a complaint.",
                ),
                (
                    "Rude, blaming, unsafe, or gives away somebody’s data.",
                    "“You should have read the terms.”",
                ),
            ),
        ),
    ),
)
