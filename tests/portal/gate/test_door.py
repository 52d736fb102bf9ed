"""What PostgreSQL cannot keep never reaches a view, and nothing else of a form is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ingestion.models import Release
from portal.accounts.models import User
from reviews.grading.queue import claim
from reviews.models import Flag, Grade, Incident, IncidentEvent, PartOwnership
from tests.full_house import fill
from tests.pages import page_of
from tests.world import World

SignIn = Callable[[User], Client]


def test_a_nul_in_a_path_is_refused_in_words_and_left_out_of_a_query(
    world: World, as_: SignIn
) -> None:
    client = as_(world.ada)
    for query in ("answers/?kind=%00", "flags/?q=a%00b", "trends/?%00=1", "answers/?from=%00"):
        assert client.get(f"/a/{world.assistant.pk}/{query}").status_code == 200, query
    assert Client().get("/accounts/login/?next=%00").status_code == 200
    for address in ("reports/%00/", "reports/quality/%00/", "reports/%00/2026-11-16/"):
        answer = client.get(f"/a/{world.assistant.pk}/{address}")
        assert answer.status_code == 400, address
        assert "Go back and load the page again" in page_of(answer)
    assert Client().get("/join/%00/").status_code == 400


def test_a_cookie_that_is_none_of_ours_is_as_good_as_none(world: World) -> None:
    client = Client()
    client.cookies.load('sessionid="\\000abcdefghij"')
    answer = client.get(reverse("profile"), HTTP_COOKIE='sessionid="\\000abcdefghij"')
    assert answer.status_code == 302


def test_programs_are_told_which_field(world: World, client: Client) -> None:
    answer = client.get(
        "/api/v1/quality?kind=a%00", headers={"Authorization": f"Bearer {world.key()}"}
    )
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "kind")


@pytest.mark.parametrize("days", ["from=0001-01-01", "to=9999-12-31", "to=0001-01-01", "from=1e9",
                                  "from=0001-01-01&to=0001-02-01", "to=1999-12-31"])  # fmt: skip
def test_the_ends_of_the_calendar_are_no_days(world: World, client: Client, days: str) -> None:
    headers = {"Authorization": f"Bearer {world.key()}"}
    answer = client.get(f"/api/v1/quality?{days}", headers=headers)
    assert answer.status_code == 422
    assert "1 Jan 2000 to 31 Dec 2099" in answer.json()["error"]["fix"]
    assert client.get("/api/v1/reports/weekly?week=9999-12-31", headers=headers).status_code == 422
    assert client.get("/api/v1/quality?from=2000-01-01&to=2000-03-01", headers=headers).json()


def test_the_first_and_last_day_we_know_can_be_reckoned_with(world: World, client: Client) -> None:
    headers = {"Authorization": f"Bearer {world.key()}"}
    for days in ("from=2000-01-01&to=2000-01-01", "from=2099-12-31&to=2099-12-31"):
        assert client.get(f"/api/v1/quality?{days}", headers=headers).status_code == 200


def test_a_nul_in_a_form_is_left_out_and_the_rest_is_kept(world: World, as_: SignIn) -> None:
    house = fill(world, 0, 1)
    client, a = as_(world.lena), world.assistant.pk
    flag = {"reason": "wrong_fact", "ref": "no\x00where", "text": "pas\x00ted"}
    assert client.post(reverse("flag_anyway", args=[a]), flag).status_code == 302
    assert Flag.objects.get(conversation_ref="nowhere").pasted_text == "pasted"
    assert client.post(reverse("kind_first", args=[a]), {"kind": "\x00"}).status_code == 302
    release = Release.objects.earliest("pk")
    note = reverse("release_note", args=[a, release.pk])
    assert client.post(note, {"note": "tone\x00 rules"}).status_code == 302
    release.refresh_from_db()
    assert release.note == "tone rules"
    client.post(reverse("incident_note", args=[a, house.incident]), {"text": "a\x00 b\r\nc"})
    assert IncidentEvent.objects.filter(what="note", text="a b c").exists()


def test_a_field_says_so_and_shows_the_text_without(world: World, as_: SignIn) -> None:
    client, name = as_(world.lena), "Lena\u202e \r\nof Acorn\x07"
    answer = client.post(reverse("profile"), {"name": f"\x00{name}", "theme": "dark"})
    page = page_of(answer)
    assert answer.status_code == 422
    assert "It held a character that cannot be kept. It is taken out here; send it again." in page
    assert 'value="Lena of Acorn"' in page
    assert client.post(reverse("profile"), {"name": name, "theme": "dark"}).status_code == 302
    world.lena.refresh_from_db()
    assert world.lena.name == "Lena of Acorn"
    link = {"kind": "prompt", "name": "43", "link": "https://a.example/\x00"}
    assert client.post(reverse("releases", args=[world.assistant.pk]), link).status_code == 422


@pytest.mark.parametrize("reason", ["x" * 500, "a\x00b", "\ud83d", "wrong_fact "])
def test_a_hidden_reason_does_not_cost_the_grade(world: World, as_: SignIn, reason: str) -> None:
    place, form = held(world)
    form |= {f"w{one.pk}": reason for one in world.definition.criteria}
    answer = as_(world.rosa).post(
        reverse("grade", args=[world.assistant.pk, place]),
        form_body(form),
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 302
    assert set(Grade.objects.get().levels.values_list("went_wrong", flat=True)) == {""}


def test_half_an_emoji_in_the_evidence_does_not_cost_the_grade(world: World, as_: SignIn) -> None:
    place, form = held(world)
    evidence = '[{"where": "answer", "text": "half \\ud83d"}, {"where": true, "text": "\\u0000b"}]'
    where = reverse("grade", args=[world.assistant.pk, place])
    assert as_(world.rosa).post(where, {**form, "evidence": evidence}).status_code == 302
    assert Grade.objects.get().evidence == [
        {"where": "answer", "text": "half \ufffd"},
        {"where": "answer", "text": "b"},
    ]


@pytest.mark.parametrize(
    ("draft", "status"),
    [
        ('{"note": "half \\ud83d", "marks": {}}', 204),
        ('{"note": "nul \\u0000"}', 204),
        ('{"\\u0000\\ud83d": [1.5, true, null]}', 204),
        ('{"seconds": NaN}', 422),
        ('{"seconds": -Infinity}', 422),
        ('{"seconds": 1e999}', 422),
        ('{"seconds": ' + "9" * 5000 + "}", 422),
        ("[" * 5000, 422),
        ('{"a":' * 30 + "1" + "}" * 30, 422),
        ('{"note": "' + "a" * 60_000 + '"}', 422),
        ("", 422),
        ("[]", 422),
    ],
)
def test_a_draft_is_kept_or_refused(world: World, as_: SignIn, draft: str, status: int) -> None:
    place, _ = held(world)
    client = as_(world.rosa)
    where = reverse("review_draft", args=[world.assistant.pk, place])
    answer = client.post(where, {"draft": draft})
    assert answer.status_code == status
    assert client.get(reverse("review", args=[world.assistant.pk])).status_code == 200


def held(world: World) -> tuple[int, dict[str, Any]]:
    """A place in Rosa's hands, and the form that grades it well."""
    world.sample()
    place = claim(assistant=world.assistant, reviewer=world.rosa, at=timezone.now())
    assert place is not None
    form: dict[str, Any] = {"version": world.definition.pk, "note": "", "evidence": "[]"}
    for one in world.definition.criteria:
        form[f"c{one.pk}"] = next(level.pk for level in one.levels if level.standing == "meets")
    return place, form


