"""SMTP with a deadline for each mail, counted over the whole conversation.

A server that hangs, or drips its answers letter by letter, costs EMAIL_TIMEOUT and no more; once
the mail is out it has the same time again to say whether it took it, for whoever cuts it off too
early sends the mail twice (RFC 5321, 4.5.3.2.6).
"""

from __future__ import annotations

import smtplib
import socket
from typing import Any

from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import EmailMessage

from portal.deadline import Cutter, Deadline, connect, look_up
from portal.mail.rule import AnswerMissing, TookTooLong

MAIL_SECONDS = 15.0  # where no setting says so
GOODBYE_SECONDS = 2.0  # the mail is out; a server may be slow to part
LONGEST_ANSWERS = 256 * 1024  # letters, of a whole conversation


class _Lines:
    """The server's lines, and not without an end."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._left = LONGEST_ANSWERS

    def readline(self, most: int) -> bytes:
        line: bytes = self._file.readline(most)
        self._left -= len(line)
        if self._left < 0:
            raise OSError("answers without an end")
        # The beginning of a line that was cut off is no answer: "250" may have been "250-".
        return line if line.endswith(b"\n") or len(line) >= most else b""

    def close(self) -> None:
        self._file.close()


class BoundedSMTP(smtplib.SMTP):
    """smtplib's, with one deadline for all of a mail."""

    _cutter: Cutter | None = None
    _is_in_data = False
    _is_out = False
    _seconds = MAIL_SECONDS

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        self._seconds = timeout
        deadline = Deadline(timeout)
        connection = connect(look_up(host, port, deadline), port, deadline)
        self._cutter = Cutter(connection, deadline)
        return connection

    def _move(self, seconds: float) -> None:
        if self._cutter is not None:
            self._cutter.move(Deadline(seconds))

    def send(self, s: Any) -> None:
        super().send(s)
        if self._is_in_data and isinstance(s, bytes):  # the mail; commands are text
            self._is_out = True
            self._move(self._seconds)

    def data(self, msg: Any) -> tuple[int, bytes]:
        self._is_in_data = True
        try:
            return super().data(msg)
        finally:
            self._is_in_data = self._is_out = False

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = _Lines(self.sock.makefile("rb"))
        try:
            return super().getreply()
        except smtplib.SMTPServerDisconnected as error:
            if self._is_out:
                raise AnswerMissing(str(error)) from error
            raise

    def quit(self) -> tuple[int, bytes]:
        self._move(GOODBYE_SECONDS)
        return super().quit()

    def close(self) -> None:
        if self._cutter is not None:
            self._cutter.close()
            self._cutter = None
        super().close()


class BoundedSMTPS(smtplib.SMTP_SSL, BoundedSMTP):
    """The same over TLS from the first letter on; the deadline is set before the handshake."""

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        try:
            return super()._get_socket(host, port, timeout)
        except OSError:
            if self._cutter is not None:
                self._cutter.close()
            raise


class Backend(EmailBackend):
    """Django's, over connections that end in time. Raises what smtplib raises, TookTooLong and
    AnswerMissing."""

    _deadline = Deadline(0)

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return BoundedSMTPS if self.use_ssl else BoundedSMTP

    def open(self) -> bool | None:
        seconds = self.timeout or MAIL_SECONDS
        self._deadline = Deadline(seconds)
        self.timeout = seconds
        try:
            return super().open()
        except OSError as error:
            if self.connection is not None:
                self.connection.close()
                self.connection = None
            raise self._in_time(error) from error

    def _send(self, email_message: EmailMessage) -> bool:
        try:
            return super()._send(email_message)  # type: ignore[misc,no-any-return]  # not in its types
        except OSError as error:
            raise self._in_time(error) from error

    def _in_time(self, error: OSError) -> OSError:
        """The error, or that it took too long, which looks like a hang-up."""
        is_answer = isinstance(error, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused)
        if is_answer or isinstance(error, AnswerMissing) or not self._deadline.is_over:
            return error
        return TookTooLong("no answer in time")
