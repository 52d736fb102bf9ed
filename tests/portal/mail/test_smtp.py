"""One mail to a mail server of any sort: it ends in time, and what was said is understood."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from portal.mail.rendering import Rendered, send
from portal.mail.rule import AnswerMissing, Kind, outcome_of
from tests.portal.mail.post_office import OK, Answer, Office, drip, flood, hang, office, reset

AT = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
MAIL = Rendered("88% good", "88% good\n", "<p>88% good</p>")
SECONDS = 0.4


def use(settings: Any, port: int) -> None:
    settings.EMAIL_BACKEND = "portal.mail.smtp.Backend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_TIMEOUT = SECONDS


def failure(settings: Any, kept: Office) -> Exception:
    use(settings, kept.port)
    with pytest.raises(OSError) as raised:
        send(mail=MAIL, to="lena@acorn.example", key="k", at=AT)
    return raised.value


def test_a_mail_is_sent(settings: Any) -> None:
    with office() as kept:
        use(settings, kept.port)
        send(mail=MAIL, to="lena@acorn.example", key="k", at=AT)
    assert [address for address, _ in kept.taken] == ["lena@acorn.example"]


@pytest.mark.parametrize("how", [hang, drip], ids=["hangs", "drips"])
@pytest.mark.parametrize("word", ["connect", "EHLO", "MAIL", "RCPT", "DATA"])
def test_a_slow_server_costs_the_deadline_and_no_more(
    settings: Any, word: str, how: Answer
) -> None:
    begun = time.monotonic()
    with office(**{word: how}) as kept:
        outcome = outcome_of(failure(settings, kept))
    assert time.monotonic() - begun < 2 * SECONDS + 0.5
    assert outcome.kind is Kind.SERVER
    assert outcome.words == "The mail server did not answer in time."
    assert not kept.taken


@pytest.mark.parametrize("how", [hang, drip, reset], ids=["hangs", "drips", "dies"])
def test_no_answer_after_the_mail_is_out_is_not_a_failure_like_the_others(
    settings: Any, how: Answer
) -> None:
    begun = time.monotonic()
    with office(dot=how) as kept:
        error = failure(settings, kept)
    assert time.monotonic() - begun < 3 * SECONDS + 0.5
    assert isinstance(error, AnswerMissing)
    assert outcome_of(error).kind is Kind.UNSURE


def test_a_server_that_takes_the_mail_and_hangs_at_goodbye_has_taken_it(settings: Any) -> None:
    with office(QUIT=hang) as kept:
        use(settings, kept.port)
        send(mail=MAIL, to="lena@acorn.example", key="k", at=AT)
    assert len(kept.taken) == 1


def test_answers_without_an_end_are_not_kept(settings: Any) -> None:
    settings.EMAIL_TIMEOUT = 5
    with office(EHLO=flood) as kept:
        begun = time.monotonic()
        outcome_of(failure(settings, kept))
    assert time.monotonic() - begun < SECONDS + 1


@pytest.mark.parametrize(
    ("answers", "kind", "says"),
    [
        ({"RCPT": b"550 No such user\r\n"}, Kind.NOBODY, "no such mailbox (550)"),
        ({"RCPT": b"550 5.1.1 <x> unknown\r\n"}, Kind.NOBODY, "(550 5.1.1)"),
        ({"RCPT": b"552 5.2.2 Over quota\r\n"}, Kind.NOBODY, "(552 5.2.2)"),
        ({"RCPT": b"553 bad name\r\n"}, Kind.NOBODY, "(553)"),
        ({"RCPT": b"556 5.1.10 null MX\r\n"}, Kind.NOBODY, "(556 5.1.10)"),
        ({"RCPT": b"554 5.7.1 Relay denied\r\n"}, Kind.REFUSED, "(554 5.7.1)"),
        ({"RCPT": b"550 5.7.1 Blocked\r\n"}, Kind.REFUSED, "(550 5.7.1)"),
        ({"RCPT": b"530 Log in first\r\n"}, Kind.SERVER, "(530)"),
        ({"RCPT": b"450 4.2.1 Busy\r\n"}, Kind.LATER, "(450 4.2.1)"),
        ({"RCPT": b"421 4.7.0 Slow down\r\n"}, Kind.LATER, "(421 4.7.0)"),
        ({"dot": b"550 Spam\r\n"}, Kind.REFUSED, "this mail (550)"),
        ({"dot": b"550 5.1.1 Nobody\r\n"}, Kind.NOBODY, "(550 5.1.1)"),
        ({"dot": b"552 5.3.4 Too big\r\n"}, Kind.REFUSED, "(552 5.3.4)"),
        ({"dot": b"554 No\r\n"}, Kind.REFUSED, "(554)"),
        ({"dot": b"451 Later\r\n"}, Kind.LATER, "(451)"),
        ({"DATA": b"451 Later\r\n"}, Kind.LATER, "(451)"),
        ({"MAIL": b"451 Later\r\n"}, Kind.LATER, "(451)"),
        ({"MAIL": b"553 Not you\r\n"}, Kind.SERVER, "DEFAULT_FROM_EMAIL (553)"),
        ({"MAIL": b"552 Too big\r\n"}, Kind.REFUSED, "too large (552)"),
        ({"connect": b"421 Closing\r\n"}, Kind.SERVER, "takes no mail now (421)"),
        ({"connect": b"554 Go away\r\n"}, Kind.SERVER, "(554)"),
        ({"connect": b"SSH-2.0-x\r\n"}, Kind.SERVER, "takes no mail now"),
        ({"MAIL": reset}, Kind.LATER, "broke off"),
        ({"EHLO": b"502 no\r\n", "HELO": b"502 no\r\n"}, Kind.SERVER, "(502)"),
    ],
)
def test_what_the_server_says(
    settings: Any, answers: dict[str, Answer], kind: Kind, says: str
) -> None:
    with office(**answers) as kept:
        outcome = outcome_of(failure(settings, kept))
    assert outcome.kind is kind
    assert says in outcome.words
    assert not {"user", "Spam", "Blocked"} & set(outcome.words.split()), "words of the server"


def test_a_refused_log_in_and_missing_tls_are_the_servers_matter(settings: Any) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "us", "secret"
    hello = b"250-here\r\n250 AUTH PLAIN\r\n"
    with office(EHLO=hello, AUTH=b"535 5.7.8 Wrong\r\n") as kept:
        refused = outcome_of(failure(settings, kept))
    settings.EMAIL_USE_TLS = True
    with office(EHLO=OK) as kept:
        plain = outcome_of(failure(settings, kept))
    with office(EHLO=b"250-here\r\n250 STARTTLS\r\n", STAR=b"220 go\r\n") as kept:
        silent = outcome_of(failure(settings, kept))
    assert {refused.kind, plain.kind, silent.kind} == {Kind.SERVER}
    assert refused.words == "The mail server refused our log-in (535). Check EMAIL_URL."
    assert "secret" not in refused.words
    assert "TLS" in plain.words


def test_a_handshake_that_never_comes_ends_in_time(settings: Any) -> None:
    settings.EMAIL_USE_SSL = True
    begun = time.monotonic()
    with office(connect=hang) as kept:
        outcome = outcome_of(failure(settings, kept))
    assert time.monotonic() - begun < 2 * SECONDS
    assert outcome.words == "The mail server did not answer in time."


def test_nobody_listens(settings: Any) -> None:
    with office() as kept:
        pass
    outcome = outcome_of(failure(settings, kept))
    assert outcome.kind is Kind.SERVER
    assert "cannot be reached" in outcome.words
