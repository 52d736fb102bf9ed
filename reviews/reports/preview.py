"""How a week's report looks now, before it is due: made, shown, and kept nowhere."""

from __future__ import annotations

import secrets
from datetime import date, datetime

from ingestion.models import Assistant
from portal import words
from portal.accounts.models import User
from portal.mail import rendering
from reviews.models import Report
from reviews.reports.reports import due_moment, make_report, render_report


def preview(*, assistant: Assistant, kind: str, week: date, at: datetime) -> Report:
    """A report that is not stored, so that the real one is written when it is due."""
    return make_report(assistant=assistant, kind=kind, week=week, at=at)


def render_preview(report: Report, person: User) -> rendering.Rendered:
    """Its mail, which says what it is."""
    team = report.assistant.team
    today = team.day_of(report.as_of)
    made, due = team.local(report.as_of), due_moment(team, report.week)
    rest = (
        f"The report itself is written {words.day_time(due, today)}."
        if due > made
        else "It changes nothing about the report itself."
    )
    note = f"A preview, made {words.day_time(made, today)}; kept nowhere. {rest}"
    rendered = render_report(report, person, note=note)
    return rendering.Rendered(f"Preview: {rendered.subject}", rendered.text, rendered.html)


def send_preview(report: Report, person: User, *, at: datetime) -> None:
    """Mail it to one person, now. Raises what the mail server's answer raises (OSError)."""
    key = f"preview-{report.assistant_id}-{report.kind}-{report.week}-{secrets.token_hex(8)}"
    rendering.send(mail=render_preview(report, person), to=person.email or "", key=key, at=at)
