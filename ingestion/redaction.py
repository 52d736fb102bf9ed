"""Blank out what must not be stored: addresses, phone numbers, cards, accounts, secrets.

Pure: text in, text out. Runs before anything is stored, on every message and passage.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

# Each pattern is bounded, and its inner repeats are possessive (`++`), so hostile text costs
# no more than plain text does.
EMAIL = (
    r"(?P<email>(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,254}+"
    r"@[A-Za-z0-9-]{1,63}+(?:\.[A-Za-z0-9-]{1,63}+){1,8})"
)
CREDENTIAL = (
    r"(?P<secret>\b(?:(?:sk|pk|rk|plk|gh[pos]|xox[abpr]|glpat|pat)[-_]|AKIA|ASIA|AIza)"
    r"[A-Za-z0-9_-]{16,200}+|\bBearer\s{1,4}+[A-Za-z0-9._~+/-]{20,400}+=*"
    r"|\beyJ[A-Za-z0-9_-]{10,600}+\.[A-Za-z0-9_-]{10,600}+\.[A-Za-z0-9_-]{5,600}+)"
)
IBAN = r"(?P<iban>\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?\b)"
# Written in one go or in a card's own groups, and opened by a digit that networks use: two dates
# in a row, a barcode or a parcel's number are not a card.
CARD = (
    r"(?P<card>(?<![\d-])(?:[2-6]\d{12,18}+|[2-6]\d{3}(?:[ -]\d{4}){2}[ -]\d{1,4}+(?:[ -]\d{1,3}+)?"
    r"|3\d{3}[ -]\d{6}[ -]\d{5})(?![\d-]))"
)
PHONE = (
    r"(?P<phone>(?<![\w+/.-])(?:\+|00)[1-9]\d{0,2}+(?:[ ./-]?+\(?+\d{1,5}+\)?+){1,5}(?![\w/-])"
    r"|(?<![\w+/.-])\(?0[1-9]\d{1,3}\)?[ /-]\d{2,4}(?:[ -]?\d{2,4}){1,3}(?![\w/-])"
    r"|(?<![\w+/.-])\(?[2-9]\d{2}\)?[ .-]{1,2}[2-9]\d{2}[ .-]\d{4}(?![\w/-]))"
)
KNOWN = re.compile("|".join((EMAIL, CREDENTIAL, IBAN, CARD, PHONE)))
MAYBE = re.compile(r"@|\d\D?\d\D?\d\D?\d|[A-Za-z0-9_-]{20}")
LABELS = {
    "email": "[email]",
    "secret": "[secret]",
    "iban": "[account number]",
    "card": "[card number]",
    "phone": "[phone number]",
}
CUSTOM_LABEL = "[removed]"


def luhn(digits: str) -> bool:
    """True when a card number's check digit fits (ISO/IEC 7812-1, annex B).

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)
    """
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_iban(text: str) -> bool:
    """True when an account number's check digits fit (ISO 13616, mod 97).

    >>> is_iban("GB82 WEST 1234 5698 7654 32"), is_iban("GB82 WEST 1234 5698 7654 33")
    (True, False)
    """
    compact = text.replace(" ", "")
    moved = compact[4:] + compact[:4]
    return int("".join(str(int(letter, 36)) for letter in moved)) % 97 == 1


def is_phone(text: str) -> bool:
    """True when there are as many digits as a number in full has (ITU-T E.164: at most 15).

    >>> is_phone("+44 20 7946 0958"), is_phone("+100 200"), is_phone("00340434161094022115")
    (True, False, False)
    """
    digits = len(re.sub(r"\D", "", text.removeprefix("00")))
    return digits >= 7 and (digits <= 15 or text.startswith("+"))


@lru_cache(maxsize=1024)
def compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """A team's own patterns, compiled once."""
    return tuple(re.compile(pattern) for pattern in patterns)


def _label(match: re.Match[str]) -> str:
    kind, found = match.lastgroup or "", match.group()
    if kind == "card" and not luhn(re.sub(r"\D", "", found)):
        return found
    if kind == "secret" and not any(map(str.isdigit, found)) and not found.startswith("Bearer"):
        return found  # words-with-hyphens
    if kind == "phone" and not is_phone(found):
        return found
    if kind == "iban" and not is_iban(found):
        return found
    return LABELS[kind]


def may_hold_something(text: str) -> bool:
    """False when nothing of the kinds above can be in `text`: they hold a digit, an @ or one of
    few words. Looking for single characters is some ten times faster than the expression."""
    return (
        "0" in text or "1" in text or "2" in text or "3" in text or "4" in text
        or "5" in text or "6" in text or "7" in text or "8" in text or "9" in text
        or "@" in text or "Bearer" in text or "sk-" in text or "pk_" in text or "sk_" in text
        or "ghp_" in text or "xox" in text or "plk_" in text or "eyJ" in text
    )  # fmt: skip


def redact(text: str, custom: Sequence[re.Pattern[str]] = ()) -> str:
    """`text` with what must not be stored replaced by a word in brackets.

    >>> redact("Write to jo@example.com or call +44 20 7946 0958, order 48213")
    'Write to [email] or call [phone number], order 48213'
    """
    if may_hold_something(text) and MAYBE.search(text):
        text = KNOWN.sub(_label, text)
    for pattern in custom:
        text = pattern.sub(CUSTOM_LABEL, text)
    return text
