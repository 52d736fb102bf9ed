"""Post to an address that a person typed in, without being led inside our own network.

The name is resolved once, every address it has must be public, and the connection goes to the very
address that was checked: a name that answers differently a moment later (DNS rebinding) gains
nothing. HTTP itself is the standard library's. No redirects, one deadline for all of it, and of the
answer only its head is read.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import quote, urlsplit

from django.conf import settings

from portal.deadline import Cutter, Deadline, connect, look_up
from portal.refused import Refused
from reviews.alerts.addresses import is_loopback, is_public

TIMEOUT = 5.0
SAFE = "/%:@!$&'()*+,;=-._~?"


class NotDelivered(Exception):
    """It was sent, and not taken; the message is for the page and holds nothing of the answer.

    `status` is the answer's, None when there was none; `retry_after` is that header, as it came.
    """

    def __init__(self, words: str, *, status: int | None = None, retry_after: str = "") -> None:
        super().__init__(words)
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True)
class Target:
    """Where to connect: the checked addresses, and what goes into the request."""

    host: str
    port: int
    path: str
    is_https: bool
    addresses: tuple[str, ...]

    @property
    def host_header(self) -> str:
        """The host as HTTP writes it; the port only when it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.is_https else 80
        return host if self.port == usual else f"{host}:{self.port}"


def _may_reach(address: str) -> bool:
    if settings.WEBHOOKS_MAY_REACH_LOOPBACK and is_loopback(address):
        return True
    return is_public(address)


def resolve(url: str) -> Target:
    """Look the name up, once, and check what it says. Raises Refused."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused("url", "This is not an address we can read.") from error
    is_local_ok = settings.WEBHOOKS_MAY_REACH_LOOPBACK
    if parts.scheme != "https" and not (is_local_ok and parts.scheme == "http"):
        raise Refused("url", "Use an address that begins with https://.")
    if not parts.hostname:
        raise Refused("url", "The address has no host.")
    if parts.username is not None or parts.password is not None:
        raise Refused("url", "Leave the name and password out of the address.")
    is_https = parts.scheme == "https"
    port = port or (443 if is_https else 80)
    host = _ascii(parts.hostname)
    addresses = _look_up(host, port)
    if not all(_may_reach(one) for one in addresses):
        raise Refused(
            "url", "This address is inside a private network. Alerts go to public addresses only."
        )
    if not is_https and not all(is_loopback(one) for one in addresses):
        raise Refused("url", "Use an address that begins with https://.")
    path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=SAFE)
    return Target(host, port, path, is_https, addresses)


def _ascii(host: str) -> str:
    try:
        return host if ":" in host else host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise Refused("url", "The host of this address is not a name we can look up.") from error


def _look_up(host: str, port: int) -> tuple[str, ...]:
    try:
        return look_up(host, port, Deadline(TIMEOUT))
    except TimeoutError as error:
        raise Refused("url", "Nobody told us the address of this host in time.") from error
    except (OSError, UnicodeError) as error:
        raise Refused("url", "We could not find this host. Check its spelling.") from error


def post(target: Target, *, body: bytes, headers: Mapping[str, str]) -> int:
    """Post and return the status, 200 to 299; at most TIMEOUT seconds in all.

    Raises NotDelivered for any other status, when nobody answers in time, or when the answer is not
    HTTP.
    """
    status, wait = _exchange(target, body=body, headers=headers)
    if 200 <= status < 300:
        return status
    words = f"It answered {status}."
    if 300 <= status < 400:
        words += " Redirects are not followed; use the address."
    raise NotDelivered(words, status=status, retry_after=wait)


def _exchange(target: Target, *, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    """The status of the answer and how long it asks to wait, as it says it."""
    deadline = Deadline(TIMEOUT)
    try:
        with _connected(target, deadline) as connection:
            connection.settimeout(deadline.left())
            talk = HTTPConnection(target.host)
            talk.sock = connection  # to the checked address; the library connects nowhere itself
            talk.putrequest("POST", target.path, skip_host=True, skip_accept_encoding=True)
            length = {"Content-Length": str(len(body))}
            lines = {"Host": target.host_header, "Connection": "close", **headers, **length}
            for name, value in lines.items():
                talk.putheader(name, value)
            talk.endheaders(body)
            return _answer(connection, deadline)
    except ssl.SSLCertVerificationError as error:
        raise NotDelivered("The certificate of this address does not check out.") from error
    except HTTPException as error:  # first: RemoteDisconnected is an OSError as well
        if deadline.is_over:
            raise NotDelivered(f"No answer within {TIMEOUT:.0f} seconds.") from error
        raise NotDelivered("The answer was not HTTP.") from error
    except OSError as error:
        if isinstance(error, TimeoutError) or deadline.is_over:  # then we cut it off ourselves
            raise NotDelivered(f"No answer within {TIMEOUT:.0f} seconds.") from error
        raise NotDelivered(f"The connection failed: {type(error).__name__}.") from error


@contextmanager
def _connected(target: Target, deadline: Deadline) -> Iterator[socket.socket]:
    """A connection to the first of the checked addresses that takes one, cut off in time."""
    plain = connect(target.addresses, target.port, deadline)
    cutter = Cutter(plain, deadline)
    connection = plain
    try:
        if target.is_https:
            context = ssl.create_default_context()
            connection = context.wrap_socket(plain, server_hostname=target.host)
        yield connection
    finally:
        cutter.close()
        connection.close()
        plain.close()


def _answer(connection: socket.socket, deadline: Deadline) -> tuple[int, str]:
    """The status, and the header that asks to wait; a body is never read."""
    answer = HTTPResponse(connection, method="POST")
    try:
        connection.settimeout(deadline.left())
        answer.begin()
    except (OSError, HTTPException):
        # Once its first line is there the answer is known; only how long to wait is not.
        if not isinstance(answer.status, int):
            raise
        return answer.status, ""
    finally:
        answer.close()
    return answer.status, (answer.getheader("Retry-After") or "")[:100]
