"""CSV: what people typed is never a formula, and comes back as it was."""

from __future__ import annotations

import csv
import io

import pytest

from reviews.csv_export import as_csv

HOSTILE = ['=HYPERLINK("http://x")', "+1", "-1+1", "@SUM(A1)", "\tx", "\r=1"]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_formula_becomes_text(text: str) -> None:
    rows = list(csv.reader(io.StringIO(as_csv(["kind"], [[text]]), newline="")))
    assert rows[1] == [f"'{text}"]


def test_quotes_commas_and_lines_survive() -> None:
    text = 'a "b", c\nd'
    rows = list(csv.reader(io.StringIO(as_csv(["x", "=y"], [[text, -3]]), newline="")))
    assert rows == [["x", "'=y"], [text, "-3"]]
