"""Every address of the product: the house here, each area's own below it."""

from django.urls import include, path

from ingestion.views import new_assistant
from portal.shell import errors, gallery, health, home, icon, outbox
from reviews.views import alerts, reports

urlpatterns = [
    path("", home.home, name="home"),
    path("", include("portal.accounts.urls")),
    path("a/<int:assistant_id>/", include("reviews.urls")),
    path("a/<int:assistant_id>/", include("ingestion.urls")),
    path("team/<int:team_id>/assistants/new/", new_assistant, name="new_assistant"),
    path("stop-mails/<str:token>/", reports.stop_mails, name="stop_mails"),
    path("stop-alerts/<str:token>/", alerts.stop_alert_mails, name="stop_alerts"),
    path("profile/mails/", reports.mail_settings, name="mail_settings"),
    path("api/", include("portal.shell.api_urls")),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("metrics", health.metrics, name="metrics"),
    path("favicon.ico", icon.favicon, name="favicon"),
    path("gallery/", gallery.gallery, name="gallery"),
    path("demo/mail/", outbox.outbox, name="outbox"),
    path("demo/mail/<str:name>/", outbox.message, name="outbox_message"),
    path("demo/mail/<str:name>/html/", outbox.message_html, name="outbox_message_html"),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
