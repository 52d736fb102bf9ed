"""`python -m bench.chaos.clock MOMENT`: every tick of the timetable once, by a clock that is wrong.

What such a clock writes is real: a mail that it sends counts. The ticks of the right clock must go
on afterwards as if nothing had been.
"""

from __future__ import annotations

import sys

import django


def main(moment: str) -> None:
    """Call each task in turn; one that fails is told and the others go on."""
    django.setup()
    import time_machine  # noqa: PLC0415 - after setup, as all below

    from portal.celery import app  # noqa: PLC0415
    from portal.timetable import TIMETABLE  # noqa: PLC0415

    app.loader.import_default_modules()
    with time_machine.travel(moment, tick=True):
        for name, *_ in TIMETABLE:
            try:
                app.tasks[name]()
            except Exception as error:  # noqa: BLE001 - whatever it is, the house is being broken
                sys.stdout.write(f"{name}: {type(error).__name__}\n")


if __name__ == "__main__":
    main(sys.argv[1])
