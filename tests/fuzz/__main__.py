"""`python -m tests.fuzz [--rounds N] [--minutes M] [--requests N] [--seed S]`: `make fuzz`.

First the API by its own document, then hostile values into every form, query and path, until the
rounds or the minutes are over. Everything happens in a database of its own, in one transaction that
is taken back. Ends with 1 when anything failed, was half stored or was not as the document says.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import django
import structlog
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction
from django.test.utils import override_settings, setup_databases, teardown_databases
from django.test.utils import setup_test_environment as set_up

django.setup()

from tests.fuzz import api  # noqa: E402 - models need the settings first
from tests.fuzz.asked import FIRST, LAST  # noqa: E402
from tests.fuzz.house import Everything, Findings  # noqa: E402
from tests.fuzz.values import KNOWN, fresh  # noqa: E402
from tests.world import World  # noqa: E402


def say(words: str = "") -> None:
    """One line, at once."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


@contextmanager
def a_world() -> Iterator[World]:
    """The cast in an empty database; nothing of it stays."""
    logging.disable(logging.CRITICAL)
    structlog.configure(processors=[_silent])
    counted = {**settings.CACHES["default"], "KEY_PREFIX": f"fuzz-{uuid.uuid4().hex}"}
    changed = override_settings(
        CACHES={"default": counted},
        ACCOUNT_RATE_LIMITS=False,
        MIDDLEWARE=[FIRST, *settings.MIDDLEWARE, LAST],
    )
    set_up(debug=False)
    connection.settings_dict["TEST"]["NAME"] = "plumbline_fuzz"
    databases = setup_databases(verbosity=0, interactive=False)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)  # the one connection holds the transaction
    try:
        with changed, transaction.atomic():
            yield World()
            transaction.set_rollback(True)
    finally:
        teardown_databases(databases, verbosity=0)


def _silent(*_: object) -> dict[str, object]:
    raise structlog.DropEvent


def attack_forms(world: World, *, rounds: int, until: float, seed: int) -> Findings:
    """Each round one value, known or new, into every place there is."""
    everything = Everything(world)
    targets = list(everything.targets())
    dice = random.Random(seed)
    for number in range(rounds):
        values = dice.sample(KNOWN, len(KNOWN)) if number % 2 == 0 else list(fresh(dice, 100))
        for place, target in enumerate(targets):
            if time.monotonic() > until:
                return everything.findings
            everything.attack(target, values[place % len(values)])
    return everything.findings


def table(findings: Findings) -> None:
    """Requests and what came of them, a line an address."""
    say(f"{'address':<44}{'requests':>9}{'errors':>8}{'half stored':>13}")
    for where, count in sorted(findings.requests.items()):
        errors = len(findings.failures.get(where, ()))
        half = len(findings.half_stored.get(where, ()))
        say(f"{where:<44}{count:>9}{errors:>8}{half:>13}")


def main() -> int:
    """The whole run; what to exit with."""
    asked = argparse.ArgumentParser(prog="python -m tests.fuzz")
    asked.add_argument("--rounds", type=int, default=1000, help="of values into every form")
    asked.add_argument("--minutes", type=float, default=10, help="for everything")
    asked.add_argument("--requests", type=int, default=10_000, help="to the API, at least")
    asked.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    given = asked.parse_args()
    began, whole = time.monotonic(), given.minutes * 60
    say(f"Seed {given.seed}. At most {given.minutes:g} minutes.")
    with a_world() as world:
        with transaction.atomic():
            until = began + 0.7 * whole
            told = api.ask(world, requests=given.requests, until=until, seed=given.seed)
            transaction.set_rollback(True)
        api.table(told, say)
        say()
        found = attack_forms(world, rounds=given.rounds, until=began + whole, seed=given.seed)
        table(found)
    say()
    for one in [*told.lines, *found.lines]:
        say(one)
    forms = sum(found.requests.values())
    took = time.monotonic() - began
    say(f"{told.total} requests to the API, {forms} to forms, pages and paths, in {took:.0f} s.")
    say(f"{len(told.lines)} faults of the API, {len(found.lines)} of forms, pages and paths.")
    return 1 if told.lines or found.lines or told.total < min(given.requests, 1) else 0


if __name__ == "__main__":
    sys.exit(main())
