"""Bank accounts as IBAN (ISO 13616): the country's length and structure, and check digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from stdnum import iban, numdb

LONGEST = 34
HEAD = re.compile(r"(?<![A-Za-z0-9])(?:[Ii][Bb][Aa][Nn])?([A-Za-z]{2})[ -]{0,2}[0-9]{2}")
BODY = re.compile(r"(?:[ \t\r\n./_-]{0,3}+[A-Za-z0-9])")
FIGURES = re.compile("[0-9]")


@cache
def length_of(country: str) -> int:
    """How long the accounts of a country are; 0 for one that has none.

    >>> length_of("GB"), length_of("XX")
    (22, 0)
    """
    _, known = numdb.get("iban").info(country)[0]
    parts = str(known.get("bban", "")).split()
    structure = re.findall(r"(\d+)!?[nace]", "".join(parts))
    return 4 + sum(map(int, structure)) if structure else 0


def find_accounts(text: str) -> Iterator[tuple[int, int]]:
    """Where accounts are, in one piece or in groups, in capitals or not."""
    end = 0
    for head in HEAD.finditer(text):
        wanted = length_of(head[1].upper())
        if not wanted or head.start(1) < end:
            continue
        place, compact = head.end(), text[head.start(1) : head.end()]
        compact = re.sub("[ -]", "", compact)
        while len(compact) < wanted and (one := BODY.match(text, place)):
            compact, place = compact + one[0][-1], one.end()
        goes_on = text[place : place + 1]
        is_whole = len(compact) == wanted and not (goes_on.isascii() and goes_on.isalnum())
        if is_whole and iban.is_valid(compact, check_country=False):
            yield head.start(1), place
            end = place
