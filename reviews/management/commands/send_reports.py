"""`manage.py send_reports`: write and send the weekly reports, or show how they would look."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ingestion.models import Assistant
from portal import words
from portal.accounts.models import User
from portal.refused import Refused
from reviews.models import Report
from reviews.outbox import deliver_mails
from reviews.reports.preview import preview, render_preview, send_preview
from reviews.reports.reports import due_moment, missing, recipients, write_due, write_week
from reviews.reports.week import monday


class Command(BaseCommand):
    help = "Write and send what is due, or the reports of one week. Nobody gets a report twice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--week",
            help="Any day of a week that is over, as 2026-11-16: write it if missing.",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="Show subjects, weeks and people; write and send nothing.",
        )
        parser.add_argument(
            "--preview",
            action="store_true",
            help="Print how the report of --week (else of this week) looks now; keep nothing.",
        )
        parser.add_argument(
            "--to", help="With --preview: mail it to this member and to nobody else."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        week = self._week(options["week"])
        if options["to"] and not options["preview"]:
            raise CommandError("--to goes with --preview. Reports go to whom they concern.")
        assistants = list(Assistant.objects.select_related("team").order_by("pk"))
        if options["preview"]:
            self._preview(assistants, week, options["to"], now)
        elif options["dry_run"]:
            self._show(assistants, week, now)
        else:
            written = write_due(at=now) if week is None else self._write(assistants, week, now)
            sent = deliver_mails(at=now)
            self.stdout.write(f"{written} reports written, {sent} mails sent.")

    def _week(self, given: str | None) -> date | None:
        if not given:
            return None
        try:
            day = date.fromisoformat(given)
        except ValueError as error:
            raise CommandError(f"--week {given!r} is no date. Write it like 2026-11-16.") from error
        if not 2000 <= day.year <= 2100:
            raise CommandError(f"--week {given!r}: choose a day from 2000 to 2100.")
        return monday(day)

    def _write(self, assistants: Sequence[Assistant], week: date, now: datetime) -> int:
        """Each assistant's missing reports of the week; an error when all are refused."""
        written, refused = 0, []
        for assistant in assistants:
            try:
                written += write_week(assistant=assistant, week=week, at=now)
            except Refused as error:
                refused.append(str(error))
        if refused and len(refused) == len(assistants):
            raise CommandError("\n".join(refused))
        for line in refused:
            self.stderr.write(line)
        return written

    def _show(self, assistants: Iterable[Assistant], week: date | None, now: datetime) -> None:
        """What would be written and sent: what is due, or the week that was asked for."""
        for assistant in assistants:
            found = missing(assistant, now) if week is None else _both(week)
            for one, kind in found:
                self._show_one(assistant, one, kind, now)
            if not found:
                this = monday(_today(assistant, now))
                state = _state(assistant, this, now)
                self.stdout.write(f"{assistant}: nothing is due. {state}")

    def _show_one(self, assistant: Assistant, week: date, kind: str, now: datetime) -> None:
        report = preview(assistant=assistant, kind=kind, week=week, at=now)
        people = ", ".join(person.email or "" for person in recipients(assistant, kind))
        rows = Report.objects.filter(assistant=assistant, kind=kind, week=week)
        state = "Written already." if rows.exists() else _state(assistant, week, now)
        self.stdout.write(f"{report.content['subject']}\n  {state}\n  to {people or 'nobody'}")

    def _preview(
        self, assistants: Iterable[Assistant], week: date | None, to: str | None, now: datetime
    ) -> None:
        sent = 0
        for assistant in assistants:
            for one, kind in _both(week or monday(_today(assistant, now))):
                people = recipients(assistant, kind)
                report = preview(assistant=assistant, kind=kind, week=one, at=now)
                if not to:
                    rendered = render_preview(report, people[0] if people else User())
                    self.stdout.write(f"Subject: {rendered.subject}\n\n{rendered.text}\n")
                for person in people:
                    if to and person.email == to.strip().lower():
                        send_preview(report, person, at=now)
                        sent += 1
        if to and not sent:
            raise CommandError(f"--to {to}: nobody with this address gets weekly reports.")
        if to:
            self.stdout.write(f"{words.plural(sent, 'preview')} sent to {to}; nothing was kept.")


def _both(week: date) -> list[tuple[date, str]]:
    return [(week, kind) for kind in Report.Kind.values]


def _today(assistant: Assistant, now: datetime) -> date:
    """The day by the team's clock."""
    return assistant.team.day_of(now)


def _state(assistant: Assistant, week: date, now: datetime) -> str:
    """Which days a week has and when its report is due, by the team's clock."""
    today, due = _today(assistant, now), due_moment(assistant.team, week)
    days = words.day_range(week, week + timedelta(days=6), today)
    since = "is due" if due > now else "was due"
    return f"Week of {days}: {since} {words.day_time(due, today)} ({assistant.team.time_zone})."
