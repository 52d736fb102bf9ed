"""Posts go to public addresses only, to the address that was checked, and end in time."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest

from portal.refused import Refused
from reviews.alerts import outgoing
from reviews.alerts.addresses import is_public
from reviews.alerts.outgoing import NotDelivered, post, resolve
from tests.reviews.alarms import receiver


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://0.0.0.0/",
        "https://10.1.2.3/", "https://172.16.0.1/", "https://192.168.1.1/", "https://100.64.0.1/",
        "https://169.254.169.254/latest/meta-data/", "https://[fe80::1]/", "https://[fd00::1]/",
        "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::a00:1]/", "https://[2002:7f00:1::]/",
        "https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://224.0.0.1/",
        "https://255.255.255.255/", "https://192.0.0.8/", "https://[::1.1.1.1]/",
        "https://[::ffff:1.1.1.1]/", "https://[fec0::1]/", "https://[5f00::1]/",
    ],
)  # fmt: skip
def test_an_address_inside_is_refused(url: str) -> None:
    with pytest.raises(Refused, match=r"private network|could not find"):
        resolve(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://1.1.1.1/", "ftp://1.1.1.1/", "https://", "https:///x", "https://me:pw@1.1.1.1/",
        "https://1.1.1.1:99999/", "file:///etc/passwd", "https://no-such-host.invalid/",
        "https://[::1/", "https://a..b/",
    ],
)  # fmt: skip
def test_an_address_of_another_sort_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        resolve(url)


def test_a_public_address_is_taken_and_its_path_made_safe() -> None:
    target = resolve("https://1.1.1.1:8443/a b?x=\r\nEvil: 1&y=é#part")
    assert target.addresses == ("1.1.1.1",)
    assert target.host_header == "1.1.1.1:8443"
    assert "\r" not in target.path
    assert " " not in target.path


def names(monkeypatch: pytest.MonkeyPatch, answers: list[list[str]]) -> list[str]:
    """Let the look-up of a name give these addresses, one list after the other."""
    asked: list[str] = []

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, [["1.1.1.1", "10.0.0.1"]])
    with pytest.raises(Refused):
        resolve("https://hooks.example/")


def test_a_name_that_answers_differently_a_moment_later_gains_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = names(monkeypatch, [["1.1.1.1"], ["127.0.0.1"]])
    target = resolve("https://hooks.example/")
    connected: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], **_: Any) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(NotDelivered):
        post(target, body=b"{}", headers={})
    assert connected == [("1.1.1.1", 443)]
    assert asked == ["hooks.example"]


def test_the_loopback_is_reached_only_where_the_setting_says_so(settings: Any) -> None:
    with receiver() as kept:
        with pytest.raises(Refused):
            resolve(kept.url)
        settings.WEBHOOKS_MAY_REACH_LOOPBACK = True
        assert post(resolve(kept.url), body=b"{}", headers={"X-A": "1"}) == 200
    path, headers, body = kept.got[0]
    assert (path, headers["x-a"], body) == ("/hook?team=acorn", "1", b"{}")


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "https://10.0.0.1/", "http://1.1.1.1/"], ids=str
)
def test_the_setting_opens_nothing_but_the_loopback(url: str, settings: Any) -> None:
    settings.WEBHOOKS_MAY_REACH_LOOPBACK = True
    with pytest.raises(Refused):
        resolve(url)


def drip(connection: socket.socket) -> None:
    for _ in range(200):
        connection.sendall(b"H")
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param(lambda one: time.sleep(3), "No answer within", id="silent"),
        pytest.param(drip, "No answer within", id="a byte at a time"),
        pytest.param(lambda one: one.sendall(b"SSH-2.0-x\r\n"), "not HTTP", id="not HTTP"),
        pytest.param(lambda one: one.sendall(b"x" * 1_000_000), "not HTTP|failed", id="endless"),
        pytest.param(lambda one: None, "not HTTP|failed", id="hangs up"),
    ],
)
def test_a_bad_answer_ends_in_time(
    answer: Callable[[socket.socket], None],
    says: str,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.WEBHOOKS_MAY_REACH_LOOPBACK = True
    monkeypatch.setattr(outgoing, "TIMEOUT", 0.6)

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(100)
            try:
                answer(connection)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=serve, daemon=True)
        thread.start()
        begun = time.monotonic()
        target = resolve(f"http://127.0.0.1:{server.getsockname()[1]}/")
        with pytest.raises(NotDelivered, match=says):
            post(target, body=b"{}", headers={})
        assert time.monotonic() - begun < 1.5
        thread.join()


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "0.1.2.3", "10.0.0.0", "100.64.0.0", "100.127.255.255", "127.255.255.255",
        "169.254.0.1", "172.31.255.255", "192.0.0.0", "192.0.0.8", "192.0.0.9", "192.0.0.255",
        "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.255.255",
        "192.175.48.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.255",
        "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::1.1.1.1", "::ffff", "::ffff:1.1.1.1", "::ffff:0:1.1.1.1",
        "64:ff9b::1.1.1.1",
        "64:ff9b:1::1", "100::1", "100:0:0:1::1", "2001::1", "2001:0:4136:e378::", "2001:2::1",
        "2001:10::1", "2001:20::1", "2001:1ff::1", "2001:db8::1", "2002::1", "2002:101:101::1",
        "3ffe::1", "3fff::1", "3fff:fff::1", "4000::1", "5f00::1", "5f00:ffff::1", "fc00::1",
        "fdff::1", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "feff::1", "ff02::1", "ff0e::1",
        "2606:4700::5efe:a00:1", "2606:4700::200:5efe:a00:1",
    ],
)  # fmt: skip
def test_what_is_set_aside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "100.63.255.255", "100.128.0.0", "172.32.0.0", "192.0.1.1", "198.20.0.1",
     "223.255.255.255", "2001:200::1", "2001:4860:4860::8888", "2400:cb00::1", "2a00:1450::1"],
)  # fmt: skip
def test_their_neighbours_are_public(address: str) -> None:
    assert is_public(address)


def test_what_is_public() -> None:
    assert is_public("2606:4700:4700::1111")
    assert not is_public("::")
