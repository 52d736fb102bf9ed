"""`python -m bench.truth`: is what is said true in ordinary teams? Ends with 1 where it is not."""

from __future__ import annotations

import argparse
import os
import sys
import time

from bench.truth.teams import TEAMS
from bench.truth.weeks import measure, rows


def main() -> int:
    """Prints said against true; 1 when a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="streams of each team")
    parser.add_argument("--teams", nargs="+", choices=TEAMS, default=list(TEAMS))
    parser.add_argument("--graded", nargs="+", type=int, default=[10, 20, 60], help="grades a day")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    options = parser.parse_args()
    began = time.perf_counter()
    lines = measure(options.teams, options.seeds, options.graded, options.jobs)
    sys.stdout.write("\n".join(rows(lines)) + f"\n\n{time.perf_counter() - began:.0f} s\n")
    return 0 if all(one.reached for one in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
