"""Blank out what must not be stored: addresses, phone numbers, cards, accounts, secrets.

Pure: text in, text out. Runs before anything is stored.

A text is looked at first for what it may hold (`look`), which costs little and is enough for
most. Each kind then finds its stretches in the view of the text (`view`), and they are blanked out
in the text itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from ingestion.redaction.accounts import find_accounts
from ingestion.redaction.cards import find_cards
from ingestion.redaction.emails import find_emails
from ingestion.redaction.look import NOTHING, Signs, signs_of
from ingestion.redaction.numbers import runs
from ingestion.redaction.passwords import find_said
from ingestion.redaction.phones import find_phones
from ingestion.redaction.tokens import find_log_ins, find_tokens
from ingestion.redaction.view import view_of

LABELS = {
    "email": "[email]",
    "secret": "[secret]",
    "iban": "[account number]",
    "card": "[card number]",
    "phone": "[phone number]",
}
CUSTOM_LABEL = "[removed]"
MOST_TIMES = 5
Stretch = tuple[int, int, str]


class Blanks(Protocol):
    """What replaces its matches: a compiled expression, or one with a limit to its time."""

    def sub(self, repl: str, string: str, /) -> str: ...


def may_hold_something(text: str) -> bool:
    """False when `redact` would leave `text` as it is; True when it may not.

    >>> may_hold_something("Order 48213, 3 to 5 days"), may_hold_something("Call 415-555-2671")
    (False, True)
    """
    return signs_of(text) != NOTHING


def _found(text: str, signs: Signs) -> Iterator[Stretch]:
    """What each kind finds, those first that others may not take apart."""
    if signs.token:
        yield from ((start, end, "secret") for start, end in find_tokens(text))
    if signs.said:
        yield from ((start, end, "secret") for start, end in find_said(text))
    if signs.at or signs.spelled:
        yield from _links_and_addresses(text, is_spelled=signs.spelled)
    if signs.number:
        yield from ((start, end, "iban") for start, end in find_accounts(text))
        for groups in runs(text):
            yield from ((start, end, "card") for start, end in find_cards(text, groups))
            yield from ((start, end, "phone") for start, end in find_phones(text, groups))


def _links_and_addresses(text: str, *, is_spelled: bool) -> Iterator[Stretch]:
    """Log-ins in links, and addresses; the sign after a log-in makes no address."""
    within: set[int] = set()
    for start, end in find_log_ins(text):
        within.update(range(start, end + 1))
        yield start, end, "secret"
    for start, end in find_emails(text, has_sign="@" in text, is_spelled=is_spelled):
        if start not in within:
            yield start, end, "email"


def _apart(found: Iterable[Stretch]) -> list[Stretch]:
    """Stretches in order that do not overlap: what touches becomes one, of the kind found first."""
    ranked = sorted((start, rank, end, kind) for rank, (start, end, kind) in enumerate(found))
    joined: list[tuple[int, int, int, str]] = []
    for start, rank, end, kind in ranked:
        if joined and start < joined[-1][1]:
            first, last, known, its = joined[-1]
            if rank < known:
                known, its = rank, kind
            joined[-1] = (first, max(last, end), known, its)
        else:
            joined.append((start, end, rank, kind))
    return [(start, end, kind) for start, end, _, kind in joined]


def blank(text: str, signs: Signs) -> str:
    """`text` with what these signs lead to replaced by a word in brackets.

    What stood glued to something else may be seen only when that is gone: so it is done again
    until nothing more is found.
    """
    for _ in range(MOST_TIMES):
        view = view_of(text)
        pieces: list[str] = []
        last = 0
        for start, end, kind in _apart(_found(view.text, signs)):
            start, end = view.span(start, end)
            pieces += (text[last:start], LABELS[kind])
            last = end
        if not pieces:
            break
        text = "".join(pieces) + text[last:]
    return text


def redact(text: str, custom: Iterable[Blanks] = ()) -> str:
    """`text` with what must not be stored replaced by a word in brackets.

    >>> redact("Write to jo@example.com or call +44 20 7946 0958, order 48213")
    'Write to [email] or call [phone number], order 48213'
    """
    signs = signs_of(text)
    if signs != NOTHING:
        text = blank(text, signs)
    for pattern in custom:
        text = pattern.sub(CUSTOM_LABEL, text)
    return text
