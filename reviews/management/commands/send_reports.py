"""`manage.py send_reports`: write and send the weekly reports, or show what would be sent."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ingestion.models import Assistant
from reviews.models import Report
from reviews.report_ownership import write_ownership
from reviews.report_quality import write_quality
from reviews.reports import deliver_due, recipients, write_due, write_report
from reviews.week import monday


class Command(BaseCommand):
    help = "Write and send what is due, or the reports of one week. Nobody gets a report twice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--week", help="Any day of the week, such as 2026-11-16.")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="Show subjects and people; write and send nothing.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        week = self._week(options["week"])
        assistants = list(Assistant.objects.select_related("team").order_by("pk"))
        if options["dry_run"]:
            for assistant in assistants:
                self._show(assistant, week or monday(now.date()), now)
            return
        if week is None:
            written = write_due(at=now)
        else:
            made = [
                write_report(assistant=assistant, kind=kind, week=week, at=now)
                for assistant in assistants
                for kind in Report.Kind.values
            ]
            written = sum(report is not None for report in made)
        sent = deliver_due(at=now)
        self.stdout.write(f"{written} reports written, {sent} mails sent.")

    def _week(self, given: str | None) -> date | None:
        if not given:
            return None
        try:
            return monday(date.fromisoformat(given))
        except ValueError as error:
            raise CommandError(f"--week {given!r} is no date. Write it like 2026-11-16.") from error

    def _show(self, assistant: Assistant, week: date, now: Any) -> None:
        for kind, write in (("quality", write_quality), ("ownership", write_ownership)):
            content = write(assistant=assistant, week=week, at=now)
            people = ", ".join(person.email or "" for person in recipients(assistant, kind))
            self.stdout.write(f"{content.subject}\n  to {people or 'nobody'}")
