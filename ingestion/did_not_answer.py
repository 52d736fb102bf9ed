"""Does an answer read as if the assistant did not answer? A cheap hint on all traffic, no verdict.

It looks for a few set phrases near the beginning, so it misses other wordings and other languages.
Its daily rate says when answers began to look different; whether one of them was good, a person
says. "Sorry, sale items can't be returned" is an answer and must stay one. Pure.
"""

from __future__ import annotations

import re

LOOKED_AT = 400  # characters from the beginning: a refusal comes first

CANNOT = (
    r"(?:can ?not|can't|could ?not|couldn't|am (?:unable|not able) to|'m (?:unable|not able) to)"
)
KNOWN = r"(?:information|info|details|access|knowledge)"
REFUSALS = (
    rf"\bi ?{CANNOT} (?:help|assist|answer|find|provide|access|discuss|comment|understand)\b",
    r"\b(?:unable|not able) to (?:help|assist|answer|find|provide|access|process) ",
    r"\bi (?:do not|don't|did not|didn't) (?:quite )?(?:know|understand|catch|have an answer)\b",
    rf"\bi (?:do not|don't) (?:currently )?have (?:\w+ ){{0,3}}{KNOWN}\b",
    r"\b(?:no|not enough) (?:relevant )?information (?:is |was )?(?:available|found|about|on) ",
    r"\b(?:could|can) you (?:please )?(?:rephrase|reword)\b",
    r"\bas an ai\b",
    r"\bsomething went wrong\b",
    r"\bkann ich (?:\w+ ){0,3}(?:nicht helfen|keine auskunft)",
    r"\bje ne (?:peux|sais|dispose|comprends) pas\b",
    r"\bno puedo (?:ayudar|responder)|\bno tengo (?:esa |la )?informaci[oó]n\b",
)
EMPTY = frozenset(
    ("", "sorry", "i'm sorry", "i am sorry", "n/a", "na", "none", "null", "error", "no answer")
)

_refusal = re.compile("|".join(REFUSALS))
_edges = " \t\r\n.,;:!?…-–—*_\"'()[]"


def did_not_answer(answer: str) -> bool:
    """True for a refusal in set words and for an answer without any content.

    >>> did_not_answer("I'm sorry, but I can't help with that.")
    True
    >>> did_not_answer("I'm sorry, but sale items can't be returned.")
    False
    >>> did_not_answer("...")
    True
    """
    start = answer[:LOOKED_AT].lower().replace("’", "'")
    if start.strip(_edges) in EMPTY and len(answer) <= LOOKED_AT:
        return True
    return _refusal.search(start) is not None
