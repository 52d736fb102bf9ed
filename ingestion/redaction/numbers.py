"""Runs of figures: groups with small gaps, in which cards and phone numbers are looked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from stdnum import ean

GAP = r"[ \t\r\n./()_+-]"
RUN = re.compile(rf"[0-9](?:{GAP}{{0,4}}+[0-9]){{6,}}+")
GROUP = re.compile("[0-9]+")
# A number that is called one of these is what it is called: goods and papers however it is
# written, others when it is written in one go.
GOODS = (
    "orders?|order[ _-]?id|bestell[a-z]*|commande|pedido|invoices?|rechnung[a-z]*|tracking|"
    "parcels?|paket[a-z]*|shipments?|sendung[a-z]*|package|refs?|reference|refnr|tickets?|cases?|"
    "incident|isbn|issn|ean|gtin|upc|asin|sku|items?|article|artikel[a-z]*|art|parts?|products?|"
    "models?|serial|sn|s/n|imei|iccid|barcodes?|doi|docket|booking|reservation|batch|lot"
)
OTHERS = (
    "id|ids|version|ver|v|build|policy|contract|customer|client|transaction|timestamp|ts|epoch|"
    "unix|time|hash|sha[0-9]*|md5|commit|zip|plz|postcode|pmid|patent|confirmation|pnr|vin|meter|"
    "coupon|voucher|seed|offset|size|bytes|length|port|pid|row|line|page|code|quantity|count|"
    "total|amount|sum|number of|step|steps|msg|message|chat|thread|job|run|event"
)
AFTER_NAME = (
    r"(?:[ _-]?(?:ids?|numbers?|nums?|no|nr|code|key|ref))?"
    r"[\"']?[ .:=#\u2116\"'(-]{0,4}(?:is |was )?[\"'#]?\Z"
)
NAMED_GOODS = re.compile(rf"(?i)(?<![a-z])(?:{GOODS}){AFTER_NAME}")
NAMED = re.compile(rf"(?i)(?<![a-z])(?:{GOODS}|{OTHERS}){AFTER_NAME}")


class Group(NamedTuple):
    """Figures without a gap, and the gap before them."""

    start: int
    end: int
    gap: str


def runs(text: str) -> Iterator[list[Group]]:
    """Every run of seven figures and more."""
    for run in RUN.finditer(text):
        groups, last = [], run.start()
        for group in GROUP.finditer(text, run.start(), run.end()):
            groups.append(Group(group.start(), group.end(), text[last : group.start()]))
            last = group.end()
        if not is_book(text, groups):
            yield groups


def is_book(text: str, groups: list[Group]) -> bool:
    """True for an ISBN in its groups, which would be taken for a phone number."""
    if not 1 < len(groups) < 6 or groups[-1].end - groups[0].start > 17:
        return False
    number = "".join(text[group.start : group.end] for group in groups)
    return len(number) == 13 and number.startswith(("978", "979")) and ean.is_valid(number)


def called_harmless(text: str, start: int, *, in_one_go: bool = True) -> bool:
    """True when the words before say that the number is an order's, a parcel's, a page's...

    >>> called_harmless("tracking number: 123", 17), called_harmless("my number: 123", 11)
    (True, False)
    """
    names = NAMED if in_one_go else NAMED_GOODS
    return names.search(text, max(0, start - 30), start) is not None
