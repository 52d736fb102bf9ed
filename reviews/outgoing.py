"""Post to an address that a person typed in, without being led inside our own network.

The name is resolved once, every address it has must be public, and the connection goes to the very
address that was checked: a name that answers differently a moment later (DNS rebinding) gains
nothing. No redirects, one deadline for all of it, and of the answer only its status line is read.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from django.conf import settings

from reviews.addresses import is_loopback, is_public

TIMEOUT = 5.0
LONGEST_STATUS = 4096
SAFE = "/%:@!$&'()*+,;=-._~?"


class AddressRefused(Exception):
    """An address that nothing is sent to; the message says why and what to do."""


class NotDelivered(Exception):
    """It was sent, and not taken; the message is for the page and holds nothing of the answer."""


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
    """Look the name up, once, and check what it says. Raises AddressRefused."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused("This is not an address we can read.") from error
    is_local_ok = settings.WEBHOOKS_MAY_REACH_LOOPBACK
    if parts.scheme != "https" and not (is_local_ok and parts.scheme == "http"):
        raise AddressRefused("Use an address that begins with https://.")
    if not parts.hostname:
        raise AddressRefused("The address has no host.")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("Leave the name and password out of the address.")
    is_https = parts.scheme == "https"
    port = port or (443 if is_https else 80)
    host = _ascii(parts.hostname)
    addresses = _look_up(host, port)
    if not all(_may_reach(one) for one in addresses):
        raise AddressRefused(
            "This address is inside a private network. Alerts go to public addresses only."
        )
    if not is_https and not all(is_loopback(one) for one in addresses):
        raise AddressRefused("Use an address that begins with https://.")
    path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=SAFE)
    return Target(host, port, path, is_https, addresses)


def _ascii(host: str) -> str:
    try:
        return host if ":" in host else host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise AddressRefused("The host of this address is not a name we can look up.") from error


def _look_up(host: str, port: int) -> tuple[str, ...]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressRefused("We could not find this host. Check its spelling.") from error
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))


def post(target: Target, *, body: bytes, headers: Mapping[str, str]) -> int:
    """Post and return the status; at most TIMEOUT seconds in all.

    Raises NotDelivered when nobody answers in time, or the answer is not HTTP.
    """
    deadline = time.monotonic() + TIMEOUT
    lines = {"Host": target.host_header, "Connection": "close", **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    request = f"POST {target.path} HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n"
    try:
        with _connect(target, deadline) as connection:
            connection.settimeout(_left(deadline))
            connection.sendall(request.encode("ascii") + body)
            return _status(connection, deadline)
    except TimeoutError as error:
        raise NotDelivered(f"No answer within {TIMEOUT:.0f} seconds.") from error
    except ssl.SSLCertVerificationError as error:
        raise NotDelivered("The certificate of this address does not check out.") from error
    except OSError as error:
        raise NotDelivered(f"The connection failed: {type(error).__name__}.") from error


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _connect(target: Target, deadline: float) -> socket.socket:
    """A connection to the first of the checked addresses that takes one."""
    plain = _first_that_answers(target, deadline)
    if not target.is_https:
        return plain
    try:
        context = ssl.create_default_context()
        return context.wrap_socket(plain, server_hostname=target.host)
    except BaseException:
        plain.close()
        raise


def _first_that_answers(target: Target, deadline: float) -> socket.socket:
    last: OSError = ConnectionError()
    for address in target.addresses:
        try:
            return socket.create_connection((address, target.port), timeout=_left(deadline))
        except OSError as error:
            last = error
    raise last


def _status(connection: socket.socket, deadline: float) -> int:
    """The number in the first line of the answer; the rest is never read."""
    received = b""
    while b"\n" not in received and len(received) < LONGEST_STATUS:
        connection.settimeout(_left(deadline))
        more = connection.recv(LONGEST_STATUS - len(received))
        if not more:
            break
        received += more
    words = received.split(b"\n", 1)[0].split()
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        raise NotDelivered("The answer was not HTTP.")
    return int(words[1])
