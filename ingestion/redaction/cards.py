"""Payment cards: the lengths and first figures that networks use, and a check digit that fits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import ean, luhn

from ingestion.redaction.numbers import Group, called_harmless

# ISO/IEC 7812 and the networks' own tables: the first figures, and how long the whole number is.
NETWORKS = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})"  # Visa
    r"|(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)[0-9]*(?<=\A[0-9]{16})"  # Mastercard
    r"|220[0-4][0-9]{12,15}"  # Mir
    r"|3[47][0-9]{13}"  # American Express
    r"|3(?:0[0-5]|095|6|[89])[0-9]*(?:(?<=\A[0-9]{14})|(?<=\A[0-9]{16}))"  # Diners
    r"|35(?:2[89]|[3-8][0-9])[0-9]{12}"  # JCB
    r"|(?:6011|64[4-9]|65|60|81|82|508|353|356)[0-9]*(?<=\A[0-9]{16})"  # Discover, RuPay
    r"|62[0-9]{12,17}"  # UnionPay
    r"|(?:50|5[6-8]|63|67)[0-9]{10,17}"  # Maestro and its like
    r"|9792[0-9]{12}"  # Troy
)
LEADS = "2345689"
LONG = ("62", "63", "67", "49")  # of 17 to 19 figures; other such numbers are mostly ids
SAID = re.compile(r"(?i)\b(?:card|karte|carte|tarjeta|visa|maestro|debit|credit)\b[^\n]{0,20}\Z")
# As cards are embossed: what is written in these groups is a card within a longer run too.
EMBOSSED = {(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (4, 4, 4, 4, 2), (4, 4, 4, 4, 1),
            (4, 4, 4, 3), (4, 4, 4, 2), (4, 4, 4, 1), (6, 13), (4, 3, 3, 3), (4, 4, 5)}  # fmt: skip
BEGINNINGS = {shape[:2] for shape in EMBOSSED}
GLUED = re.compile(
    r"(?i)(?<![a-z0-9])(?:card|visa|amex|mastercard|cc|pan|no|nr|karte|carte)[_-]?\Z"
)
PRICE = re.compile(r"(?:[$\u20ac\u00a3\u00a5]|EUR|USD|GBP)[ ]?\Z")
EXPIRY = re.compile(
    r"[ ,;|]{0,3}(?:\(?(?:exp(?:iry|ires|\.)?|valid(?: thru)?|good thru)[ :]{0,2})?"
    r"(?:0[1-9]|1[0-2])[ ]?[/-][ ]?(?:20)?[2-9][0-9]\b\)?"
    r"(?:[ ,;|]{1,3}(?:(?:cvv2?|cvc2?|cid|csc|code)[ :]{0,2})?[0-9]{3,4}\b(?![.-]?[0-9]))?",
    re.IGNORECASE,
)


def is_card(number: str) -> bool:
    """True when a network gives out such numbers and the check digit fits.

    >>> is_card("4111111111111111"), is_card("4111111111111112"), is_card("1234567812345670")
    (True, False, False)
    """
    if NETWORKS.fullmatch(number) is None or not luhn.is_valid(number):
        return False
    return len(number) != 13 or not ean.is_valid(number)  # a barcode of a German product


def _digits(text: str, groups: list[Group]) -> str:
    return "".join(text[group.start : group.end] for group in groups)


def _gap(gap: str) -> str:
    """Which kind of gap it is: one sign, or blank."""
    return gap.strip() or " "


def _begins(text: str, groups: list[Group], place: int) -> bool:
    """False where a number goes on from before, such as after a comma or in a digest."""
    group = groups[place]
    if place:
        return group.gap.strip(" \t\r\n()") == ""
    before = text[max(0, group.start - 12) : group.start]
    if not before:
        return True
    if before[-1].isalnum() or (before[-1] in "-_+" and before[-2:-1] not in ("", " ")):
        return GLUED.search(before) is not None
    if before[-1] == "/" and before[-2:-1].isalnum() and group.end - group.start > 16:
        return False  # an id in a link
    if before[-1] in ".," and before[-2:-1].isdigit():
        return False
    return PRICE.search(before) is None


def _ends(text: str, groups: list[Group], place: int) -> bool:
    """False where the number goes on, as a decimal or into letters."""
    after = text[groups[place].end : groups[place].end + 2]
    if after[:1].isalnum():
        return False
    return not (after[:1] in tuple(".,-_+") and after[1:].isalnum())


def _is_written_like_one(
    text: str, groups: list[Group], first: int, last: int, after_card: int
) -> bool:
    shape = tuple(group.end - group.start for group in groups[first : last + 1])
    if shape in EMBOSSED:
        cut_out = first > after_card and _went_on(groups, first, last, len(shape) > 4)
        return not cut_out and not _goes_on(text, groups, last)
    if first or last + 1 < len(groups) or (1 in shape and set(shape) != {1}):
        return False
    number = _digits(text, groups)
    if called_harmless(text, groups[first].start) or not _may_stand_bare(text, 0, number):
        return False
    kinds = {_gap(group.gap) for group in groups[1:]}
    return len(kinds) == 1 and not (len(shape) == 2 and kinds & {".", "/"})


def _may_stand_bare(text: str, start: int, number: str) -> bool:
    """Rare lengths only where a card is spoken of; and no number that has another name."""
    if len(number) in (12, 17, 18, 19) and (len(number) == 12 or number[:2] not in LONG):
        return SAID.search(text, max(0, start - 40), start) is not None
    return not called_harmless(text, start)


def _goes_on(text: str, groups: list[Group], last: int) -> bool:
    """True when more groups of four follow that are neither a date nor another card."""
    if last + 1 >= len(groups):
        return False
    after = groups[last + 1]
    if after.end - after.start < 4 or "\n" in after.gap or after.gap != groups[last].gap:
        return False
    month = text[after.start : after.end]
    if len(month) == 4 and "01" <= month[:2] <= "12" and month[2] in "23":
        rest = groups[last + 2 : last + 3]
        if not rest or rest[0].end - rest[0].start in (3, 4):
            return False  # the month it ends in, and its code
    return not is_card(_digits(text, groups[last + 1 : last + 5]))


def _went_on(groups: list[Group], first: int, last: int, is_long: bool) -> bool:
    """True when groups of four come before and it goes on after, as in a parcel's number."""
    before = groups[first - 1]
    if before.end - before.start != 4 or (first > 1 and not groups[first].gap.isspace()):
        return False
    before_that = first > 1 and groups[first - 2].end - groups[first - 2].start == 4
    return (
        before_that
        or is_long
        or (last + 1 < len(groups) and groups[last + 1].gap == groups[first].gap)
    )


