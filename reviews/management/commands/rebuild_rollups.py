"""`manage.py rebuild_rollups`: make every count again from the grades."""

from typing import Any

from django.core.management.base import BaseCommand

from ingestion.models import Assistant
from reviews.measure.rollups import FORMULA, rebuild


class Command(BaseCommand):
    help = "Make every count again from the grades; the result is the same."

    def handle(self, *args: Any, **options: Any) -> None:
        for assistant in Assistant.objects.order_by("pk"):
            days = rebuild(assistant=assistant)
            self.stdout.write(f"{assistant.name}: {days} days counted by formula {FORMULA}.")
