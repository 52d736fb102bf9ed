"""`manage.py backtest DIR...`: when the product would have told you, from recorded days."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reviews.backtest.loop import Choice
from reviews.backtest.running import OUTPUT, backtest_all


class Command(BaseCommand):
    help = (
        "Walk through the recorded days of each folder as the product would have seen them, print "
        f"what it would have said and write it to DIR/{OUTPUT}. Needs no database. See "
        "docs/how-to/backtest.md for the forms of a folder."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folders", type=Path, nargs="+", metavar="DIR")
        parser.add_argument(
            "--jobs", type=int, default=os.cpu_count() or 1, help="Folders at a time."
        )
        parser.add_argument(
            "--whole-loop",
            default="",
            metavar="MODULE:CALLABLE",
            help="Choose what is graded with the product's own draws and ask "
            "CALLABLE(conversation_id, reviewer_id) for each grade; grades.jsonl is not read.",
        )
        parser.add_argument(
            "--graded-per-day",
            type=int,
            default=Choice.per_day,
            help="Random answers a day with --whole-loop.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["jobs"] < 1 or options["graded_per_day"] < 1:
            raise CommandError("--jobs and --graded-per-day must be 1 or more.")
        folders: list[Path] = options["folders"]
        unread = 0
        for told in backtest_all(
            folders,
            options["jobs"],
            options["whole_loop"],
            Choice(per_day=options["graded_per_day"]),
        ):
            if told.is_done:
                name = f"{told.folder}: " if len(folders) > 1 else ""
                self.stdout.write(f"{name}{told.words}")
            else:
                unread += 1
                self.stderr.write(told.words)
        if unread:
            raise CommandError(f"{unread} of {len(folders)} could not be replayed, see above.")
