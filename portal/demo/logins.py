"""Who can log in to the demo and with which keys: told to people and, in a file, to scripts."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class DemoUser:
    """A person of the demo."""

    email: str
    password: str
    role: str


@dataclass(frozen=True)
class DemoLogins:
    """What the story's loader hands back: slugs of team and assistant, people, keys.

    `api_keys` holds ingest, flag and read; `look_first` a few sentences on what to look at first.
    """

    team: str
    assistant: str
    users: tuple[DemoUser, ...]
    api_keys: Mapping[str, str]
    look_first: tuple[str, ...] = ()


def as_text(url: str, logins: DemoLogins) -> str:
    """What a person needs to begin: where, as whom (one for each role), what to look at.

    >>> print(as_text("http://127.0.0.1:8000/", DemoLogins(
    ...     "acme", "helper", (DemoUser("lena@example.com", "plumb", "lead"),), {}, ("Home.",))))
    Plumbline runs at http://127.0.0.1:8000/
    <BLANKLINE>
      Log in as  with the email    and the password
      lead       lena@example.com  plumb
    <BLANKLINE>
      Look first at:
      1. Home.
    """
    rows = [("Log in as", "with the email", "and the password")]
    first = {user.role: user for user in reversed(logins.users)}
    rows += [
        (user.role, user.email, user.password) for user in logins.users if user is first[user.role]
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    cells = [[word.ljust(widths[column]) for column, word in enumerate(row)] for row in rows]
    table = [f"  {'  '.join(row)}".rstrip() for row in cells]
    hints = [f"  {number}. {hint}" for number, hint in enumerate(logins.look_first, 1)]
    head = [f"Plumbline runs at {url}", ""]
    return "\n".join([*head, *table, *(["", "  Look first at:", *hints] if hints else [])])


def write(file: Path, url: str, logins: DemoLogins) -> None:
    """The same for scripts, readable by this account only, whole or not at all."""
    half = file.with_suffix(".half")
    half.unlink(missing_ok=True)
    content = {"url": url, **asdict(logins)}
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        json.dump(content, opened, indent=2)
    half.replace(file)
