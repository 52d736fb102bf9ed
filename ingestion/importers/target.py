"""Which assistant a command means."""

from __future__ import annotations

from django.core.management.base import CommandError

from ingestion.models import Assistant


def find_assistant(name: str) -> Assistant:
    """The assistant by `slug`, or `team/slug` when two teams have one of that name.

    Raises CommandError that lists the assistants there are.
    """
    team, _, slug = name.rpartition("/")
    found = Assistant.objects.select_related("team").filter(slug=slug)
    if team:
        found = found.filter(team__slug=team)
    rows = list(found[:2])
    if len(rows) == 1:
        return rows[0]
    known = Assistant.objects.select_related("team").order_by("team__slug", "slug")[:20]
    names = ", ".join(f"{one.team.slug}/{one.slug}" for one in known) or "none yet"
    problem = "is not unique" if rows else "is not known"
    raise CommandError(f"--assistant {name!r} {problem}. There are: {names}.")
