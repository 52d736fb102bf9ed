"""`manage.py list_urls`: every address, its methods, and who may use it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portal.shell.url_list import Address, addresses

HEADS = ("PATH", "NAME", "METHODS", "WHO")


def table(rows: list[Address]) -> str:
    """The rows for people: columns as wide as they must be, the last one as long as it is."""
    lines = [HEADS, *((one.path, one.name, ",".join(one.methods), _who(one)) for one in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS) - 1)]
    return "\n".join(
        "  ".join(
            [*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1]]
        )
        for line in lines
    )


def _who(one: Address) -> str:
    words = one.who if one.changes == one.who else f"{one.who}; to change: {one.changes}"
    return f"{words}; only {one.only}" if one.only else words


class Command(BaseCommand):
    help = "List every address with its methods and who may use it, read off the views themselves."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="For programs: a JSON array.")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = addresses()
        if options["json"]:
            self.stdout.write(json.dumps([asdict(one) for one in rows], indent=2))
        else:
            self.stdout.write(table(rows))
