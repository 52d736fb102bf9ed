"""`python -m bench [PART]`, PART one of PARTS: each figure with its limit."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from itertools import chain

import django
from django.core.management import call_command

from bench import load, start
from bench.server import (
    CORES,
    PAGES_DATABASE,
    drop_own_database,
    use_own_database,
    web,
)
from bench.verdicts import Line

PARTS = ("intake", "review", "figures", "shortcuts", "soak", "pages", "start", "all")


def echo() -> list[Line]:
    """What the load generator can send at most: the limits must lie far below."""
    request = load.post("/", b"x" * 300, Content_Type="text/plain")
    with web("bench.echo:application", workers=CORES, threads=2) as port:
        outcome = load.run_scripts(port, [[request] * 2500] * 8)
    return [Line("load generator: echo, 8 connections", f"{outcome.rate:,.0f} requests/s")]


def main() -> int:
    """Returns 1 when a limit is not reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="?", choices=PARTS, default="all")
    parser.add_argument("--rows", type=int, default=12_000, help="rows of one COPY")
    parser.add_argument("--items", type=int, default=100_000, help="answers in the queue")
    parser.add_argument("--size", type=int, default=1_000_000, help="conversations behind pages")
    parser.add_argument(
        "--only", default="", help='pages whose address holds this, "tick ...", or nothing'
    )
    options = parser.parse_args()
    if options.which == "start":
        return told(start.measure())
    if options.which == "pages":
        return pages(options.size, options.only)
    url = use_own_database()
    django.setup()
    from django.db import connections  # noqa: PLC0415 - after setup

    from bench import (  # noqa: PLC0415 - they need Django
        figures,
        furnish,
        intake,
        redaction,
        review,
        shortcuts,
        soak,
    )
    from reviews.models import SamplingPolicy  # noqa: PLC0415 - needs Django
    from reviews.sampling.choosing import policy_of  # noqa: PLC0415

    lines = [Line("cores", str(CORES))]
    try:
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        lines += echo()
        assistant, key = furnish.team()
        SamplingPolicy.objects.filter(pk=policy_of(assistant).pk).update(
            double_share=0  # the bare claim knows nothing of pairs
        )
        if options.which in ("intake", "all"):
            connections.close_all()
            lines += redaction.measure()
            lines += intake.measure(url, assistant.pk, key, options.rows)
        if options.which in ("review", "all"):
            desk, people = furnish.desk(assistant), furnish.people(assistant, 33)
            furnish.items(assistant, 10_000, "small")
            small = review.next_item_ms(url, desk, people[32])
            furnish.items(assistant, options.items - 10_000, "large")
            large = review.next_item_ms(url, desk, people[32])
            connections.close_all()
            lines += review.measure(url, desk, people)
            review.finish_most(url, desk, people[0])
            old = review.next_item_ms(url, desk, people[32])
            for name, time in ((f"{options.items:,}", large), ("90 % done", old)):
                lines.append(
                    Line(
                        f"review: next item at {name} / at 10,000",
                        f"{time:.2f} / {small:.2f} ms",
                        "<= 1.3 x",
                        time / small <= 1.3,
                    )
                )
        if options.which in ("soak", "all"):
            connections.close_all()
            lines += soak.measure(key)
        if options.which in ("figures", "all"):
            lines += figures.measure(assistant.team)
        if options.which in ("shortcuts", "all"):
            lines += shortcuts.measure(assistant.team, key)
    finally:
        connections.close_all()
        drop_own_database()
    return told(lines)


def told(lines: Iterable[Line]) -> int:
    """Print each as it comes; 1 when a limit is not reached."""
    missed = 0
    for line in lines:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
        missed += not line.is_reached
    return int(missed > 0)


def pages(size: int, only: str) -> int:
    """Pages and ticks on many conversations, in a database that is kept for the next time."""
    use_own_database(PAGES_DATABASE, keep=True)
    os.environ["EMAIL_URL"] = "dummymail://"
    django.setup()
    from bench.million import made_of  # noqa: PLC0415 - it needs Django
    from bench.pages import time_pages  # noqa: PLC0415
    from bench.timetable import time_ticks  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    made = made_of(size)
    is_tick = only.startswith("tick")
    if only == "nothing":
        return 0
    return told(
        chain(
            [Line("cores", str(CORES))],
            [] if is_tick else time_pages(made, only),
            time_ticks(made, size, only.removeprefix("tick").strip())
            if is_tick or not only
            else [],
        )
    )


if __name__ == "__main__":
    sys.exit(main())
