"""`python -m portal.running.embedded where` shows the folder of the servers' data; `remove` removes
it; `programs` shows the folder of PostgreSQL's own programs (pg_dump, pg_restore, psql); `start`
starts what does not run, for somebody who attends.

`remove` ends with 3 when the servers are in use, for `make clean`.
"""

from __future__ import annotations

import shutil
import sys

from portal.running.embedded import locks
from portal.running.embedded.errors import EmbeddedError
from portal.running.embedded.lease import BASE, ensure
from portal.running.embedded.place import find_place

IN_USE = 3


def main(words: list[str]) -> int:
    """Do what the one word says."""
    if words not in (["where"], ["remove"], ["programs"], ["start"]):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    if words == ["start"]:
        ensure("postgres")
        return 0
    place = find_place(BASE)
    if words == ["programs"]:
        sys.stdout.write(f"{place.postgres_bin}\n")
        return 0
    sys.stdout.write(f"{place.state}\n")
    if words == ["where"]:
        return 0
    if not (
        locks.open_lock(place, "users").take() and locks.open_lock(place, "keeper").take(wait=10)
    ):
        sys.stderr.write("The servers are in use: stop the demo, tests and shells first.\n")
        return IN_USE
    shutil.rmtree(place.state)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except EmbeddedError as error:
        sys.exit(str(error))
