"""Tables as CSV that a spreadsheet opens as text and numbers, never as formulas. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date

Cell = str | int | float | date | None
# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection"): a sign, also a
# wide one as Chinese and Japanese keyboards write it, after spaces, quotes and signs nobody sees;
# and tabs and line ends, which some programs cut off.
SIGNS = "=+\\-@＝＋－＠﹦﹢﹣﹫−"
UNSEEN = "\\s\"'\x00-\x1f\x7f\xad\u200b-\u200f\u2060-\u2064\ufeff"
STARTS_A_FORMULA = re.compile(f"[\x00-\x1f]|[{UNSEEN}]*[{SIGNS}]")
# Where another program sees the next cell: many take a semicolon for a comma.
NEXT_CELL = re.compile(f"([;\t\r\n])(?=[{UNSEEN}]*[{SIGNS}])")
DECIMALS = 4


def cell(value: Cell) -> str:
    r"""A value as a cell: text that would be a formula gets an apostrophe, a share four decimals.

    >>> cell("＝1+1"), cell(" \n@home"), cell("a; b"), cell("a;=1")
    ("'＝1+1", "' \n@home", 'a; b', "a;'=1")
    >>> cell("=1+1"), cell("Returns"), cell(-0.25), cell(None), cell(date(2026, 11, 17))
    ("'=1+1", 'Returns', '-0.25', '', '2026-11-17')
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return str(round(value, DECIMALS))
    text = str(value)
    if not isinstance(value, str):
        return text
    found = STARTS_A_FORMULA.match(text)
    start = f"'{found[0]}" if found else ""
    return start + NEXT_CELL.sub(r"\1'", text[found.end() if found else 0 :])


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    r"""The whole table with its header line, as RFC 4180 has it.

    >>> as_csv(["kind", "good"], [["@home", 0.5]])
    "kind,good\r\n'@home,0.5\r\n"
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([cell(one) for one in header])
    writer.writerows([cell(one) for one in row] for row in rows)
    return text.getvalue()
