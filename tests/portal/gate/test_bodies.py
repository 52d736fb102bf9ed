"""Bodies that come in chunks, cut off, with two lengths: read whole, or refused in words.

Asked of both kinds of server: granian as in production, and Django's own for development.
"""

from __future__ import annotations

import gzip
import json
import re
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from ingestion.models import Conversation
from tests import servers
from tests.ingestion.conftest import row
from tests.world import World

API = "/api/v1/conversations"
LOGIN = "/accounts/login/"
PASSWORD = "plumb-line-demo"
LAST = b"0\r\n\r\n"


@dataclass(frozen=True)
class Answer:
    """What came back over a socket."""

    status: int
    head: str
    body: str

    @property
    def error(self) -> dict[str, str]:
        told: dict[str, str] = json.loads(self.body)["error"]
        return told


def in_chunks(data: bytes, size: int = 20) -> bytes:
    pieces = [data[place : place + size] for place in range(0, len(data), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + LAST


def ask(
    port: int, path: str, headers: Sequence[tuple[str, str]], body: bytes, *, stop: bool = False
) -> Answer:
    """One request as it is, byte by byte; with `stop` the sender says that no more will come."""
    lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        if stop:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while more := connection.recv(65536):
            received += more
    head, _, rest = received.decode().partition("\r\n\r\n")
    if "transfer-encoding: chunked" in head.lower():
        rest = re.sub(r"(^|\r\n)[0-9A-Fa-f]+\r\n", "", rest)
    return Answer(int(head.split()[1]) if head else 0, head, rest)


CHUNKED = ("Transfer-Encoding", "chunked")
JSON = ("Content-Type", "application/json")
FORM = ("Content-Type", "application/x-www-form-urlencoded")


@dataclass(frozen=True)
class Sender:
    """A program with a key, and a person at the sign-in form, of a running server."""

    port: int
    key: str
    email: str

    def api(self, body: bytes, *headers: tuple[str, str], **more: Any) -> Answer:
        allowed = ("Authorization", f"Bearer {self.key}")
        return ask(self.port, API, [allowed, JSON, *headers], body, **more)

    def sign_in(self, *headers: tuple[str, str], chunked: bool = True, **more: Any) -> Answer:
        page, token = self.open_form()
        form = {"csrfmiddlewaretoken": token, "login": self.email, "password": PASSWORD}
        body = urlencode(form).encode()
        own = [FORM, ("Cookie", page), *headers]
        if chunked:
            return ask(self.port, LOGIN, [*own, CHUNKED], in_chunks(body), **more)
        return ask(self.port, LOGIN, own, body, **more)

    def open_form(self) -> tuple[str, str]:
        """The cookie and the token of the sign-in page."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            host = f"Host: 127.0.0.1:{self.port}\r\nConnection: close\r\n\r\n"
            connection.sendall(f"GET {LOGIN} HTTP/1.1\r\n{host}".encode())
            page = b""
            while more := connection.recv(65536):
                page += more
        text = page.decode()
        cookie = re.search(r"csrftoken=[^;]+", text)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
        assert cookie is not None
        assert token is not None
        return cookie[0], token[1]


def sender(world: World, port: int) -> Sender:
    world.lena.set_password(PASSWORD)
    world.lena.save()
    return Sender(port, world.key(), world.lena.email or "")


@pytest.fixture
def production(transactional_db: None, tmp_path: Path) -> Iterator[Sender]:
    world = World()
    with servers.granian(tmp_path / "web.log") as port:
        yield sender(world, port)


@pytest.fixture
def development(transactional_db: None, tmp_path: Path) -> Iterator[Sender]:
    world = World()
    with servers.runserver(tmp_path / "web.log") as port:
        yield sender(world, port)


def one(name: str) -> bytes:
    return json.dumps(row(name)).encode()


def stored() -> set[str]:
    return set(Conversation.objects.values_list("external_id", flat=True))


def test_the_server_of_production_reads_chunks_to_their_end(production: Sender) -> None:
    assert production.api(in_chunks(one("whole")), CHUNKED).status == HTTPStatus.OK
    lines = b"\n".join(one(f"line {number}") for number in range(50))
    assert production.api(in_chunks(lines, 4096), CHUNKED).status == HTTPStatus.OK
    zipped = in_chunks(gzip.compress(one("zipped")))
    told = production.api(zipped, CHUNKED, ("Content-Encoding", "gzip"))
    assert told.status == HTTPStatus.OK, told
    assert stored() == {"whole", "zipped", *(f"line {number}" for number in range(50))}
    assert production.sign_in().status == HTTPStatus.FOUND
    assert production.sign_in(chunked=False, stop=True).status == HTTPStatus.FORBIDDEN  # no length

    empty = production.api(LAST, CHUNKED)
    assert (empty.status, empty.error["code"]) == (400, "bad_json")
    large = production.api(in_chunks(b" " * 10_000_001, 1_000_000), CHUNKED)
    assert (large.status, large.error["code"]) == (413, "too_large")
    bomb = in_chunks(gzip.compress(b" " * 40_000_000))
    assert production.api(bomb, CHUNKED, ("Content-Encoding", "gzip")).status == 413
    form = ask(production.port, LOGIN, [FORM, CHUNKED], in_chunks(b"a=" + b"b" * 3_000_000, 65536))
    assert form.status == 413
    assert "Send less at a time." in form.body

    before = stored()
    for cut in (b"5\r\n" + one("cut")[:5], in_chunks(one("cut"))[:-9], b"zz\r\n" + one("cut")):
        told = production.api(cut, CHUNKED, stop=True)
        assert told.status == 400, told
    odd = production.api(in_chunks(one("odd")), ("Transfer-Encoding", "gzip, chunked"))
    assert (odd.status, odd.error["code"]) == (501, "unknown_encoding")
    long = production.api(one("long"), ("Content-Length", "5000"), stop=True)
    assert (long.status, long.error["code"]) == (400, "cut_off")
    assert stored() == before
    # Chunks win over a length (RFC 9112, 6.3): nothing of the body is taken for a request.
    both = production.api(in_chunks(one("both")), ("Content-Length", "3"), CHUNKED)
    assert both.status in (200, 400)
    assert both.head.count("HTTP/1.1") == 1
    half_a_form_is_not_taken_for_the_whole(production)


def half_a_form_is_not_taken_for_the_whole(production: Sender) -> None:
    cookie, token = production.open_form()
    form = {"csrfmiddlewaretoken": token, "login": production.email, "password": PASSWORD}
    body = urlencode(form).encode()
    own = [FORM, ("Cookie", cookie), ("Content-Length", str(len(body) + 7))]
    assert ask(production.port, LOGIN, own, body, stop=True).status != HTTPStatus.FOUND
    half = b'--x\r\nContent-Disposition: form-data; name="login"\r\n\r\nlena'
    parts = ("Content-Type", "multipart/form-data; boundary=x")
    told = ask(production.port, LOGIN, [parts, CHUNKED], in_chunks(half))
    assert told.status == HTTPStatus.BAD_REQUEST
    assert "broke before" in told.body


def test_the_server_for_development_says_that_it_needs_a_length(development: Sender) -> None:
    told = development.api(in_chunks(one("a")), CHUNKED)
    assert (told.status, told.error["code"]) == (411, "no_length")
    assert told.error["fix"] == "Send a Content-Length header."
    assert "connection: close" in told.head.lower()
    form = development.sign_in()
    assert form.status == HTTPStatus.LENGTH_REQUIRED
    assert "Send a Content-Length header." in form.body
    both = development.api(in_chunks(one("a")), CHUNKED, ("Content-Length", "3"))
    assert (both.status, both.error["code"]) == (400, "two_lengths")
    long = development.api(one("a"), ("Content-Length", "5000"), stop=True)
    assert (long.status, long.error["code"]) == (400, "cut_off")
    assert stored() == set()
    exact = development.api(one("a"), ("Content-Length", str(len(one("a")))))
    assert exact.status == HTTPStatus.OK
    assert stored() == {"a"}


@pytest.mark.django_db
@pytest.mark.parametrize("path", [LOGIN, "/", API, "/api/schema"])
@pytest.mark.parametrize("length", ["²", "9" * 5000, "-1", "abc", "1 2", "+5", "0x5"])
def test_what_is_no_length_is_refused_in_words(path: str, length: str) -> None:
    headers: dict[str, Any] = {"CONTENT_LENGTH": length}
    response = Client().post(path, b"a=b", content_type=FORM[1], **headers)
    assert response.status_code == 400
    assert b"Send its number of bytes." in response.content
