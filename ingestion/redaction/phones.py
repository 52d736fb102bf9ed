"""Phone numbers in a run of figures: where one begins and ends, and the words around it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingestion.redaction.international import last_of_international
from ingestion.redaction.national import Written, is_national, may_begin
from ingestion.redaction.numbers import Group, called_harmless

# After these words any seven figures are a phone number.
WORDS = (
    r"tele(?:ph|f)\w*|tel|t[e\u00e9]l\w*|phones?|mobiles?|mobil\w*|cell\w*|call(?:ed|ing)?|rings?|"
    r"rang|dial|text(?:ed)?|sms|fax|whats ?app|viber|telegram|signal|hotline|landline|handy\w*|"
    r"rufnummer|durchwahl|anruf\w*|festnetz|portable|m[o\u00f3]vil|celular\w*|llam\w*|cellulare|"
    r"contact number|reach (?:me|us|him|her|them)|number is|ph(?=[.:])|mob(?=[.:])|tlf|"
    r"\u0442\u0435\u043b\w*|\u96fb\u8a71\w*|\u7535\u8bdd\w*|\u624b\u673a\w*"
)
BETWEEN = (
    r"[\"' .,:#=_>(+-]|numm?[eb]r|(?:no|nr|is|was|me|us|him|her|them|on|at|back|under|unter|ist|"
    r"au|al|to|my|also|please|or)\b"
)
SAID = re.compile(rf"(?i)(?<![a-z])(?:{WORDS})(?:{BETWEEN}){{0,8}}\Z")
LOOKED_BACK = 40
EXTENSION = re.compile(
    r"(?i)[ ,;]{0,2}(?:\(?(?:ext(?:ension|n)?|x|durchwahl|dw|poste|int|anexo|ramal|doorkies\w*)"
    r"|;ext|#)[ .:=]{0,2}[0-9]{1,6}\)?(?![A-Za-z0-9])"
)
AMOUNT = re.compile(
    r"(?i)[ ]?(?:%|\u20ac|\$|\u00a3|EUR|USD|GBP|(?:people|customers|users|bytes|[km]?b|km|kg|ms|"
    r"rows|items|words|tokens|views|points|dollars|euros?|times|years|million|units|pieces)\b)"
)
MOST_GROUPS = 7


def _goes_on_from_before(text: str, start: int) -> bool:
    """True when the figures belong to a word, a price, a decimal, a digest or an address."""
    before = text[max(0, start - 2) : start]
    if not before:
        return False
    one, two = before[-1], before[-2:-1]
    if (one.isascii() and one.isalnum()) or one in "_$\u20ac\u00a3@#%\\":
        return True
    return one in ".,:/-+~^*" and (two.isdigit() or (two.isalpha() and one in "/-+~^*"))


def _goes_on_after(text: str, end: int) -> bool:
    one, two = text[end : end + 1], text[end + 1 : end + 2]
    if (one.isalnum() and one.isascii()) or one in ("_", "@"):
        return True
    return (one in tuple(".,:/-+") and two.isalnum()) or AMOUNT.match(text, end) is not None


def _opening(text: str, start: int) -> tuple[int, str]:
    """Where a number really begins, and its lead: "+" and "(" before the first figure."""
    begin = start
    while begin and start - begin < 4 and text[begin - 1] in "+( ":
        begin -= 1
    lead = text[begin:start]
    return start - len(lead.lstrip()), lead


def find_phones(text: str, groups: list[Group]) -> Iterator[tuple[int, int]]:
    """Where the phone numbers of a run are, with their extensions."""
    place = 0
    while place < len(groups):
        found = _phone_from(text, groups, place)
        if found is None:
            place += 1
            continue
        begin, last = found
        end = groups[last].end
        if text[begin] == "(" and text[end : end + 1] == ")":
            end += 1
        more = EXTENSION.match(text, end)
        yield begin, more.end() if more else end
        place = last + 1


def _phone_from(text: str, groups: list[Group], first: int) -> tuple[int, int] | None:
    """Where a number begins that starts with this group, and its last group."""
    gap = groups[first].gap
    if first and "+" not in gap:
        may = "(" in gap or may_begin(text, groups, first)
        if not may or gap.strip() == gap:  # without a blank the run just goes on
            return None
    begin, lead = _opening(text, groups[first].start)
    if _goes_on_from_before(text, begin):
        return None
    last = last_of_international(text, groups, first, has_plus="+" in lead)
    if last is not None and not _goes_on_after(text, groups[last].end):
        in_one_go = "+" not in lead and last == first
        if not (in_one_go and called_harmless(text, begin)):
            return begin, last
    if "+" in lead:
        return None
    last = _last_of_national(text, groups, first, begin, is_open="(" in lead)
    return None if last is None else (begin, last)


def _last_of_national(
    text: str, groups: list[Group], first: int, begin: int, *, is_open: bool
) -> int | None:
    """The last group of a number that is written as countries do, or that is said to be one."""
    ends = range(min(first + MOST_GROUPS, len(groups)) - 1, first - 1, -1)
    whole = [
        (last, Written(text, groups[first : last + 1], is_open))
        for last in ends
        if 7 <= sum(one.end - one.start for one in groups[first : last + 1]) <= 13
        if not _goes_on_after(text, groups[last].end)
    ]
    for last, written in whole:
        if is_national(written):
            return None if called_harmless(text, begin, in_one_go=first == last) else last
    if first or not whole or called_harmless(text, begin):
        return None
    if SAID.search(text, max(0, begin - LOOKED_BACK), begin) is None:
        return None
    return next((last for last, written in whole if _is_in_one_line(written)), None)


def _is_in_one_line(written: Written) -> bool:
    return sum(written.shape) <= 12 and "\n" not in written.figures and written.has_plain_gaps()
