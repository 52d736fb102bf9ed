"""Two people open the same form: the second to save is told what the first one did, by name, keeps
what they typed, and decides. Every form that edits what others edit too is one of these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from portal.accounts.models import AuditEntry, Membership, Role, User
from reviews.models import Assignment, Flag, Incident, PartOwnership, ReasonRoute, SamplingPolicy
from reviews.watch.incidents import record_fix, take
from tests.crawl import addresses, every_form, forms_of
from tests.forms_of_pages import PageForm, filled_forms
from tests.pages import page_of
from tests.test_role_matrix import furnish
from tests.world import World

SignIn = Callable[[User], Client]
SHARED = {
    "team_settings", "sampling", "part", "change_role", "part_route", "release_note", "flag_note",
    "incident_take", "incident_owner", "incident_fix", "incident_not_fix", "incident_close",
    "definition_edit", "definition_publish", "definition_discard",
}  # fmt: skip
OWN = {"profile", "mail_settings", "stop_mails", "stop_alerts", "alerts", "account_logout", "grade",
       "review_skip", "review_undo", "review_leave", "setup_test"}  # fmt: skip
# They make something new, or add a line: nothing of anybody's is put aside.
ADDS = {"people", "new_assistant", "key_make", "part_add", "webhook_add", "releases",
        "incident_open", "incident_note", "flag_answer", "flag_anyway"}  # fmt: skip
# Buttons that do one thing; pressed twice they do it once, or say who did it.
BUTTONS = {"remove_member", "revoke_invitation", "key_revoke", "webhook_stop", "webhook_test",
           "parts_find", "kind_first", "incident_ask", "flag_undo", "decide"}  # fmt: skip


def test_every_form_that_edits_what_others_edit_knows_what_it_was_opened_with(
    world: World, as_: SignIn
) -> None:
    values = furnish(world)
    ada = as_(world.ada)
    found = every_form(ada, values)
    assert len(found) > 20, "the crawl lost its way"
    strange = set(found) - SHARED - OWN - ADDS - BUTTONS
    assert not strange, (
        f"New forms: {sorted(strange)}. Does another person's work get lost when two save? Then "
        "use portal.forms.shared_form.Shared or {% opened %}, and add a case to CASES here; else "
        "list them here with those that add, are one's own, or are one button."
    )
    without = [
        name
        for name in SHARED & set(found)
        for form in found[name]
        if not form.fields.get("opened") and not (name == "flag_note" and "urgent" in form.fields)
    ]
    assert not without, f"They do not know what they were opened with: {sorted(without)}"


@dataclass(frozen=True)
class Case:
    """`first` and `second` are what Lena and Ada choose; `says` stands on Ada's page."""

    name: str
    page: str
    first: dict[str, Any]
    second: dict[str, Any]
    says: tuple[str, ...]
    stored: Callable[[World], Any]
    typed: tuple[str, ...] = ()
    who: tuple[str, str] = ("ada", "lena")
    also: dict[str, str] = field(default_factory=dict)


def _flag(world: World) -> Any:
    return Flag.objects.latest("pk").note


def _fix(world: World) -> Any:
    fix = _incident(world).fix
    return fix.name if fix else None


def _incident(world: World) -> Incident:
    return Incident.objects.select_related("fix").latest("pk")


def _part(world: World) -> Any:
    row = PartOwnership.objects.order_by("-at", "-pk").first()
    return row.owner_id if row else None


