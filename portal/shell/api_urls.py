"""Addresses of the API, its document and its page."""

from django.urls import path, re_path

from ingestion.api import views as ingestion_views
from portal.shell import api_document
from portal.shell.api_schema import not_found
from reviews.api import reading
from reviews.api import views as reviews_views

urlpatterns = [
    path("v1/conversations", ingestion_views.conversations, name="api_conversations"),
    path("v1/signals", ingestion_views.signals, name="api_signals"),
    path("v1/releases", ingestion_views.releases, name="api_releases"),
    path("v1/flags", reviews_views.flags, name="api_flags"),
    path("v1/answer", reading.answer, name="api_answer"),
    path("v1/quality", reading.quality, name="api_quality"),
    path("v1/incidents", reading.incidents, name="api_incidents"),
    path("v1/reports/weekly", reading.weekly_report, name="api_weekly_report"),
    path("schema", api_document.schema, name="api_schema"),
    path("docs", api_document.docs, name="api_docs"),
    re_path(r"^v1/", not_found, name="api_not_found"),
]
