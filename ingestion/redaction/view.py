"""A text as a reader sees it: other scripts' figures, wide letters, invisible signs and escapes.

What identifies people is looked for in this view and blanked out in the text itself, so the view
knows where each of its characters came from.
"""

from __future__ import annotations

import re
from array import array
from typing import NamedTuple

SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
LINES = "\u0085\u2028\u2029"
HYPHENS = "\u2010-\u2015\u2043\u2212\u30fc\ufe58\ufe63"
DOTS = "\u00b7\u2022\u2024\u2219\u22c5\u3002\uff61"
SLASHES = "\u2044\u2215"
QUOTES = "\u00ab\u00bb\u201c-\u201f\u2039\u203a"
APOSTROPHES = "\u2018-\u201b"
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u20e3\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e01ef"
)
ENTITIES = {
    "commat": "@", "period": ".", "nbsp": " ", "ensp": " ", "emsp": " ", "thinsp": " ",
    "shy": "", "zwnj": "", "zwj": "", "colon": ":", "hyphen": "-", "dash": "-", "ndash": "-",
    "mdash": "-", "minus": "-", "plus": "+", "lpar": "(", "rpar": ")", "sol": "/", "quot": '"',
    "apos": "'", "amp": "&", "lt": "<", "gt": ">", "lowbar": "_", "num": "#", "equals": "=",
    "lsqb": "[", "rsqb": "]", "Tab": " ", "NewLine": "\n",
}  # fmt: skip
# Letters of other scripts are words and stay as they are; so do nearly all texts without figures.
ODD = re.compile(
    r"(?P<other>[^\w\x00-\x7f]|(?![0-9])\d|[\uff10-\uff5a\u30fc\u3164\uffa0\u115f\u1160])"
    r"|\\++(?:u(?P<u>[0-9A-Fa-f]{4})|u\{(?P<brace>[0-9A-Fa-f]{1,6})\}|x(?P<x>[0-9A-Fa-f]{2})|(?P<sign>[nrtbf\"'/]))"
    r"|%(?:25)*+(?P<percent>[2-7][0-9A-Fa-f]|0[ADad])|%[Cc]2%[Aa](?P<nbsp>0)"
    r"|&(?:amp;)*+(?:#0*+(?P<dec>[1-9]\d{1,5});?|#[xX]0*+(?P<hex>[1-9A-Fa-f][0-9A-Fa-f]{1,5});?"
    r"|(?P<name>[A-Za-z]{2,7});)"
)
ESCAPED = {"n": "\n", "r": "\n", "t": " ", "b": " ", "f": " "}


def _table() -> dict[int, str]:
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    kinds = {SPACES: " ", LINES: "\n", HYPHENS: "-", DOTS: ".", SLASHES: "/", QUOTES: '"',
             APOSTROPHES: "'", INVISIBLE: ""}  # fmt: skip
    for members, plain in kinds.items():
        for first, last in re.findall("(.)(?:-(.))?", members):
            table |= dict.fromkeys(range(ord(first), ord(last or first) + 1), plain)
    return table | {0xFE6B: "@", 0xFF0B: "+"}


PLAIN = _table()


def plain(character: str) -> str:
    """What stands for one character: itself, a plain sign, or nothing when it cannot be seen.

    >>> plain("\\u0664"), plain("\\uff20"), plain("\\u2011"), plain("\\u200b"), plain("e")
    ('4', '@', '-', '', 'e')
    """
    known = PLAIN.get(ord(character))
    if known is not None:
        return known
    return str(int(character)) if character.isdecimal() else character


def _meant(match: re.Match[str]) -> str:
    """What one odd place of a text means to a reader."""
    found = match.group()
    kind = match.lastgroup
    if kind == "other":
        return plain(found)
    if kind == "sign":
        return ESCAPED.get(match["sign"], match["sign"])
    if kind == "nbsp":
        return " "
    if kind == "name":
        return ENTITIES.get(match["name"], found)
    code = int(match["dec"]) if kind == "dec" else int(match[kind or 0], 16)
    return found if code > 0x10FFFF or 0xD800 <= code < 0xE000 else plain(chr(code))


class View(NamedTuple):
    """What is looked at; `places` tells where each character came from, None: all one to one."""

    text: str
    places: array[int] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The same stretch in the text itself."""
        return (start, end) if self.places is None else (self.places[start], self.places[end])


def view_of(text: str) -> View:
    """The view of a text; the text itself when nothing in it is odd.

    >>> view = view_of("jo&#64;ex\\u00adample.com")
    >>> view.text, view.span(0, 14)
    ('jo@example.com', (0, 19))
    """
    pieces: list[str] = []
    places, last, moved = array("I"), 0, False
    for match in ODD.finditer(text):
        start, end = match.span()
        meant = _meant(match)
        if meant == match.group():
            continue
        pieces += (text[last:start], meant)
        places.extend(range(last, start))
        places.extend([start] * len(meant))
        moved = moved or len(meant) != end - start
        last = end
    if not pieces:
        return View(text, None)
    pieces.append(text[last:])
    places.extend(range(last, len(text) + 1))
    return View("".join(pieces), places if moved else None)