ROSA, REMY = "rosa", "remy"  # ids of people are put in where the form is sent
CASES = (
    Case("team_settings", "team_settings", {"name": "Acorn One"}, {"name": "Acorn Two"},
         ("Acorn One", "Acorn Two"),
         lambda world: type(world.team).objects.get(pk=world.team.pk).name),
    Case("sampling", "sampling", {"target_per_day": "41"}, {"target_per_day": "42"}, ("41", "42"),
         lambda world: SamplingPolicy.objects.get(assistant=world.assistant).target_per_day),
    Case("part", "part", {"owner": ROSA}, {"owner": REMY, "why": "Knows it"},
         ("Rosa Reviewer", "Remy Reviewer"), _part, ("Knows it",)),
    Case("change_role", "people", {"role": "lead"}, {"role": "reviewer"}, ("Lead", "Reviewer"),
         lambda world: Membership.objects.get(user=world.agnes).role),
    Case("part_route", "owners", {"part": 0}, {"part": 1}, ("Saved now",),
         lambda world: ReasonRoute.objects.get(went_wrong="wrong_fact").part_id),
    Case("release_note", "release", {"note": "Shorter"}, {"note": "Longer"},
         ("Shorter", "Longer"),
         lambda world: world.assistant.releases.latest("pk").note),
    Case("flag_note", "flag", {"note": "It is 14 days"}, {"note": "It is 30 days"},
         ("It is 14 days", "It is 30 days"), _flag),
    Case("incident_owner", "incident", {"owner": ROSA}, {"owner": REMY},
         ("Rosa Reviewer", "Remy Reviewer"), lambda world: _incident(world).owner_id),
    Case("incident_fix", "incident", {"kind": "prompt", "name": "Fix one"},
         {"kind": "prompt", "name": "Fix two"}, ("Fix one", "Fix two"),
         _fix),
)  # fmt: skip


def sent(form: PageForm, given: dict[str, Any], world: World) -> dict[str, str]:
    people = {ROSA: str(world.rosa.pk), REMY: str(world.remy.pk)}
    chosen = {}
    for name, value in given.items():
        if isinstance(value, int):  # the first or the second that there is to choose
            value = [one for one in form.choices[name] if one][value]
        chosen[name] = people.get(value, value)
    return {**form.fields, **chosen}


