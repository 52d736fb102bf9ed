"""Coming in: by a link that lasts seven days, works once and is for whom it says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts import people
from portal.accounts.models import AuditEntry, Invitation, Membership, Role, User
from portal.accounts.people import accept, invite, open_invitation
from portal.refused import Refused
from tests.pages import page_of
from tests.threads import at_once
from tests.world import NOW, PASSWORD, World

SECOND = timedelta(seconds=1)
SignIn = Callable[[User], Client]


def invited(world: World, email: str = "new@acorn.example", role: Role = Role.REVIEWER) -> str:
    """The secret of a link that Ada made just now, by the clock on the wall."""
    _, secret = invite(team=world.team, email=email, role=role, by=world.ada, at=timezone.now())
    return secret


def form(email: str = "new@acorn.example", password: str = PASSWORD) -> dict[str, str]:
    return {"email": email, "name": "Nina New", "password": password}


def roles(user: User) -> list[tuple[str, str]]:
    members = Membership.objects.filter(user=user, ended_at__isnull=True)
    return sorted(members.values_list("team__name", "role"))


def test_a_link_makes_an_account_joins_and_signs_in(world: World) -> None:
    client = Client()
    address = reverse("join", args=[invited(world)])
    page = page_of(client.get(address))
    assert "Join Acorn" in page
    assert "Ada Admin invites you as Reviewer" in page
    assert client.post(address, form())["Location"] == reverse("home")
    nina = User.objects.get(email="new@acorn.example")
    assert nina.check_password(PASSWORD)
    assert roles(nina) == [("Acorn", "reviewer")]
    assert client.get(reverse("review", args=[world.assistant.pk])).status_code == 200


def test_somebody_who_is_signed_in_joins_with_one_press(world: World, as_: SignIn) -> None:
    address = reverse("join", args=[invited(world, world.otto.email or "", Role.AGENT)])
    client = as_(world.otto)
    assert "You are signed in as otto@other.example" in page_of(client.get(address))
    assert roles(world.otto) == [("Other", "admin")], "looking must not join"
    assert client.post(address).status_code == 302
    assert roles(world.otto) == [("Acorn", "agent"), ("Other", "admin")]


def test_a_link_works_once(world: World) -> None:
    address = reverse("join", args=[invited(world, email="")])
    assert Client().post(address, form()).status_code == 302
    for answer in (Client().get(address), Client().post(address, form("late@acorn.example"))):
        assert answer.status_code == 410
        assert "This link was used" in page_of(answer)
    assert not User.objects.filter(email="late@acorn.example").exists()


@pytest.mark.django_db(transaction=True)
def test_of_four_who_press_at_once_one_gets_in() -> None:
    world = World()
    secret = invited(world, email="")
    strangers = [world.person(f"S{n} Stranger", Role.AGENT, world.other_team) for n in range(4)]

    def press(number: int) -> bool:
        try:
            return bool(accept(secret=secret, user=strangers[number], at=timezone.now()))
        except Refused:
            return False

    assert sorted(at_once(4, press)) == [False, False, False, True]
    assert Membership.objects.filter(team=world.team, user__in=strangers).count() == 1


def test_a_link_runs_out_after_seven_days_to_the_second(world: World) -> None:
    _, secret = invite(team=world.team, email="", role=Role.AGENT, by=world.ada, at=NOW)
    end = NOW + timedelta(days=7)
    assert open_invitation(secret, end - SECOND) is not None
    assert open_invitation(secret, end) is None
    with pytest.raises(Refused, match="over 7 days old"):
        accept(secret=secret, user=world.otto, at=end)
    with time_machine.travel(end, tick=False):
        assert Client().get(reverse("join", args=[secret])).status_code == 410


def test_a_link_that_was_taken_back_opens_nothing(world: World, as_: SignIn) -> None:
    secret = invited(world)
    invitation = Invitation.objects.get()
    take_back = reverse("revoke_invitation", args=[world.team.pk, invitation.pk])
    assert as_(world.ada).post(take_back).status_code == 302
    assert Client().get(reverse("join", args=[secret])).status_code == 410
    assert Client().post(reverse("join", args=[secret]), form()).status_code == 410
    assert not User.objects.filter(email="new@acorn.example").exists()


def test_a_link_that_is_taken_back_while_somebody_presses_is_no_good(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = invited(world, email="")
    looked = people.open_invitation

    def then_taken_back(*given: object) -> Invitation | None:
        found = looked(*given)  # type: ignore[arg-type]
        Invitation.objects.update(revoked_at=timezone.now())
        return found

    monkeypatch.setattr(people, "open_invitation", then_taken_back)
    with pytest.raises(Refused, match="taken back"):
        accept(secret=secret, user=world.otto, at=timezone.now())
    assert roles(world.otto) == [("Other", "admin")]


def test_the_wrong_person_is_told_whose_link_it_is_and_stays_out(world: World, as_: SignIn) -> None:
    address = reverse("join", args=[invited(world)])
    answer = as_(world.otto).post(address)
    assert answer.status_code == 409
    assert "This link is for new@acorn.example, and you are otto@other.example" in page_of(answer)
    assert roles(world.otto) == [("Other", "admin")]
    assert Client().get(address).status_code == 200, "the right person can still use it"


def test_the_address_of_a_named_link_cannot_be_changed_in_the_form(world: World) -> None:
    address = reverse("join", args=[invited(world)])
    assert Client().post(address, form("thief@elsewhere.example")).status_code == 302
    assert not User.objects.filter(email="thief@elsewhere.example").exists()
    assert roles(User.objects.get(email="new@acorn.example")) == [("Acorn", "reviewer")]


def test_a_link_without_an_address_is_for_whoever_has_it(world: World) -> None:
    address = reverse("join", args=[invited(world, email="")])
    assert Client().post(address, form("Anyone@Elsewhere.example")).status_code == 302
    assert roles(User.objects.get(email="anyone@elsewhere.example")) == [("Acorn", "reviewer")]


def test_who_has_an_account_signs_in_first(world: World) -> None:
    address = reverse("join", args=[invited(world, email="")])
    answer = Client().post(address, form("Otto@Other.example"))
    assert answer.status_code == 422
    assert "This address has an account. Sign in first" in page_of(answer)
    assert User.objects.filter(email__iexact="otto@other.example").count() == 1
    assert not Invitation.objects.filter(accepted_at__isnull=False).exists()


@pytest.mark.parametrize("password", ["short", "password1234", "nina new nina"])
def test_a_weak_password_makes_no_account_and_keeps_the_link(world: World, password: str) -> None:
    address = reverse("join", args=[invited(world, email="nina.new@acorn.example")])
    answer = Client().post(address, form("nina.new@acorn.example", password))
    assert answer.status_code == 422
    assert not User.objects.filter(email="nina.new@acorn.example").exists()
    assert Client().get(address).status_code == 200


def test_a_member_cannot_join_twice(world: World, as_: SignIn) -> None:
    answer = as_(world.rosa).post(reverse("join", args=[invited(world, email="")]))
    assert answer.status_code == 409
    assert "You are in this team already" in page_of(answer)
    with pytest.raises(Refused, match="is in the team already"):
        invited(world, email=" Rosa@Acorn.example ")


def test_who_left_can_be_invited_again(world: World) -> None:
    member = Membership.objects.get(user=world.rosa)
    people.remove(member=member, by=world.ada, at=NOW)
    secret = invited(world, world.rosa.email or "", Role.LEAD)
    accept(secret=secret, user=world.rosa, at=timezone.now())
    assert roles(world.rosa) == [("Acorn", "lead")]
    assert Membership.objects.filter(user=world.rosa).count() == 2, "the first one is kept"


def test_the_page_shows_the_link_once_and_the_database_never_has_it(
    world: World, as_: SignIn
) -> None:
    client, address = as_(world.ada), reverse("people", args=[world.team.pk])
    page = page_of(client.post(address, {"email": "new@acorn.example", "role": "lead"}))
    (secret,) = {part.split('/"')[0] for part in page.split("http://testserver/join/")[1:]}
    assert open_invitation(secret, timezone.now()) is not None
    again = page_of(client.get(address))
    assert "new@acorn.example" in again
    assert secret not in again
    (kept,) = Invitation.objects.values()
    assert secret not in str(kept)


@pytest.mark.parametrize(
    "given",
    [{"email": "no address", "role": "lead"}, {"email": "", "role": "owner"}, {"email": "a@b.ex"}],
    ids=["address", "role", "no-role"],
)
def test_an_invitation_that_does_not_fit_is_not_made(
    world: World, as_: SignIn, given: dict[str, str]
) -> None:
    answer = as_(world.ada).post(reverse("people", args=[world.team.pk]), given)
    assert answer.status_code == 422
    assert not Invitation.objects.exists()
    assert not AuditEntry.objects.exists()
