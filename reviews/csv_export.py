"""Tables as CSV that a spreadsheet opens as text and numbers, never as formulas. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date

Cell = str | int | float | date | None
# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection").
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
DECIMALS = 4


def cell(value: Cell) -> str:
    """A value as a cell: text that would be a formula gets an apostrophe, a share four decimals.

    >>> cell("=1+1"), cell("Returns"), cell(-0.25), cell(None), cell(date(2026, 11, 17))
    ("'=1+1", 'Returns', '-0.25', '', '2026-11-17')
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return str(round(value, DECIMALS))
    text = str(value)
    is_text = isinstance(value, str)
    return f"'{text}" if is_text and text.startswith(STARTS_A_FORMULA) else text


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
