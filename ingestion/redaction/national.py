"""Phone numbers without a country code: in groups as some country writes its numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from stdnum import isbn

from ingestion.redaction.numbers import Group

# Groups that nothing else is written in, without a 0 before: by their first figures and lengths.
SHAPES = {
    (3, 3, 4): "[2-9]", (3, 7): r"[2-9][0-9]{2}\)", (1, 3, 3, 4): "[178]", (1, 3, 7): "1",
    (1, 3, 3, 2, 2): "[78]", (3, 3, 2, 2): r"[3-9][0-9]{2}\)|[49]", (3, 4, 4): "1[3-9]",
    (3, 2, 2, 2): "[6-9]", (2, 3, 2, 2): "[2-9]", (4, 3, 3): "1[38]00", (2, 5, 4): "[1-9]",
    (1, 4, 4): "9",
}  # fmt: skip
BEGINNINGS = {shape[:2] for shape in SHAPES}
PLAIN_GAP = re.compile(r"[ \t\r\n]{0,2}[ ./\n-][ \t\r\n]{0,2}|")
DATE = re.compile(
    r"(?:0?[1-9]|[12][0-9]|3[01])(?P<gap>[./ -])(?:0?[1-9]|[12][0-9]|3[01])(?P=gap)"
    r"(?:(?:19|20)[0-9]{2}|[0-9]{2}(?![0-9./-]))"
)


@dataclass(frozen=True)
class Written:
    """Groups that may be a number; `is_open`: a bracket is open before the first."""

    text: str
    groups: list[Group]
    is_open: bool

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """How long each group is."""
        return tuple(one.end - one.start for one in self.groups)

    @cached_property
    def gaps(self) -> list[str]:
        """What is between the groups."""
        return [one.gap for one in self.groups[1:]]

    @property
    def figures(self) -> str:
        """From the first to the last, gaps included."""
        return self.text[self.groups[0].start : self.groups[-1].end]

    @property
    def is_closed(self) -> bool:
        """True for (020) 7946..., the area in brackets."""
        return self.is_open and bool(self.gaps) and ")" in self.gaps[0]

    def has_plain_gaps(self) -> bool:
        """True when nothing but one sign or blanks is between groups, and a bracket's end."""
        gaps = list(self.gaps)
        if gaps and self.shape[0] == 1 and "(" in gaps[0]:  # 8 (495) 123-45-67
            gaps = [gaps[0].replace("(", ""), gaps[1].replace(")", ""), *gaps[2:]]
        elif gaps:
            gaps[0] = (gaps[0].replace(")", "") if self.is_closed else gaps[0]).strip("(")
        return all(PLAIN_GAP.fullmatch(gap) for gap in gaps)


def may_begin(text: str, groups: list[Group], first: int) -> bool:
    """A cheap look at two lengths; most groups of a long run end here."""
    length = groups[first].end - groups[first].start
    if text[groups[first].start] == "0":  # dialled at home, or the start of an exit code
        return length > 1 or (first + 1 < len(groups) and "(" in groups[first + 1].gap)
    if first + 1 >= len(groups):
        return length >= 10
    return (length, groups[first + 1].end - groups[first + 1].start) in BEGINNINGS


def is_national(written: Written) -> bool:
    """True when the groups are written as some country writes its numbers."""
    shape, figures = written.shape, written.figures
    if not written.has_plain_gaps():
        return False
    if figures[0] == "0":
        if shape[0] == 1:  # 0(532) 123 45 67
            return len(shape) > 2 and "(" in written.gaps[0] and 9 <= sum(shape) <= 12
        return figures[1] != "0" and _is_dialled_at_home(written)
    if written.is_closed and 2 <= shape[0] <= 4 and 8 <= sum(shape) <= 11:
        return len(shape) <= 5 and min(shape[1:]) >= 2 and figures[:2] not in ("19", "20")
    pattern = SHAPES.get(shape)
    return pattern is not None and re.match(pattern, figures) is not None and _fits(written)


def _fits(written: Written) -> bool:
    """Whether the signs between the groups are those that go with their lengths."""
    shape, figures = written.shape, written.figures
    signs = [gap.strip(" ()\n\t") for gap in written.gaps]
    has_area = ")" in written.gaps[0] or "(" in written.gaps[0]
    if "." in signs and max(shape) < 4:
        return False  # an address of a network
    if has_area:
        return True
    if shape == (3, 3, 4):
        exchange = figures[4:].lstrip(" ./")[:1]
        return "-" in signs or figures[0] == "3" or exchange in tuple("23456789")
    if shape == (2, 5, 4):
        return signs[-1] == "-"
    if shape == (1, 3, 3, 4):
        return figures[0] == "1" or signs[0] == "-"
    return len(set(signs)) == 1


def _is_dialled_at_home(written: Written) -> bool:
    """With the 0 before the area, as most countries write theirs."""
    shape, figures = written.shape, written.figures
    if len(shape) == 1:
        counts_up = figures in "01234567890123456789"
        return shape[0] in (10, 11) and not isbn.is_valid(figures) and not counts_up
    if min(shape[1:]) < 2 or not 2 <= shape[0] <= 6 or len(shape) > 6:
        return False
    if not 9 <= sum(shape) <= 12:
        return written.is_closed and sum(shape) == 8
    signs = [gap.strip() for gap in written.gaps]
    if len(set(signs[1:])) > 1 or (signs[0] == "." and len(set(signs)) > 1):
        return False  # after the area, groups are set apart in one way
    return not _is_something_else(written, set(signs))


def _is_something_else(written: Written, signs: set[str]) -> bool:
    """Dates, sums, lists of pairs, American postcodes and addresses of networks."""
    shape, figures = written.shape, written.figures
    if set(shape) == {2}:
        pairs = [int(written.text[one.start : one.end]) for one in written.groups]
        steps = {after - before for before, after in pairwise(pairs)}
        return len(shape) != 5 or len(signs) > 1 or len(steps) == 1
    if shape[:2] == (2, 2) and DATE.match(figures):
        return True
    if signs == {"."}:
        return len(shape) == 2 or (len(shape) == 4 and max(shape) == 3)
    second_has_0 = written.text[written.groups[1].start] == "0"
    return (shape == (5, 4) and signs == {"-"}) or (shape == (5, 5) and second_has_0)