def find_cards(text: str, groups: list[Group]) -> Iterator[tuple[int, int]]:
    """Where the cards of a run are, with the date and code that follow one."""
    place = after_card = 0
    while place < len(groups):
        last = _card_from(text, groups, place, after_card)
        if last is None:
            place += 1
            continue
        end = groups[last].end
        more = EXPIRY.match(text, end)
        yield groups[place].start, more.end() if more else end
        place = after_card = last + 1


def _may_begin(groups: list[Group], first: int) -> bool:
    """A cheap look at two lengths; most groups of a long run end here."""
    length = groups[first].end - groups[first].start
    if length >= 12 or (not first and len(groups) <= 19):
        return True
    if first + 1 >= len(groups):
        return False
    return (length, groups[first + 1].end - groups[first + 1].start) in BEGINNINGS


def _card_from(text: str, groups: list[Group], first: int, after_card: int) -> int | None:
    """The last group of a card that begins with this one."""
    if text[groups[first].start] not in LEADS or not _begins(text, groups, first):
        return None
    if not _may_begin(groups, first):
        return None
    number, best = "", None
    for last in range(first, min(first + 19, len(groups))):
        number += text[groups[last].start : min(groups[last].end, groups[last].start + 20)]
        if len(number) > 19:
            break
        if len(number) < 12 or not is_card(number) or not _ends(text, groups, last):
            continue
        if last == first:
            if _may_stand_bare(text, groups[first].start, number):
                best = last
        elif _is_written_like_one(text, groups, first, last, after_card):
            best = last
    return best