def form_body(form: dict[str, Any]) -> bytes:
    """The form as a hostile client would send it: also what no text can be."""
    pairs = [
        (name, quote_from_bytes(str(value).encode("utf-8", "surrogatepass")))
        for name, value in form.items()
    ]
    return "&".join(f"{name}={value}" for name, value in pairs).encode()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_database_holds_days_to_our_calendar_too(world: World, as_: SignIn, day: str) -> None:
    house = fill(world, 0, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.filter(number=house.incident).update(
            onset_low=day, onset_best=day, onset_high=day
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        PartOwnership.objects.create(part=house.part, review_by=day, at=world.now)
    opened = {"title": "Worse", "kind": "", "started": day}
    answer = as_(world.lena).post(reverse("incident_open", args=[world.assistant.pk]), opened)
    assert answer.status_code == 422
    assert "Give a day from 1 Jan 2000 to 31 Dec 2099." in page_of(answer)


@pytest.mark.parametrize("moment", ["2026-11-17T10:12+23:59", "2026-11-17T10:12-16:00"])
def test_a_zone_that_is_none_is_said_at_the_field(world: World, as_: SignIn, moment: str) -> None:
    given = {"kind": "prompt", "name": "Prompt 42", "at": moment}
    answer = as_(world.lena).post(reverse("releases", args=[world.assistant.pk]), given)
    assert answer.status_code == 422
    assert "Enter a valid date/time." in page_of(answer)
