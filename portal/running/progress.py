"""Say what is going on when something takes longer than a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

QUIET = 1.0
PERIOD = 5.0


@contextmanager
def step(words: str, say: Callable[[str], object], quiet: float = QUIET) -> Iterator[None]:
    """Say `words` if the block takes longer than `quiet`, then the time now and then."""
    done = threading.Event()
    begun = time.monotonic()

    def tell() -> None:
        if done.wait(quiet):
            return
        say(f"{words} ...")
        while not done.wait(PERIOD):
            say(f"  ... {time.monotonic() - begun:.0f} s")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
    if (taken := time.monotonic() - begun) > quiet:
        say(f"  done in {taken:.1f} s")
