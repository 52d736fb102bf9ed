"""Run the whole product on this machine: web, worker and beat, with or without a story in it.

`manage.py` hands this command to portal/demo/run.py before it loads Django; here it is for `help`
and for whoever calls it in another way.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Run web, worker and beat on this machine until Ctrl-C; reachable from here only."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", default="")
        parser.add_argument("--story", default="")

    def handle(self, *, port: str, story: str, **_: Any) -> None:
        options = [
            f"--{name}={value}" for name, value in (("port", port), ("story", story)) if value
        ]
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "demo", *options]
        os.execv(sys.executable, command)  # noqa: S606 - our own program