def the_form(client: Client, where: str, name: str) -> PageForm:
    forms = [form for found, form in forms_of(client, where) if found == name]
    mine = [one for one in forms if "agnes" in one.action] or forms
    return mine[0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_second_is_told_and_decides(world: World, as_: SignIn, case: Case) -> None:
    values = furnish(world)
    where = addresses(values)[case.page]
    lena, ada = as_(world.person("Leo Second", Role.ADMIN)), as_(world.ada)
    if case.name == "change_role":  # the row of Agnes
        target = addresses(values)["change_role"]
        first = next(f for n, f in forms_of(lena, where) if f.action == target)
        second = next(f for n, f in forms_of(ada, where) if f.action == target)
    else:
        first, second = the_form(lena, where, case.name), the_form(ada, where, case.name)
    assert lena.post(first.action, sent(first, case.first, world)).status_code == 302
    before, audited = case.stored(world), AuditEntry.objects.count()
    answer = ada.post(second.action, sent(second, case.second, world))
    page = page_of(answer)
    assert answer.status_code == 409
    assert "Leo Second changed this while you had it open" in page
    for words in case.says + case.typed:
        assert words in page, words
    assert (case.stored(world), AuditEntry.objects.count()) == (before, audited)
    again = [form for form in _forms(page, where) if form.action == second.action]
    form = next(one for one in again if "opened" in one.fields)
    typed = sent(second, case.second, world)
    kept = {name: form.fields.get(name) for name in case.second}
    assert kept == {name: typed[name] for name in case.second}
    assert ada.post(form.action, form.fields).status_code == 302
    assert case.stored(world) != before


def _forms(page: str, where: str) -> list[PageForm]:
    return list(filled_forms(page, where))


def test_what_only_the_other_one_changed_is_kept_and_said(world: World, as_: SignIn) -> None:
    where = addresses(furnish(world))["sampling"]
    lena, ada = as_(world.lena), as_(world.ada)
    first, second = the_form(lena, where, "sampling"), the_form(ada, where, "sampling")
    lena.post(where, {**first.fields, "rate": "0.25", "allow_meets_all": "on"})
    said = page_of(ada.post(where, {**second.fields, "double_share": "0.5"}, follow=True))
    assert "Lena Lead changed Or a fixed share of all conversations and Allow the key" in said
    policy = SamplingPolicy.objects.get(assistant=world.assistant)
    assert (policy.rate, policy.allow_meets_all, policy.double_share) == (0.25, True, 0.5)


def test_an_incident_that_was_taken_closed_or_fixed_meanwhile(world: World, as_: SignIn) -> None:
    where = addresses(furnish(world))["incident"]
    ada, one = as_(world.ada), _incident(world)
    grab, shut = (the_form(ada, where, f"incident_{name}") for name in ("take", "close"))
    take(incident=one, by=world.lena, at=world.now)
    answer = ada.post(grab.action, grab.fields)
    assert answer.status_code == 409
    assert "Lena Lead changed this" in page_of(answer)
    assert _incident(world).owner == world.lena
    closing = {**shut.fields, "outcome": "accepted", "sentence": "We live with it"}
    answer = ada.post(shut.action, closing)
    page = page_of(answer)
    assert answer.status_code == 409
    assert "We live with it" in page
    assert "Taken" in page
    again = next(form for form in _forms(page, where) if form.action == shut.action)
    assert ada.post(shut.action, again.fields).status_code == 302
    answer = ada.post(shut.action, closing)
    assert answer.status_code == 409
    assert "We live with it" in page_of(answer)


def test_another_fix_than_the_one_that_was_shown_is_not_taken_back(
    world: World, as_: SignIn
) -> None:
    values = furnish(world)
    where, one = addresses(values)["incident"], _incident(world)
    release = world.assistant.releases.latest("pk")
    record_fix(incident=one, fix=release, by=world.lena, at=world.now)
    ada = as_(world.ada)
    form = the_form(ada, where, "incident_not_fix")
    other = type(release).objects.create(
        assistant=world.assistant, kind="model", name="43", went_live_at=world.now, announced=True,
        recorded_label="Lena",
    )  # fmt: skip
    record_fix(incident=one, fix=other, by=world.lena, at=world.now)
    answer = ada.post(form.action, {**form.fields, "why": "Wrong one"})
    assert answer.status_code == 409
    assert "Wrong one" in page_of(answer)
    assert _incident(world).fix == other


def test_buttons_say_who_was_first(world: World, as_: SignIn) -> None:
    values = furnish(world)
    where = addresses(values)
    lena, ada = as_(world.person("Leo Second", Role.ADMIN)), as_(world.ada)
    for name, words in (("remove_member", "Agnes Agent was removed from the team already"),
                        ("webhook_stop", "was stopped already")):  # fmt: skip
        assert lena.post(where[name]).status_code == 302
        answer = ada.post(where[name])
        said = page_of(answer)
        assert answer.status_code == 404
        assert words in said
        assert "by Leo Second" in said
    assert ada.post(where["change_role"], {"role": "lead"}).status_code == 404
    assert Membership.objects.get(user=world.agnes).role == "agent"


def test_a_decision_that_another_lead_took(world: World, as_: SignIn) -> None:
    where = addresses(furnish(world))["decide"]
    lena, ada = as_(world.lena), as_(world.ada)
    form = {"version": world.definition.pk, "note": "As Rosa says"}
    form |= {f"c{one.pk}": one.levels[0].pk for one in world.definition.criteria}
    assert lena.post(where, form).status_code == 302
    assert lena.post(where, form).status_code == 302  # pressed twice
    answer = ada.post(where, {**form, "note": "As Remy says"})
    page = page_of(answer)
    assert answer.status_code == 409
    assert "Lena Lead decided it while you had it open" in page
    assert "As Remy says" in page
    assert Assignment.objects.get(purpose="adjudication").grades.count() == 1
