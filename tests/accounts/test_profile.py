"""What people change about themselves: name, look, keys, mails; and nothing about anybody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.models import Membership, User
from reviews.models import MailPreference
from tests.pages import page_of
from tests.world import PASSWORD, World

SignIn = Callable[[User], Client]
FORM = {"name": "Rosa R.", "theme": "dark", "single_keys": "on"}


def test_a_person_changes_name_look_and_keys(world: World, as_: SignIn) -> None:
    rosa = as_(world.rosa)
    assert rosa.post(reverse("profile"), {**FORM, "single_keys": ""}).status_code == 302
    world.rosa.refresh_from_db()
    assert (world.rosa.name, world.rosa.theme, world.rosa.single_keys) == ("Rosa R.", "dark", False)
    page = page_of(rosa.get(reverse("profile")))
    assert 'data-theme="dark"' in page
    assert "Rosa R." in page


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"name": "   "}, {"name": "n" * 121}, {"theme": "pink"}, {"name": "a\x00b"}],
    ids=["empty", "blank", "long", "no-such-look", "nul"],
)
def test_what_does_not_fit_is_refused_with_a_reason(
    world: World, as_: SignIn, wrong: dict[str, str]
) -> None:
    answer = as_(world.rosa).post(reverse("profile"), {**FORM, **wrong})
    assert answer.status_code == 422
    assert answer.context["form"].errors
    world.rosa.refresh_from_db()
    assert (world.rosa.name, world.rosa.theme) == ("Rosa Reviewer", "system")


def test_a_form_cannot_reach_what_it_does_not_show(world: World, as_: SignIn) -> None:
    sneaked = {"email": "ada@acorn.example", "is_active": "", "is_external": "on", "role": "admin"}
    assert as_(world.rosa).post(reverse("profile"), {**FORM, **sneaked}).status_code == 302
    world.rosa.refresh_from_db()
    assert (world.rosa.email, world.rosa.is_active) == ("rosa@acorn.example", True)
    assert Membership.objects.get(user=world.rosa).role == "reviewer"


def test_it_lists_the_teams_one_is_in_now(world: World, as_: SignIn) -> None:
    Membership.objects.create(team=world.other_team, user=world.rosa, role="lead")
    rosa = as_(world.rosa)
    page = page_of(rosa.get(reverse("profile")))
    assert "<b>Acorn</b>" in page
    assert "<b>Other</b>" in page
    Membership.objects.filter(team=world.other_team, user=world.rosa).update(ended_at=world.now)
    assert "<b>Other</b>" not in page_of(rosa.get(reverse("profile")))


def test_weekly_mails_are_stopped_and_begun_again_for_one_team(world: World, as_: SignIn) -> None:
    Membership.objects.create(team=world.other_team, user=world.lena, role="lead")
    here = Membership.objects.get(user=world.lena, team=world.team)
    lena = as_(world.lena)
    for form, stopped in (
        ({"membership": here.pk}, True),
        ({"membership": here.pk, "weekly": "on"}, False),
    ):
        assert lena.post(reverse("mail_settings"), form).status_code == 302
        row = MailPreference.objects.get()
        assert row.membership == here
        assert (row.weekly_stopped_at is not None) is stopped


@pytest.mark.parametrize("chosen", ["theirs", "", "x", "²", "9" * 30])
def test_nobody_changes_the_mails_of_somebody_else(world: World, as_: SignIn, chosen: str) -> None:
    theirs = Membership.objects.get(user=world.ada)
    given = str(theirs.pk) if chosen == "theirs" else chosen
    answer = as_(world.rosa).post(reverse("mail_settings"), {"membership": given})
    assert answer.status_code == 404
    assert not MailPreference.objects.exists()


def test_a_new_password_needs_the_old_one_and_keeps_one_signed_in(
    world: World, as_: SignIn
) -> None:
    world.rosa.set_password(PASSWORD)
    world.rosa.save()
    rosa, new = as_(world.rosa), "another-plumb-line"
    form = {"oldpassword": "wrong", "password1": new, "password2": new}
    rosa.post(reverse("account_change_password"), form)
    world.rosa.refresh_from_db()
    assert world.rosa.check_password(PASSWORD)
    rosa.post(reverse("account_change_password"), {**form, "oldpassword": PASSWORD})
    world.rosa.refresh_from_db()
    assert world.rosa.check_password(new)
    assert rosa.get(reverse("profile")).status_code == 200


def test_a_new_password_ends_the_other_sessions(world: World, as_: SignIn) -> None:
    world.rosa.set_password(PASSWORD)
    world.rosa.save()
    here, elsewhere = as_(world.rosa), as_(world.rosa)
    new = "another-plumb-line"
    here.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )
    assert here.get(reverse("profile")).status_code == 200
    assert elsewhere.get(reverse("profile")).status_code == 302


def test_nobody_takes_another_address_unproven(world: World, as_: SignIn) -> None:
    """Invitations and mails are for an address, so it must stay the one that was invited."""
    rosa = as_(world.rosa)
    for action in ("action_add", "action_primary"):
        rosa.post(reverse("account_email"), {"email": "boss@acorn.example", action: ""})
    world.rosa.refresh_from_db()
    assert world.rosa.email == "rosa@acorn.example"
