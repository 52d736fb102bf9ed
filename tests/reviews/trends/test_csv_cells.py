"""CSV: what people typed is never a formula, and comes back as it was."""

from __future__ import annotations

import csv
import io

import pytest

from reviews.pages.trends.csv_cells import as_csv

HOSTILE = [
    '=HYPERLINK("http://x")', "+1", "-1+1", "@SUM(A1)", "\tx", "\r=1", "\nx", "\n=1", "\x0b=1",
    "＝1+1", "＋1", "－1", "＠SUM(A1)", "﹦1", "﹢1", "﹣1", "﹫a", "−1",
    " =1", "\xa0=1", "\u3000＝1", "\ufeff=1", "\u200b=1", "\x00=1", '"=1', "'=1",
    " \n ' \"+1", "\xad=1",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_formula_becomes_text(text: str) -> None:
    rows = list(csv.reader(io.StringIO(as_csv(["kind"], [[text]]), newline="")))
    assert rows[1] == [f"'{text}"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a;=1", "a;'=1"), ("a\t@b", "a\t'@b"), ("a; ＝1", "a;' ＝1"), ('a;"=1', "a;'\"=1"),
        ("a\n=1", "a\n'=1"), ("a;;+1", "a;;'+1"),
    ],
)  # fmt: skip
def test_what_another_program_takes_for_the_next_cell_is_none(text: str, shown: str) -> None:
    rows = list(csv.reader(io.StringIO(as_csv(["kind"], [[text]]), newline="")))
    assert rows[1] == [shown]


@pytest.mark.parametrize(
    "text", ["a=1", "Returns & refunds", "e-mail", "5 + 5; 6", "#1", "a\nb", ""]
)
def test_plain_words_stay_as_they_are(text: str) -> None:
    rows = list(csv.reader(io.StringIO(as_csv(["kind", "n"], [[text, 1]]), newline="")))
    assert rows[1] == [text, "1"]


def test_quotes_commas_and_lines_survive() -> None:
    text = 'a "b", c\nd'
    rows = list(csv.reader(io.StringIO(as_csv(["x", "=y"], [[text, -3]]), newline="")))
    assert rows == [["x", "'=y"], [text, "-3"]]
