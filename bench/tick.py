"""What the timetable does while conversations come in: note parts and days, draw samples."""

from __future__ import annotations

import time

import django

SECONDS = 2.0  # the shorter of the two periods in the timetable


def main() -> None:
    """Tick until the process is ended."""
    django.setup()
    from ingestion.tasks import digest_intake  # noqa: PLC0415 - after setup
    from reviews.tasks import choose_samples  # noqa: PLC0415 - after setup

    while True:
        digest_intake()
        choose_samples()
        time.sleep(SECONDS)


if __name__ == "__main__":
    main()
