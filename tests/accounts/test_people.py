"""Roles of members: who changes them, the last admin, leaving; every change is written down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts import people
from portal.accounts.access import RoleNeeded, for_team, reaches, visible_to
from portal.accounts.models import (
    AuditEntry,
    Invitation,
    Membership,
    RefusedAddress,
    Role,
    Team,
    User,
)
from portal.refused import Refused
from tests.pages import page_of
from tests.threads import at_once
from tests.world import NOW, World

SignIn = Callable[[User], Client]


def member_of(user: User) -> Membership:
    return Membership.objects.select_related("team", "user").get(user=user, ended_at__isnull=True)


def entries() -> list[tuple[str, str, str]]:
    rows = AuditEntry.objects.order_by("pk")
    return list(rows.values_list("actor_label", "action", "subject"))


def test_each_role_may_what_the_ones_before_it_may() -> None:
    reached = [[reaches(have, need) for need in Role] for have in Role]
    assert reached == [[column <= row for column in range(4)] for row in range(4)]


@pytest.mark.parametrize("needed", list(Role), ids=lambda role: role.value)
def test_the_door_lets_in_from_the_needed_role_on(world: World, needed: Role) -> None:
    teams = Team.objects.all()
    for user in (world.agnes, world.rosa, world.lena, world.ada):
        if reaches(member_of(user).role, needed):
            assert for_team(teams, user, role=needed, pk=world.team.pk) == world.team
        else:
            with pytest.raises(RoleNeeded) as told:
                for_team(teams, user, role=needed, pk=world.team.pk)
            assert (told.value.needed, told.value.team) == (needed, world.team)


def test_an_admin_changes_a_role_and_it_counts_at_once(world: World, as_: SignIn) -> None:
    agnes, queue = as_(world.agnes), reverse("queue", args=[world.assistant.pk])
    refused = agnes.get(queue)
    assert refused.status_code == 403
    assert "lead or admin" in page_of(refused)
    assert "Lena Lead" in page_of(refused), "it says whom to ask"
    change = reverse("change_role", args=[world.team.pk, member_of(world.agnes).pk])
    assert as_(world.ada).post(change, {"role": "lead"}).status_code == 302
    assert agnes.get(queue).status_code == 200
    assert entries() == [("Ada Admin", "member.role_changed", "Agnes Agent")]
    assert AuditEntry.objects.get().details == {"was": "agent", "now": "lead"}


def test_a_role_that_is_none_or_the_same_changes_nothing(world: World, as_: SignIn) -> None:
    change = reverse("change_role", args=[world.team.pk, member_of(world.agnes).pk])
    for role in ("owner", "", "agent"):
        assert as_(world.ada).post(change, {"role": role}).status_code == 302
    assert member_of(world.agnes).role == Role.AGENT
    assert entries() == []


@pytest.mark.parametrize("what", ["change_role", "remove_member"])
def test_the_last_admin_stays_one(world: World, as_: SignIn, what: str) -> None:
    ada = as_(world.ada)
    address = reverse(what, args=[world.team.pk, member_of(world.ada).pk])
    page = ada.post(address, {"role": "lead"}, follow=True)
    assert member_of(world.ada).role == Role.ADMIN
    assert "A team needs an admin" in " ".join(str(one) for one in page.context["messages"])
    people.change_role(member=member_of(world.lena), role=Role.ADMIN, by=world.ada, at=NOW)
    ada.post(address, {"role": "lead"})
    assert [one.user for one in Membership.objects.filter(
        team=world.team, role=Role.ADMIN, ended_at__isnull=True)] == [world.lena]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_remove_each_other_at_once_leave_one() -> None:
    world = World()
    people.change_role(member=member_of(world.lena), role=Role.ADMIN, by=world.ada, at=NOW)
    pair = [(world.ada, world.lena), (world.lena, world.ada)]

    def push(number: int) -> bool:
        by, whom = pair[number]
        try:
            people.remove(member=member_of(whom), by=by, at=NOW)
        except Refused:
            return False
        return True

    assert sorted(at_once(2, push)) == [False, True]
    left = Membership.objects.filter(team=world.team, role=Role.ADMIN, ended_at__isnull=True)
    assert left.count() == 1


def test_who_is_removed_gets_404_on_the_very_next_click(world: World, as_: SignIn) -> None:
    world.grade()
    lena = as_(world.lena)
    pages = [
        reverse(name, args=[world.assistant.pk])
        for name in ("assistant_home", "answers", "queue", "owners", "reports", "incidents")
    ]
    assert {lena.get(page).status_code for page in pages} == {200}
    remove = reverse("remove_member", args=[world.team.pk, member_of(world.lena).pk])
    assert as_(world.ada).post(remove).status_code == 302
    assert {lena.get(page).status_code for page in pages} == {404}
    assert lena.get(reverse("home")).status_code == 200, "the account itself still works"
    assert "Acorn" not in page_of(lena.get(reverse("profile")))
    assert entries()[-1] == ("Ada Admin", "member.removed", "Lena Lead")


def test_what_somebody_graded_stays_when_they_leave(world: World) -> None:
    grade = world.grade()
    people.remove(member=member_of(world.rosa), by=world.ada, at=NOW)
    grade.refresh_from_db()
    assert grade.reviewer == world.rosa


def test_a_membership_is_ended_once(world: World, as_: SignIn) -> None:
    member = member_of(world.rosa)
    remove = reverse("remove_member", args=[world.team.pk, member.pk])
    assert as_(world.ada).post(remove).status_code == 302
    ended = Membership.objects.get(pk=member.pk).ended_at
    assert as_(world.ada).post(remove).status_code == 404
    assert Membership.objects.get(pk=member.pk).ended_at == ended
    assert len(entries()) == 1


def test_rows_of_another_team_are_not_there(world: World, as_: SignIn) -> None:
    """Otto is an admin: of his own team. Neither his team's number nor ours helps him."""
    invitation, _ = people.invite(
        team=world.team, email="", role=Role.AGENT, by=world.ada, at=timezone.now()
    )
    before = entries()
    otto, rosas = as_(world.otto), member_of(world.rosa)
    for team in (world.team, world.other_team):
        for name, row in (
            ("change_role", rosas), ("remove_member", rosas), ("revoke_invitation", invitation)
        ):  # fmt: skip
            answer = otto.post(reverse(name, args=[team.pk, row.pk]), {"role": "admin"})
            assert answer.status_code == 404, (team, name)
    for name in ("people", "team_settings", "audit", "new_assistant"):
        address = reverse(name, args=[world.team.pk])
        assert otto.get(address).status_code == 404, name
        assert otto.post(address, {"name": "Mine", "role": "admin"}).status_code in (404, 405)
    invitation.refresh_from_db()
    assert (member_of(world.rosa), invitation.revoked_at) == (rosas, None)
    assert member_of(world.rosa).role == Role.REVIEWER
    assert entries() == before
    assert list(visible_to(Team.objects.all(), world.otto)) == [world.other_team]


