"""`python -m bench.detection`: how well drops are found in streams with known truth."""

from __future__ import annotations

import argparse
import os
import sys
import time

from bench.detection.adapter import run
from bench.detection.families import FAMILIES
from bench.detection.limits import EVERYTHING
from bench.detection.report import rows, table
from bench.detection.runs import Plan, run_all, summaries


def main() -> int:
    """Prints the figures beside their limits; returns 1 when one is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="streams of each family")
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument("--graded", nargs="+", type=int, default=[20, 60], help="grades a day")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    options = parser.parse_args()
    plan = Plan(options.families, options.seeds, options.graded)
    began = time.perf_counter()
    found = summaries(run_all(run, plan, options.jobs), plan.days)
    lines = list(rows(found, plan.graded))
    streams = len(plan.jobs)
    sys.stdout.write(
        f"{table(lines, plan.graded)}\n\n{streams} streams of {plan.days} days, "
        f"{plan.per_day:,} answers a day, {time.perf_counter() - began:.0f} s; the times are "
        f"medians over '{EVERYTHING}' with {options.jobs} processes side by side.\n"
    )
    missed = [cell for line in lines for cell in line.cells if cell.is_reached is False]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
