"""Mails: rendered from templates/emails/<name>/, sent in both parts, kept as files in the demo."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage
from django.template.loader import render_to_string

INLINER = css_inline.CSSInliner(
    keep_style_tags=True, load_remote_stylesheets=False, minify_css=True
)


@dataclass(frozen=True)
class Rendered:
    """A mail's three texts."""

    subject: str
    text: str
    html: str


def render(name: str, context: dict[str, Any]) -> Rendered:
    """The mail `name` with its styles inlined; the subject is one line."""
    folder = f"emails/{name}"
    subject = " ".join(render_to_string(f"{folder}/subject.txt", context).split())
    text = render_to_string(f"{folder}/body.txt", context).strip() + "\n"
    html = INLINER.inline(render_to_string(f"{folder}/body.html", context))
    return Rendered(subject, text, html)


def message_id(key: str) -> str:
    """A Message-ID that is the same whenever the mail of `key` is sent again."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{host}>"


def send(
    *,
    mail: Rendered,
    to: str,
    key: str,
    at: datetime,
    stop_url: str = "",
    seconds: float | None = None,
) -> None:
    """Send one mail. `key` names it for ever (X-Report-Key); `stop_url` stops more of its sort;
    `seconds` is its deadline, else EMAIL_TIMEOUT.

    Raises what the mail server's answer raises (smtplib.SMTPException, OSError).
    """
    headers = {
        "X-Report-Key": key,
        "Message-ID": message_id(key),
        "Date": format_datetime(at),
        "Auto-Submitted": "auto-generated",
    }
    if stop_url:
        headers["List-Unsubscribe"] = f"<{stop_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = EmailMultiAlternatives(
        mail.subject,
        mail.text,
        to=[to],
        headers=headers,
        connection=get_connection(timeout=seconds) if seconds else None,
    )
    message.attach_alternative(mail.html, "text/html")
    message.send()


class FolderBackend(BaseEmailBackend):
    """Keeps each mail as a file in settings.MAIL_FOLDER, written whole or not at all."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.MAIL_FOLDER)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            unique = hashlib.sha256(os.urandom(16)).hexdigest()[:8]
            name = f"{time.time_ns():020d}-{unique}"
            half = folder / f"{name}.half"
            half.write_bytes(message.message().as_bytes())
            half.rename(folder / f"{name}.eml")
        return len(email_messages)
