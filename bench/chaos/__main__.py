"""`python -m bench.chaos [--rounds N] [--minutes M] [--seed S] [--only WORDS]`: see the package.

Ends with 1 when a promise was broken or something took too long to come back.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench.chaos.actors import Actors, Line
from bench.chaos.house import House
from bench.chaos.injuries import Injury, all_injuries, rounds_of
from bench.chaos.ledger import Ledger
from bench.chaos.outside import MailServer, Receiver, world_outside
from bench.chaos.verdict import Tally, judge, judge_hooks, judge_outside, mails_wanted, settle

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "var" / "chaos"
WEB_WITHIN, WORK_WITHIN = 30.0, 300.0
REST = 2.0
PARTS = ("conversations", "signals", "flags", "grades", "incidents")


@dataclass
class Times:
    """The longest recoveries, each with the injury it came after."""

    web: tuple[float, str] = (0.0, "")
    work: tuple[float, str] = (0.0, "")
    rounds: list[tuple[str, float, float]] = field(default_factory=list)

    def note(self, name: str, web: float, work: float) -> None:
        self.web = max(self.web, (web, name))
        self.work = max(self.work, (work, name))
        self.rounds.append((name, web, work))


def say(words: str) -> None:
    """One line, at once."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _until(is_so: Callable[[], bool], within: float) -> float:
    """Seconds until it is so; `within` when it never was."""
    start = time.monotonic()
    while time.monotonic() - start < within:
        if is_so():
            return time.monotonic() - start
        time.sleep(0.2)
    return within


def is_ready(line: Line) -> bool:
    """Whether pages can be had: the database answers through the web server."""
    try:
        return line.ask("GET", "/health/ready")[0] == 200
    except Exception:  # noqa: BLE001 - whatever it says, it is not ready
        return False


def works(url: str, ledger: Ledger) -> Callable[[], bool]:
    """Whether what was sent since now has been counted and drawn from."""
    known = len(ledger.conversations)

    def look() -> bool:
        if len(ledger.conversations) <= known:
            return False
        return settle(url, 0.1, lambda: True) is not None or _is_moving(url)

    return look


def _is_moving(url: str) -> bool:
    """While rows go on arriving something always waits: what waited 5 s ago must be done."""
    import psycopg  # noqa: PLC0415 - only here

    query = """SELECT count(*) FROM ingestion_intakebatch
        WHERE (counted_at IS NULL OR pulled_at IS NULL) AND received_at < now() - interval '8 s'"""
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            row = connection.execute(query).fetchone()
    except psycopg.Error:
        return False
    return row is not None and row[0] == 0


def play(house: House, plan: list[Injury], line: Line, ledger: Ledger, deadline: float) -> Times:
    """One injury after the other, until the plan or the time is over."""
    times = Times()
    for number, injury in enumerate(plan, 1):
        if time.monotonic() > deadline:
            say(f"Time is up after {number - 1} rounds.")
            break
        with injury.do():
            line.ended.wait(injury.lasts)
        web = _until(lambda: is_ready(line), 2 * WEB_WITHIN)
        work = _until(works(house.database_url, ledger), WORK_WITHIN)
        times.note(injury.name, web, work)
        say(
            f"{number:>3}. {injury.name:<34} web back in {web:5.1f} s, work in {work:5.1f} s; "
            f"{ledger.acknowledged:,} acknowledged"
        )
        line.ended.wait(REST)
    return times


