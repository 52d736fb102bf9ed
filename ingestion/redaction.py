"""Blank out what must not be stored: addresses, phone numbers, cards, accounts, secrets.

Pure: text in, text out. Runs before anything is stored, on every message and passage.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Protocol

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


def _classes(default: str, **members: str) -> bytes:
    """A table for bytes.translate: each byte becomes the letter of the class it is in."""
    table = bytearray(default.encode() * 256)
    for letter, those in members.items():
        for byte in those.encode("latin-1"):
            table[byte] = ord(letter)
    return bytes(table)


# A text is looked at as bytes, each of one class, before an expression is tried: that costs some
# thirty times less. Of a character beyond ASCII the first byte is left; the leads given here open
# blocks of Unicode that hold digits, which \d takes too.
CAPITALS, FIGURES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
LEADS_OF_DIGITS = "\xd9\xdb\xdf\xe0\xe1\xea\xef\xf0"
NUMBERS = _classes("x", d=FIGURES + LEADS_OF_DIGITS, g=" ./()-", A=CAPITALS)
WORDS = _classes("x", w=CAPITALS + CAPITALS.lower() + FIGURES + "_-")
REST_OF_CHARACTER = bytes(range(0x80, 0xC0))
SEVEN_DIGITS = re.compile(rb"g{0,3}+".join([b"d"] * 7))  # a phone number or a card; see is_phone
ACCOUNT = b"AAdd"
TOKEN = b"w" * 19  # "sk-" and sixteen more


def _kinds(text: str) -> tuple[bool, bool, bool, bool]:
    """Whether `text` may hold an address, a secret, an account, a card or phone number."""
    raw = text.encode("utf-8", "surrogatepass")
    numbers = raw.translate(NUMBERS, REST_OF_CHARACTER)
    return (
        "@" in text,
        "Bearer" in text or "eyJ" in text or TOKEN in raw.translate(WORDS),
        ACCOUNT in numbers,
        SEVEN_DIGITS.search(numbers) is not None,
    )


NOTHING = (False, False, False, False)


def may_hold_something(text: str) -> bool:
    """False when `redact` would leave `text` as it is; True when it may not.

    >>> may_hold_something("Order 48213, 3 to 5 days"), may_hold_something("Call 415-555-2671")
    (False, True)
    """
    return _kinds(text) != NOTHING


@cache
def _expression(email: bool, secret: bool, account: bool, number: bool) -> re.Pattern[str]:
    """The patterns of some kinds as one; what cannot be in a text is not looked for.

    All kinds of numbers are looked for together, because what is no account number may not be
    taken apart into phone numbers. They begin with one of few characters.
    """
    parts = [EMAIL] * email + [CREDENTIAL] * secret
    if account or number:
        parts.append(f"(?=[A-Z0-9+(])(?:{IBAN}|{CARD}|{PHONE})")
    return re.compile("|".join(parts))


class Blanks(Protocol):
    """What replaces its matches: a compiled expression, or one with a limit to its time."""

    def sub(self, repl: str, string: str, /) -> str: ...


def redact(text: str, custom: Iterable[Blanks] = ()) -> str:
    """`text` with what must not be stored replaced by a word in brackets.

    >>> redact("Write to jo@example.com or call +44 20 7946 0958, order 48213")
    'Write to [email] or call [phone number], order 48213'
    """
    kinds = _kinds(text)
    if kinds != NOTHING:
        text = _expression(*kinds).sub(_label, text)
    for pattern in custom:
        text = pattern.sub(CUSTOM_LABEL, text)
    return text
