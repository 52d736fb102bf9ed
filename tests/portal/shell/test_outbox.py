"""The mails of the demo: each person their own, an admin their team's, nobody a stranger's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.mail.rendering import Rendered, send
from tests.world import World

AT = datetime(2026, 10, 19, 6, 0, tzinfo=UTC)
As = Callable[[User], Client]
HOSTILE = "<p onclick='x()'>88% good</p><script>alert(1)</script>"


@pytest.fixture(autouse=True)
def sent(world: World, tmp_path: Path, settings: Any) -> Path:
    """A mail each to Lena and Rosa, and one to Otto of another team."""
    settings.DEMO = True
    settings.MAIL_FOLDER = tmp_path
    settings.EMAIL_BACKEND = "portal.mail.rendering.FolderBackend"
    for person in (world.lena, world.rosa, world.otto):
        mail = Rendered(f"For {person.name}", "88% good\n", HOSTILE)
        send(mail=mail, to=str(person.email), key=f"k{person.pk}", at=AT)
    return tmp_path


def name_for(folder: Path, person: User) -> str:
    return next(path.stem for path in folder.glob("*.eml") if str(person.email) in path.read_text())


def test_a_person_sees_their_own_mails(world: World, as_: As) -> None:
    page = as_(world.rosa).get(reverse("outbox")).text
    assert "For Rosa Reviewer" in page
    assert "For Lena Lead" not in page


def test_an_admin_sees_the_teams_and_no_others(world: World, as_: As) -> None:
    page = as_(world.ada).get(reverse("outbox")).text
    assert "For Rosa Reviewer" in page
    assert "For Lena Lead" in page
    assert "For Otto Other" not in page


def test_an_admin_who_left_sees_only_their_own(world: World, as_: As) -> None:
    world.ada.memberships.update(ended_at=world.now)
    assert "For Lena Lead" not in as_(world.ada).get(reverse("outbox")).text


def test_the_time_is_that_of_the_team(world: World, as_: As) -> None:
    """06:00 UTC in October is 07:00 in London."""
    assert "Mon 19 Oct 07:00" in as_(world.lena).get(reverse("outbox")).text


@pytest.mark.parametrize("route", ["outbox_message", "outbox_message_html"])
def test_another_persons_mail_is_404(world: World, as_: As, sent: Path, route: str) -> None:
    theirs = name_for(sent, world.lena)
    assert as_(world.rosa).get(reverse(route, args=[theirs])).status_code == 404
    assert as_(world.otto).get(reverse(route, args=[theirs])).status_code == 404
    assert as_(world.lena).get(reverse(route, args=[theirs])).status_code == 200


@pytest.mark.parametrize("name", ["..", "...", "nothing", "..%2f..%2fsecret", "*"])
def test_a_name_that_is_none_is_404(world: World, as_: As, name: str) -> None:
    assert as_(world.ada).get(f"/demo/mail/{name}/").status_code == 404


def test_a_name_that_no_address_can_hold_is_400(world: World, as_: As) -> None:
    assert as_(world.ada).get("/demo/mail/a\x00b/").status_code == 400


def test_a_mail_is_shown_with_its_text_and_headers(world: World, as_: As, sent: Path) -> None:
    page = as_(world.lena).get(reverse("outbox_message", args=[name_for(sent, world.lena)])).text
    assert f"k{world.lena.pk}" in page
    assert "88% good" in page
    assert "sandbox=" in page
    assert "alert(1)" not in page


def test_the_html_part_can_do_nothing(world: World, as_: As, sent: Path) -> None:
    url = reverse("outbox_message_html", args=[name_for(sent, world.lena)])
    response = as_(world.lena).get(url)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "'self'" not in policy.replace("frame-ancestors 'self'", "")
    assert "allow-scripts" not in policy
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_a_file_that_is_no_mail_does_not_break_the_list(world: World, as_: As, sent: Path) -> None:
    (sent / "99999999999999999999-x.eml").write_bytes(b"\x00\xff not a mail")
    assert "For Lena Lead" in as_(world.lena).get(reverse("outbox")).text


@pytest.mark.parametrize("route", ["outbox", "outbox_message", "outbox_message_html"])
def test_outside_the_demo_there_is_no_such_page(
    world: World, as_: As, sent: Path, settings: Any, route: str
) -> None:
    arguments = [] if route == "outbox" else [name_for(sent, world.lena)]
    settings.DEMO = False
    assert as_(world.lena).get(reverse(route, args=arguments)).status_code == 404


def test_who_is_not_signed_in_is_sent_to_sign_in() -> None:
    assert Client().get(reverse("outbox")).status_code == 302