def table(tally: Tally, times: Times, ledger: Ledger, again: int) -> tuple[list[str], bool]:
    """The lines to print, and whether every promise was kept."""
    rows: list[tuple[str, str, str, bool]] = [
        ("rounds", str(len(times.rounds)), "", True),
        ("acknowledged", f"{tally.acknowledged:,}", "", tally.acknowledged > 0),
        *((f"  {part}", f"{len(getattr(ledger, part)):,}", "", True) for part in PARTS),
        ("requests sent again after none or a failed answer", f"{again:,}", "", True),
        ("lost", str(len(tally.lost)), "0", not tally.lost),
        ("doubled", str(len(tally.doubled)), "0", not tally.doubled),
        ("altered", str(len(tally.altered)), "0", not tally.altered),
        ("derived work not done", str(len(tally.undone)), "0", not tally.undone),
        ("mails that arrived", str(tally.mails), "", True),
        ("mails missing", str(len(tally.mails_missing)), "0", not tally.mails_missing),
        ("mails doubled without a death or a lost yes", str(tally.mails_doubled), "0",
         not tally.mails_doubled),
        ("mails doubled by one", str(tally.mails_doubled_explained), "", True),
        ("webhooks that arrived at the well receiver", str(tally.hooks), "", True),
        ("webhooks missing there", str(tally.hooks_missing), "0", not tally.hooks_missing),
        ("webhooks doubled there (same id)", str(tally.hooks_doubled), "", True),
        (f"longest until pages are back ({times.web[1]})", f"{times.web[0]:.1f} s",
         f"<= {WEB_WITHIN:.0f} s", times.web[0] <= WEB_WITHIN),
        (f"longest until work is back ({times.work[1]})", f"{times.work[0]:.1f} s",
         f"<= {WORK_WITHIN:.0f} s", times.work[0] < WORK_WITHIN),
    ]  # fmt: skip
    lines = [
        f"{name:<72} {figure:>10}   {limit:<9} {'' if not limit else 'ok' if ok else 'BROKEN'}"
        for name, figure, limit, ok in rows
    ]
    faults = tally.lost + tally.doubled + tally.altered + tally.undone + tally.mails_missing
    lines += [f"  {fault}" for fault in faults[:40]]
    lines += [f"  answered {what}: {number} times" for what, number in ledger.refused.items()]
    return lines, all(ok for *_, ok in rows)


def run(options: argparse.Namespace, house: House, stack: ExitStack) -> bool:
    """The whole evening in one house."""
    os.environ.update(house.environment())
    mails, receivers = stack.enter_context(world_outside(house.addresses.smtp))
    import django  # noqa: PLC0415 - only now are the settings there

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from bench.chaos.furnish import cast as furnish_cast  # noqa: PLC0415
    from portal.demo.programs import programs  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    people = furnish_cast(receivers)
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    house.run(programs(house.addresses.web), environ, ROOT)
    line, ledger = Line(house.addresses.web, threading.Event()), Ledger()
    say(f"Ready in {_until(lambda: is_ready(line), 120):.0f} s; house in {house.folder}.")
    actors = Actors(line, ledger, people.keys, people.assistant)
    for work in (actors.send_batch, actors.send_batch, actors.send_signal, actors.send_flag):
        actors.begin(work)
    for one in people.reviewers:
        actors.begin(actors.grade_as(one))
    actors.begin(actors.open_incidents_as(people.lead))
    injuries = all_injuries(house, mails, environ)
    chosen = [one for one in injuries if options.only in one.name]
    plan = rounds_of(chosen, options.rounds or len(chosen), random.Random(options.seed))
    times = play(house, plan, line, ledger, time.monotonic() + 60 * options.minutes)
    if not actors.finish(300):
        say("Somebody still waits for an answer.")
    tally = _close(house, ledger, mails, receivers["well"], people.leads, times)
    lines, is_kept = table(tally, times, ledger, line.again)
    say("\n".join(["", *lines]))
    return is_kept


def _close(
    house: House,
    ledger: Ledger,
    mails: MailServer,
    well: Receiver,
    leads: dict[int, str],
    times: Times,
) -> Tally:
    """Wait until all work is done and all mails are out, then judge."""
    url = house.database_url

    def is_idle() -> bool:
        wanted = mails_wanted(url, leads)
        return bool(wanted) and all(mails.received[one] for one in wanted)

    settled = settle(url, WORK_WITHIN, is_idle)
    if settled is not None:
        times.note("the end", 0.0, settled)
        time.sleep(12)  # alerts go out every few seconds: let a doubled one come
    tally = judge(url, ledger)
    deaths = sum("kill" in name or "stop" in name for name, _, _ in times.rounds)
    judge_outside(tally, mails_wanted(url, leads), mails, deaths)
    judge_hooks(tally, url, well, silent=0)
    return tally


def main() -> int:
    """Returns 1 when something was lost, doubled, altered, missing or too slow to come back."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=0, help="0: each injury once")
    parser.add_argument("--minutes", type=float, default=10.0, help="no new round after these")
    parser.add_argument("--seed", type=int, default=20261130)
    parser.add_argument("--only", default="", help="only injuries whose name holds these words")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what it started ends too
    with ExitStack() as stack:
        house = stack.enter_context(House(FOLDER))
        return 0 if run(options, house, stack) else 1


if __name__ == "__main__":
    sys.exit(main())
