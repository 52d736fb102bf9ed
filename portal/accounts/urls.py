"""Addresses about people and teams; allauth brings sign-in, passwords and second factors."""

from django.urls import include, path

from portal.accounts import views

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("profile/", views.profile, name="profile"),
    path("join/<str:secret>/", views.join, name="join"),
    path("team/<int:team_id>/", views.team_settings, name="team_settings"),
    path("team/<int:team_id>/people/", views.people_page, name="people"),
    path(
        "team/<int:team_id>/people/<int:membership_id>/role/",
        views.change_role,
        name="change_role",
    ),
    path(
        "team/<int:team_id>/people/<int:membership_id>/remove/",
        views.remove_member,
        name="remove_member",
    ),
    path(
        "team/<int:team_id>/people/<int:membership_id>/mail/",
        views.try_mail_again,
        name="try_mail_again",
    ),
    path(
        "team/<int:team_id>/invitations/<int:invitation_id>/revoke/",
        views.revoke_invitation,
        name="revoke_invitation",
    ),
    path("team/<int:team_id>/changes/", views.audit_page, name="audit"),
    path("team/<int:team_id>/sign-ins/", views.sign_ins_page, name="sign_ins"),
]
