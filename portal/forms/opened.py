"""Two people edit the same thing: a form knows what it was opened with.

A form carries a stamp of what it showed. When it comes back, three things are laid beside each
other: what was shown, what is stored now, and what was typed. What only somebody else changed is
kept and said; what both changed is shown side by side with who did it and when, and the person
decides. Without a stamp (a program posts, a page is older than this) what comes is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from urllib.parse import parse_qsl, urlencode

from portal.words import listed

FIELD = "opened"
MOST = 40_000  # a stamp of ours is shorter
AS_SHOWN = "As it was shown to you"
Values = Mapping[str, str]


@dataclass(frozen=True)
class Last:
    """Who changed a thing last, and when."""

    who: str
    at: datetime


@dataclass(frozen=True)
class Change:
    """One value that somebody else changed: as it is stored now, and as it was typed here."""

    name: str
    label: str
    theirs: str
    mine: str
    is_clash: bool


@dataclass(frozen=True)
class Since:
    """What changed while a form was open; `stamp` is what it is opened with from now on."""

    changes: Sequence[Change]
    last: Last | None
    stamp: str

    @property
    def who(self) -> str:
        """Who it was, as far as it is known."""
        return self.last.who if self.last else "Somebody"

    @property
    def clashes(self) -> Sequence[Change]:
        """What both changed."""
        return [one for one in self.changes if one.is_clash]

    @property
    def kept(self) -> Sequence[Change]:
        """What only the other one changed."""
        return [one for one in self.changes if not one.is_clash]

    @property
    def sentence(self) -> str:
        """What was kept, for the message after saving."""
        if not self.kept:
            return ""
        what = listed([one.label for one in self.kept])
        return f" {self.who} changed {what} while you had this open; that is kept."


def _plain(text: str) -> str:
    """The text as browsers and the database agree on it: they end lines differently."""
    return text.replace("\r\n", "\n").strip()


def _digest(text: str) -> str:
    return blake2b(_plain(text).encode(), digest_size=6).hexdigest()


def stamp(values: Values) -> str:
    """What a form shows, in a few letters a value.

    >>> stamp({"name": "Acorn"})
    'name=0710db9f5e43'
    """
    return urlencode({name: _digest(text) for name, text in sorted(values.items())})


def changed_since(
    opened: str,
    *,
    now: Values,
    mine: Values | None,
    labels: Mapping[str, str],
    words: Callable[[str, str], str] = lambda name, text: text,
    last: Callable[[], Last | None] = lambda: None,
) -> Since | None:
    """What others changed since the form was opened; None when they changed nothing of it.

    `mine` is what was typed; None where a button takes it as it was shown, so that any change
    counts. `words` says a value as people read it, `last` who changed the thing last.
    """
    shown = dict(parse_qsl(opened[:MOST], keep_blank_values=True))
    if not shown:
        return None
    found = []
    for name in dict.fromkeys([*now, *(mine or {}), *shown]):
        theirs, known = _plain(now.get(name, "")), shown.get(name, _digest(""))
        typed = None if mine is None else _plain(mine.get(name, ""))
        if _digest(theirs) == known or theirs == typed:
            continue
        clash = typed is None or _digest(typed) != known
        said = AS_SHOWN if typed is None else words(name, typed)
        found.append(Change(name, labels.get(name, name), words(name, theirs), said, clash))
    return Since(found, last(), stamp(now)) if found else None