def test_every_change_of_people_is_written_down_with_who_and_when(
    world: World, as_: SignIn
) -> None:
    ada, team = as_(world.ada), world.team.pk
    begun = timezone.now()
    ada.post(reverse("people", args=[team]), {"email": "new@acorn.example", "role": "agent"})
    invitation = Invitation.objects.get()
    ada.post(reverse("revoke_invitation", args=[team, invitation.pk]))
    ada.post(reverse("change_role", args=[team, member_of(world.rosa).pk]), {"role": "agent"})
    ada.post(reverse("remove_member", args=[team, member_of(world.remy).pk]))
    settings = {
        "name": "Acorn", "time_zone": "Europe/Berlin", "report_weekday": 1, "report_hour": 8
    }  # fmt: skip
    ada.post(reverse("team_settings", args=[team]), settings)
    assert entries() == [
        ("Ada Admin", "member.invited", "new@acorn.example as Support agent"),
        ("Ada Admin", "member.invitation_revoked", "new@acorn.example"),
        ("Ada Admin", "member.role_changed", "Rosa Reviewer"),
        ("Ada Admin", "member.removed", "Remy Reviewer"),
        ("Ada Admin", "team.changed", "Acorn"),
    ]
    assert AuditEntry.objects.latest("pk").details == {
        "fields": ["time_zone", "report_weekday", "report_hour"]
    }
    assert all(begun <= one.at <= timezone.now() for one in AuditEntry.objects.all())
    shown = page_of(ada.get(reverse("audit", args=[team])))
    assert shown.index("team.changed") < shown.index("member.invited"), "newest first"


