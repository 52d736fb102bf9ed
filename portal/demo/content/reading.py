"""Read the content files into their shapes."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from portal.demo.content.shape import Bad, Blanks, FollowUp, Good, Page, Scenario, Turn

FOLDER = Path(__file__).parent
FILES = ("returns", "delivery", "sizing", "account", "payments")
INNER_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")


def typeset(text: str) -> str:
    """The shop's own words are set with proper apostrophes; customers type what they have.

    >>> typeset("You'll get the buyer's receipt")
    'You’ll get the buyer’s receipt'
    """
    return INNER_APOSTROPHE.sub("’", text)


def _good(entry: str | dict[str, Any]) -> Good:
    if isinstance(entry, str):
        return Good(typeset(entry))
    return Good(typeset(entry["text"]), tuple(entry["fits"]))


def _bad(table: dict[str, Any]) -> Bad:
    return Bad(
        text=typeset(table["text"]),
        criterion=table["criterion"],
        reason=table["reason"],
        notes=tuple(table["notes"]),
        partly=tuple(table.get("partly", ())),
        short=table.get("short", False),
        fits=tuple(table.get("fits", ())),
    )


def _turn(table: dict[str, Any]) -> Turn:
    return Turn(
        asks=tuple(table["asks"]),
        good=tuple(_good(entry) for entry in table["good"]),
        bad=tuple(_bad(bad) for bad in table["bad"]),
    )


def _page(table: dict[str, Any]) -> Page:
    return Page(
        title=typeset(table["title"]),
        path=table["path"],
        text=typeset(table["text"]),
        updated=tuple(table.get("updated", ())),
        live=table.get("live", False),
    )


def _blanks(table: dict[str, Any]) -> Blanks:
    return Blanks(
        item=table.get("item", ""),
        rows=tuple(table.get("rows", ())),
        pick={name: tuple(values) for name, values in table.get("pick", {}).items()},
        days={name: (low, high) for name, (low, high) in table.get("days", {}).items()},
        money={name: (low, high) for name, (low, high) in table.get("money", {}).items()},
    )


def _given(named: str, pages: dict[str, Page]) -> tuple[Page, float]:
    key, score = named.split()
    return pages[key], float(score)


def _scenario(table: dict[str, Any], kind: str, pages: dict[str, Page]) -> Scenario:
    return Scenario(
        key=table["key"],
        kind=kind,
        language=table.get("language", "en"),
        weight=table.get("weight", 1.0),
        pages=tuple(_given(named, pages) for named in table["pages"]),
        first=_turn(table),
        then=tuple(FollowUp(then["after"], _turn(then)) for then in table.get("then", ())),
        closings=tuple(table["closings"]),
        closings_bad=tuple(table["closings_bad"]),
        blanks=_blanks(table),
    )


@cache
def scenarios() -> dict[str, tuple[Scenario, ...]]:
    """All scenarios by kind of question, in the order of the files."""
    found: dict[str, tuple[Scenario, ...]] = {}
    for name in FILES:
        data = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
        pages = {key: _page(table) for key, table in data["pages"].items()}
        kind = data["kind"]
        found[kind] = tuple(_scenario(table, kind, pages) for table in data["scenarios"])
    return found
