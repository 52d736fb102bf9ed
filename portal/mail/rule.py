"""The one rule for every mail: what an answer of the mail server means, and when to try again.

Pure. What the server said is kept as its code and words of our own, never as its text.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

# After the last, nearly two days on, it is given up and the pages say why.
BACK_OFF = tuple(timedelta(minutes=one) for one in (1, 5, 30, 120, 360, 720, 1440))
REST = tuple(timedelta(minutes=one) for one in (1, 2, 4))
UNSURE = timedelta(minutes=3)  # before the one more try of a mail that was perhaps taken
PATIENCE = timedelta(days=7)  # with a server that does not take any mail
ASK_AGAIN = timedelta(days=30)  # a mailbox that was refused


class Kind(Enum):
    """What a failure says, and about whom."""

    NOBODY = "there is no such mailbox"
    REFUSED = "this mail is not taken"
    LATER = "not now"
    SERVER = "the server takes no mail at all"
    UNSURE = "perhaps it was taken"


@dataclass(frozen=True)
class Outcome:
    """Why a mail was not sent, in words for a page."""

    kind: Kind
    words: str


class TookTooLong(smtplib.SMTPServerDisconnected):
    """The server did not get ready in time."""


class AnswerMissing(smtplib.SMTPServerDisconnected):
    """The whole mail was sent, and no answer came: perhaps it was taken."""


MAILBOX = (550, 551, 552, 553, 556)
OUR_LOGIN = (530, 534, 535, 538)
NOT_SMTP = "The mail server's answer was not SMTP."


def outcome_of(error: Exception) -> Outcome:
    """What an error of sending says.

    >>> outcome_of(smtplib.SMTPRecipientsRefused({"a@b.c": (550, b"5.1.1 No such user")})).words
    'The mail server says that there is no such mailbox (550 5.1.1).'
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _recipient(*next(iter(error.recipients.values())))
    if isinstance(error, smtplib.SMTPSenderRefused):
        return _sender(error.smtp_code, error.smtp_error)
    if isinstance(error, smtplib.SMTPDataError):
        return _data(error.smtp_code, error.smtp_error)
    if isinstance(error, AnswerMissing):
        words = "The mail server did not say whether it took the mail."
        return Outcome(Kind.UNSURE, words)
    if isinstance(error, smtplib.SMTPServerDisconnected) and not isinstance(error, TookTooLong):
        # In the middle of this mail, so perhaps because of it: others are not held up. The text is
        # smtplib's own, not the server's.
        return Outcome(Kind.LATER, f"The mail server broke off ({error}).")
    return Outcome(Kind.SERVER, _server_words(error))


def _recipient(code: int, said: bytes | str) -> Outcome:
    status = _status(said)
    shown = _shown(code, status)
    if code // 100 == 4:
        return Outcome(Kind.LATER, f"The mail server asks to try this mailbox later ({shown}).")
    if code in OUR_LOGIN:
        return Outcome(Kind.SERVER, f"The mail server wants another log-in ({shown}).")
    if _is_about_mailbox(status) or (code in MAILBOX and not status):
        return Outcome(
            Kind.NOBODY, f"The mail server says that there is no such mailbox ({shown})."
        )
    if code // 100 == 5:
        return Outcome(Kind.REFUSED, f"The mail server takes no mail for this address ({shown}).")
    return Outcome(Kind.LATER, NOT_SMTP)


def _sender(code: int, said: bytes | str) -> Outcome:
    status = _status(said)
    shown = _shown(code, status)
    if code // 100 == 4:
        return Outcome(Kind.LATER, f"The mail server asks to try later ({shown}).")
    if code == 552 or status == "5.3.4":  # its size is told with the sender
        return Outcome(Kind.REFUSED, f"The mail server finds the mail too large ({shown}).")
    if code // 100 == 5:
        words = f"The mail server does not take mail from DEFAULT_FROM_EMAIL ({shown})."
        return Outcome(Kind.SERVER, words)
    return Outcome(Kind.LATER, NOT_SMTP)


def _data(code: int, said: bytes | str) -> Outcome:
    status = _status(said)
    shown = _shown(code, status)
    if code // 100 == 4:
        return Outcome(Kind.LATER, f"The mail server asks to try later ({shown}).")
    if _is_about_mailbox(status):  # some look at the address only now
        return Outcome(
            Kind.NOBODY, f"The mail server says that there is no such mailbox ({shown})."
        )
    if code // 100 == 5:
        return Outcome(Kind.REFUSED, f"The mail server did not take this mail ({shown}).")
    return Outcome(Kind.LATER, NOT_SMTP)


def _status(said: bytes | str) -> str:
    """The enhanced code at the beginning of an answer, as 5.1.1, or nothing."""
    text = said.decode("ascii", "replace") if isinstance(said, bytes) else said
    found = re.match(r"\s*([245]\.\d{1,3}\.\d{1,3})(?!\d)", text)
    return found[1] if found else ""


def _shown(code: int, status: str) -> str:
    return f"{code} {status}" if status else str(code)


def _is_about_mailbox(status: str) -> bool:
    """The address (5.1) or its mailbox (5.2); 5.2.3 is a length that is too much for it, and 5.1.7
    and 5.1.8 are about the sender."""
    return status.startswith(("5.1.", "5.2.")) and status not in ("5.2.3", "5.1.7", "5.1.8")


def _server_words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"The mail server refused our log-in ({error.smtp_code}). Check EMAIL_URL."
    if isinstance(error, smtplib.SMTPNotSupportedError) or type(error) is smtplib.SMTPException:
        return "The mail server lacks what EMAIL_URL asks for: TLS or log-in. Check its scheme."
    if isinstance(error, smtplib.SMTPResponseException):
        return f"The mail server takes no mail now ({error.smtp_code})."
    if isinstance(error, ssl.SSLCertVerificationError):
        return "The certificate of the mail server does not check out."
    if isinstance(error, ssl.SSLError):
        return "The mail server does not speak TLS as EMAIL_URL says."
    if isinstance(error, TookTooLong | TimeoutError):
        return "The mail server did not answer in time."
    return f"The mail server cannot be reached ({type(error).__name__})."


def next_try(
    outcome: Outcome,
    *,
    attempts: int,
    was_unsure: bool,
    born: datetime,
    at: datetime,
    rest: timedelta = REST[0],
) -> datetime | None:
    """When to try again after a failure, None when it is given up.

    `attempts` are those in which the server talked about this mail, this one included; `born` is
    when the mail was written; `rest` is how long the server is left alone. Then others have the
    first go: were it this mail that makes the server hang, they would wait for ever.
    """
    if outcome.kind in (Kind.NOBODY, Kind.REFUSED):
        return None
    if outcome.kind is Kind.UNSURE:
        return None if was_unsure else at + UNSURE
    if outcome.kind is Kind.SERVER:
        return at + rest + REST[0] if at - born < PATIENCE else None
    return at + BACK_OFF[attempts - 1] if attempts <= len(BACK_OFF) else None


def rest_after(failures: int) -> timedelta:
    """How long a server is left alone that failed so many times in a row."""
    return REST[min(failures, len(REST)) - 1]
