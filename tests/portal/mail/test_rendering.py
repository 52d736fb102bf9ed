"""Mails: both parts, headers that stay the same, and files written whole."""

from __future__ import annotations

import email
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default as modern
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as sent
from django.core.mail import EmailMultiAlternatives

from portal.mail.rendering import FolderBackend, Rendered, message_id, render, send

AT = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
MAIL = Rendered("Support assistant: no sign of change, 88% good", "88% good\n", "<p>88% good</p>")


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.MAIL_FOLDER = tmp_path / "mail"
    return tmp_path / "mail"


def test_a_mail_has_both_parts_and_names_its_report_for_ever(settings: Any) -> None:
    settings.SITE_URL = "https://quality.example.com"
    send(mail=MAIL, to="lena@acorn.example", key="quality:1:2026-11-16:7", at=AT)
    (message,) = sent.outbox
    assert isinstance(message, EmailMultiAlternatives)
    assert message.body == "88% good\n"
    assert [part[1] for part in message.alternatives] == ["text/html"]
    assert message.extra_headers["X-Report-Key"] == "quality:1:2026-11-16:7"
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert message.extra_headers["Message-ID"].endswith("@quality.example.com>")


def test_the_same_mail_sent_again_has_the_same_message_id() -> None:
    assert message_id("quality:1") == message_id("quality:1") != message_id("quality:2")


def test_a_mail_can_be_stopped_with_one_click() -> None:
    stop = "https://quality.example.com/stop-mails/abc/"
    send(mail=MAIL, to="lena@acorn.example", key="k", at=AT, stop_url=stop)
    headers = sent.outbox[0].extra_headers
    assert headers["List-Unsubscribe"] == f"<{stop}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_mail_nobody_can_stop_does_not_say_so() -> None:
    send(mail=MAIL, to="lena@acorn.example", key="k", at=AT)
    assert "List-Unsubscribe" not in sent.outbox[0].extra_headers


def test_a_line_break_in_a_subject_cannot_add_a_header(tmp_path: Path, settings: Any) -> None:
    (tmp_path / "emails" / "note").mkdir(parents=True)
    for name, text in (("subject.txt", "{{ kind }}\n"), ("body.txt", "x"), ("body.html", "<p>x")):
        (tmp_path / "emails" / "note" / name).write_text(text)
    templates = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    settings.TEMPLATES = templates
    assert render("note", {"kind": "Returns\r\nBcc: otto@other.example"}).subject == (
        "Returns Bcc: otto@other.example"
    )


def test_styles_are_inlined_except_those_for_phones_and_the_dark(
    tmp_path: Path, settings: Any
) -> None:
    (tmp_path / "emails" / "note").mkdir(parents=True)
    html = (
        "<html><head><style data-css-inline='ignore'>@media (max-width: 480px) { p { margin: 0 } }"
        "</style><style>p { color: #1c1e22 }</style></head><body><p>Hello</p></body></html>"
    )
    for name, text in (("subject.txt", "Hello"), ("body.txt", "Hello"), ("body.html", html)):
        (tmp_path / "emails" / "note" / name).write_text(text)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    rendered = render("note", {})
    assert "color: #1c1e22" in rendered.html.split("<body>")[1].replace(":#", ": #")
    assert "max-width: 480px" in rendered.html
    assert rendered.text == "Hello\n"


def kept(folder: Path) -> list[EmailMessage]:
    return [
        email.message_from_bytes(path.read_bytes(), policy=modern)
        for path in sorted(folder.glob("*.eml"))
    ]


def test_the_folder_keeps_every_mail_in_order_and_no_half_one(folder: Path, settings: Any) -> None:
    settings.EMAIL_BACKEND = "portal.mail.rendering.FolderBackend"
    for number in range(3):
        to = f"p{number}@acorn.example"
        send(mail=MAIL, to=to, key=f"k{number}", at=AT)
    assert [str(one["To"]) for one in kept(folder)] == [f"p{n}@acorn.example" for n in range(3)]
    assert not list(folder.glob("*.half"))


def test_a_mail_of_any_letters_can_be_read_back(folder: Path) -> None:
    text = "Ça va? – “größer” 日本 \u202etxt"
    message = EmailMultiAlternatives(text, text, to=["lena@acorn.example"])
    message.attach_alternative(f"<p>{text}</p>", "text/html")
    assert FolderBackend().send_messages([message]) == 1
    (back,) = kept(folder)
    assert str(back["Subject"]) == text
    part = back.get_body(preferencelist=("html",))
    assert part is not None
    assert text in part.get_content()
