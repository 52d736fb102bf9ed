"""The metrics are for this machine and for whoever has the token, not for the world."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from portal.shell.metrics_access import FORWARDED

pytestmark = pytest.mark.django_db
TOKEN = "a-token-of-the-monitoring"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def test_a_program_on_this_machine_may_read_them() -> None:
    for address in ("127.0.0.1", "127.8.8.8", "::1"):
        response = Client(REMOTE_ADDR=address).get("/metrics")
        assert response.status_code == 200
        assert b"plumbline_" in response.content


@pytest.mark.parametrize("address", ["10.0.0.7", "203.0.113.9", "2001:db8::1", "", "unknown"])
def test_others_may_not(address: str) -> None:
    response = Client(REMOTE_ADDR=address).get("/metrics")
    assert response.status_code == 403
    assert b"METRICS_TOKEN" in response.content
    assert b"plumbline_" not in response.content


@pytest.mark.parametrize("header", FORWARDED)
def test_nor_what_a_proxy_on_this_machine_brings(header: str) -> None:
    assert Client().get("/metrics", headers={header: "127.0.0.1"}).status_code == 403


def test_whoever_has_the_token_may_from_anywhere(settings: Any) -> None:
    far = Client(REMOTE_ADDR="10.0.0.7", headers={"X-Forwarded-For": "203.0.113.9"})
    assert far.get("/metrics", headers=BEARER).status_code == 403, "there is no token"
    assert far.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 403
    settings.METRICS_TOKEN = TOKEN
    assert far.get("/metrics", headers=BEARER).status_code == 200
    for wrong in (f"Bearer {TOKEN}x", "Bearer ", f"Basic {TOKEN}", TOKEN, "Bearer ä"):
        assert far.get("/metrics", headers={"Authorization": wrong}).status_code == 403
