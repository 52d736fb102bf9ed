"""`python -m tests.upgrade.today`: bring a database to today as docs/operating.md says, and look.

The database is the embedded one that EMBEDDED_DATABASE names. Prints one JSON object: the answer of
the API as it stood then, and the answer after today's watch has looked.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Any

import django
import time_machine

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def main() -> None:
    """Upgrade, then ask."""
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 - after setup
    from django.db import transaction  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from ingestion.models import Assistant, AssistantKey  # noqa: PLC0415
    from portal.accounts.keys import make_key  # noqa: PLC0415
    from portal.accounts.models import Scope  # noqa: PLC0415
    from reviews.watch.rounds import watch  # noqa: PLC0415

    for command in ("migrate", "rebuild_rollups", "rebuild_day_signals"):
        call_command(command, stdout=sys.stderr)
    # Looking leaves nothing behind: no key, no note of it, no assessment.
    with time_machine.travel(MONDAY, tick=False), transaction.atomic():
        assistant, at = Assistant.objects.get(), timezone.now()
        scopes = [Scope.READ]
        key, secret = make_key(team=assistant.team, name="Look", scopes=scopes, by=None, at=at)
        AssistantKey.objects.create(api_key=key, assistant=assistant)
        before = answer(secret)
        watch(assistant=assistant, at=at)
        told = {"before": before, "after": answer(secret), "reports": reports()}
        transaction.set_rollback(True)
    sys.stdout.write(json.dumps(told))


def answer(secret: str) -> Any:
    """What the API answers."""
    from django.test import Client  # noqa: PLC0415 - after setup

    headers: dict[str, Any] = {"HTTP_HOST": "127.0.0.1", "HTTP_AUTHORIZATION": f"Bearer {secret}"}
    return Client().get("/api/v1/answer", **headers).json()


def reports() -> list[str]:
    """Every old report as a mail, drawn by today's code."""
    from portal.accounts.models import User  # noqa: PLC0415 - after setup
    from reviews.models import Report  # noqa: PLC0415
    from reviews.reports.reports import render_report  # noqa: PLC0415

    lead = User.objects.get(email="ada@acorn.example")
    found = Report.objects.select_related("assistant__team").order_by("kind", "week")
    return [render_report(one, lead).text for one in found]


if __name__ == "__main__":
    main()
