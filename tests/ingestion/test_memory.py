"""What is refused leaves nothing behind: a process is as large after it as before."""

from __future__ import annotations

import gc
import gzip
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from ingestion.api.body import MAX_VALUES
from tests.ingestion.conftest import Send, error_of
from tests.world import World

pytestmark = pytest.mark.django_db
STATM = Path("/proc/self/statm")
MEGABYTE = 1_000_000
# 39 kB that are 40 MB unpacked. `python -m bench soak` sends 200 of them, and 20,000 without a key.
BOMB = gzip.compress(b" " * 40 * MEGABYTE)


def grown(action: Callable[[], object], times: int) -> float:
    """The megabytes this process is larger after doing something `times` than after twice."""

    def size() -> int:
        gc.collect()
        return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    for _ in range(2):
        action()
    before = size()
    for _ in range(times):
        action()
    return (size() - before) / MEGABYTE


@pytest.mark.skipif(not STATM.exists(), reason="the size of a process is read as on Linux")
def test_bodies_that_are_refused_are_forgotten(send: Send) -> None:
    """Before, each of them was kept for ever: 30 MB."""

    def refuse() -> None:
        assert send(BOMB, headers={"Content-Encoding": "gzip"}).status_code == 413

    assert grown(refuse, 4) < 60


@pytest.mark.skipif(not STATM.exists(), reason="the size of a process is read as on Linux")
def test_requests_without_a_key_are_forgotten(world: World) -> None:
    """Before, the frames of each were kept: 5 kB and the request itself, here with its 200 kB."""
    client, padding = Client(), "x" * 200_000

    def refuse() -> None:
        response = client.post("/api/v1/conversations", headers={"X-Padding": padding})
        assert response.status_code == 401

    assert grown(refuse, 300) < 20


def peak_of(action: Callable[[], object]) -> float:
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1] / MEGABYTE
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("endpoint", "zeros"),
    [("conversations", b"[],"), ("conversations", b'{"id":[0]},'), ("signals", b'"",')],
)
def test_millions_of_values_are_refused_before_they_are_made(
    send: Send, endpoint: str, zeros: bytes
) -> None:
    response = send(b"[" + zeros * (MAX_VALUES + 1) + b"0]", to=endpoint, zipped=True)
    assert response.status_code == 413
    assert error_of(response) | {"fix": ""} == {
        "code": "too_large", "field": "", "reason": "The body holds over 1,000,000 values.",
        "fix": "",
    }  # fmt: skip


def test_a_million_lines_are_read_one_by_one(send: Send) -> None:
    """Before, a list of all of them was made: some hundred megabytes."""
    body = b'{"id": 1' + b"{\n" * 500_000
    assert peak_of(lambda: send(body)) < 8


def test_unzipping_makes_no_copies(send: Send) -> None:
    headers = {"Content-Encoding": "gzip"}
    assert peak_of(lambda: send(BOMB, headers=headers)) < 40


def test_texts_full_of_commas_are_no_values(send: Send) -> None:
    texts = [{"role": "assistant", "content": ',[{\\",' * 28_000} for _ in range(10)]
    response = send({"id": "a", "messages": texts})
    assert response.status_code == 200, response.content[:300]
