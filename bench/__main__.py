"""`python -m bench [intake|review|figures|soak]`: measure and print, each figure with its limit."""

from __future__ import annotations

import argparse
import sys

import django
from django.core.management import call_command

from bench import load
from bench.server import CORES, drop_own_database, use_own_database, web
from bench.verdicts import Line


def echo() -> list[Line]:
    """What the load generator can send at most: the limits must lie far below."""
    request = load.post("/", b"x" * 300, Content_Type="text/plain")
    with web("bench.echo:application", workers=CORES, threads=2) as port:
        outcome = load.run_scripts(port, [[request] * 2500] * 8)
    return [Line("load generator: echo, 8 connections", f"{outcome.rate:,.0f} requests/s")]


def main() -> int:
    """Returns 1 when a limit is not reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parts = ("intake", "review", "figures", "soak", "all")
    parser.add_argument("which", nargs="?", choices=parts, default="all")
    parser.add_argument("--rows", type=int, default=12_000, help="rows of one COPY")
    parser.add_argument("--items", type=int, default=100_000, help="answers in the queue")
    options = parser.parse_args()
    url = use_own_database()
    django.setup()
    from django.db import connections  # noqa: PLC0415 - after setup

    from bench import figures, furnish, intake, review, soak  # noqa: PLC0415 - they need Django
    from reviews.sampling import policy_of  # noqa: PLC0415 - needs Django

    lines = [Line("cores", str(CORES))]
    try:
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        lines += echo()
        assistant, key = furnish.team()
        policy = policy_of(assistant)
        policy.double_share = 0  # the bare claim knows nothing of pairs
        policy.save()
        if options.which in ("intake", "all"):
            connections.close_all()
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
    finally:
        connections.close_all()
        drop_own_database()
    sys.stdout.write("\n".join(str(line) for line in lines) + "\n")
    return 0 if all(line.is_reached for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