def test_what_changed_nothing_is_not_written_down(world: World, as_: SignIn) -> None:
    invitation, secret = people.invite(
        team=world.team, email="", role=Role.AGENT, by=world.ada, at=timezone.now()
    )
    people.accept(secret=secret, user=world.otto, at=timezone.now())
    before = entries()
    assert before[-1] == ("Otto Other", "member.joined", "Otto Other as Support agent")
    ada = as_(world.ada)
    ada.post(reverse("revoke_invitation", args=[world.team.pk, invitation.pk]))
    ada.post(reverse("team_settings", args=[world.team.pk]), {"name": "", "time_zone": "Moon"})
    settings = {
        "name": "Acorn", "time_zone": "Europe/London", "report_weekday": 0, "report_hour": 7
    }  # fmt: skip
    assert ada.post(reverse("team_settings", args=[world.team.pk]), settings).status_code == 302
    assert entries() == before


def test_older_entries_are_a_page_further(world: World, as_: SignIn) -> None:
    AuditEntry.objects.bulk_create(
        AuditEntry(
            team=world.team, actor=world.ada, actor_label="Ada Admin", action="team.changed",
            subject=f"change {number:03d}", at=NOW + timedelta(seconds=number),
        )
        for number in range(130)
    )  # fmt: skip
    ada, address = as_(world.ada), reverse("audit", args=[world.team.pk])
    first = ada.get(address)
    second = ada.get(address, {"before": first.context["older"]})
    seen = [one.subject for page in (first, second) for one in page.context["entries"]]
    assert seen == [f"change {number:03d}" for number in range(129, -1, -1)]
    assert second.context["older"] is None
    assert ada.get(address, {"before": "x"}).status_code == 200


def test_an_entry_is_never_changed_nor_deleted(world: World) -> None:
    people.remove(member=member_of(world.rosa), by=world.ada, at=NOW)
    for attempt in (
        lambda: AuditEntry.objects.update(action="nothing"),
        lambda: AuditEntry.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    assert AuditEntry.objects.get().action == "member.removed"


def test_an_entry_keeps_the_name_as_it_was_then(world: World) -> None:
    people.remove(member=member_of(world.rosa), by=world.ada, at=NOW)
    world.ada.name = "Ada Else"
    world.ada.save()
    assert entries() == [("Ada Admin", "member.removed", "Rosa Reviewer")]


def test_an_address_that_gets_no_mail_is_shown_and_tried_again(world: World, as_: SignIn) -> None:
    RefusedAddress.objects.create(
        address=world.rosa.email or "", since=NOW, tried_at=NOW,
        said="The mail server says that there is no such mailbox (550 5.1.1).",
    )  # fmt: skip
    client, address = as_(world.ada), reverse("people", args=[world.team.pk])
    html = page_of(client.get(address))
    assert html.count("No mail reaches Rosa Reviewer since") == 1
    assert "no such mailbox (550 5.1.1)" in html
    again = reverse("try_mail_again", args=[world.team.pk, member_of(world.rosa).pk])
    assert as_(world.lena).post(again).status_code == 403
    for _ in range(2):
        assert client.post(again).status_code == 302
    assert "It is tried again now." in page_of(client.get(address))
    assert entries() == [("Ada Admin", "member.mail_tried_again", "Rosa Reviewer")]
    assert RefusedAddress.objects.get().again_at is not None
