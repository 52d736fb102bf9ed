"""Addresses about what comes in, below /a/<assistant_id>/."""

from django.urls import path

from ingestion import views

urlpatterns = [
    path("setup/", views.setup, name="setup"),
    path("setup/live/", views.setup_live, name="setup_live"),
    path("setup/test/", views.setup_test, name="setup_test"),
    path("setup/keys/", views.key_make, name="key_make"),
    path("setup/keys/<int:key_id>/revoke/", views.key_revoke, name="key_revoke"),
]
