"""Facts from outside: what the assistant said, and which release was running."""

from django.apps import AppConfig


class IngestionConfig(AppConfig):
    name = "ingestion"
