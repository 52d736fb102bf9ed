"""Keep a small database of an old version, and the figures it computed, for test_upgrade.py.

    git archive VERSION'S_COMMIT | tar x -C /tmp/old
    python tests/upgrade/make.py /tmp/old 0.2.0

It runs that version's own code, with the same Python and packages: its migrations, its steps and
its demo story, made short (four weeks, 26 conversations a day, the drop in the last one). Two files
come out of it: VERSION.sql.xz, which `psql` loads, and VERSION.json, what that version said of it.
"""

from __future__ import annotations

import json
import lzma
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WEEKS, PER_DAY = 4, 26


def tell() -> Any:
    """The old version's own story, through its own steps; returns its assistant."""
    from django.db import transaction  # noqa: PLC0415 - of the old version, after its setup

    from ingestion.models import Assistant  # noqa: PLC0415
    from portal.accounts.models import Team  # noqa: PLC0415
    from portal.demo.story import build  # noqa: PLC0415

    loading: Any = import_module("portal.demo.loading")  # what it holds depends on the version
    cast = loading.cast
    with transaction.atomic():
        team = Team.objects.create(
            name=cast.TEAM,
            slug="acorn-outfitters",
            time_zone=loading.ZONE,
            customer_words_in_mail=True,
        )
        assistant = Assistant.objects.create(
            team=team, name=cast.ASSISTANT, slug="support-assistant"
        )
        people = loading._people(team)
        end = date(MONDAY.year, MONDAY.month, MONDAY.day)
        story = build(seed=loading.SEED, end=end, tz=loading.ZONE, weeks=WEEKS, per_day=PER_DAY)
        loading.Happening(story, assistant, people).run()
    return assistant


def answer_of(assistant: Any) -> Any:
    """What that version's API answered; None before it had one."""
    from django.test import Client  # noqa: PLC0415

    from portal.demo import loading  # noqa: PLC0415

    secret = loading._logins(assistant, "drop").api_keys["read"]
    headers = {"HTTP_HOST": "127.0.0.1", "HTTP_AUTHORIZATION": f"Bearer {secret}"}
    response = Client().get("/api/v1/answer", **headers)  # type: ignore[arg-type]
    return response.json() if response.status_code == 200 else None


def main(checkout: Path, version: str) -> None:
    """Make the two files."""
    os.chdir(checkout)
    database = "plumbline_" + version.replace(".", "_")
    os.environ.update(
        DEMO="True", EMBEDDED_DATABASE=database, DJANGO_SETTINGS_MODULE="portal.settings"
    )
    import django  # noqa: PLC0415 - the old version's settings are in the environment only now
    import time_machine  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    # Beside this file, which is run as a program.
    from figures import read  # type: ignore[import-not-found]  # noqa: PLC0415

    # Where old versions have them.
    embedded = import_module("portal.embedded")
    place = import_module("portal.embedded.place")

    call_command("migrate", verbosity=0)
    with time_machine.travel(MONDAY, tick=True):
        answer = answer_of(tell())
    url = embedded.ensure(database, checkout).database_url
    figures = read(url, version)
    pg_dump = place.find_place(checkout).postgres_bin / "pg_dump"
    command = [str(pg_dump), "--no-owner", "--no-privileges", url]
    dump = subprocess.run(command, check=True, capture_output=True).stdout
    (HERE / f"{version}.sql.xz").write_bytes(lzma.compress(dump, preset=9 | lzma.PRESET_EXTREME))
    (HERE / f"{version}.json").write_text(as_lines({"answer": answer, **figures}))


def as_lines(told: dict[str, Any]) -> str:
    """JSON with one row a line, so that a difference can be read."""
    parts = []
    for name, rows in told.items():
        many = ",\n".join(map(json.dumps, rows)) if isinstance(rows, list) else json.dumps(rows)
        parts.append(
            f"{json.dumps(name)}: " + (f"[\n{many}\n]" if isinstance(rows, list) else many)
        )
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])  # the old version's code, not ours
    main(Path(sys.argv[1]).resolve(), sys.argv[2])
