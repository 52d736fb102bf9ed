"""A program that sends to the API with a working key."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from ingestion.models import Conversation, IntakeBatch, Release, Signal
from reviews.models import Flag
from tests.world import World

Send = Callable[..., Any]  # the test client adds json() to its answers


def row(external_id: str = "a", **fields: Any) -> dict[str, Any]:
    """One conversation as a caller sends it."""
    base: dict[str, Any] = {
        "id": external_id,
        "messages": [
            {"role": "user", "content": "Can I return a sale jacket?"},
            {"role": "assistant", "content": "Yes, within 14 days for store credit."},
        ],
    }
    return {**base, **fields}


def error_of(response: Any) -> dict[str, str]:
    """The error of an answer, after a look at its shape."""
    assert response["Content-Type"] == "application/json"
    body = json.loads(response.content)
    assert list(body) == ["error"], body
    error: dict[str, str] = body["error"]
    assert list(error) == ["code", "field", "reason", "fix"]
    assert error["code"]
    assert error["reason"]
    assert error["fix"]
    return error


def deep(levels: int) -> str:
    """An object in an object in an object."""
    return '{"a":' * levels + "1" + "}" * levels


def nothing_is_stored() -> bool:
    """True while no row of any kind came in."""
    tables = (Conversation, IntakeBatch, Signal, Release, Flag)
    return not any(model.objects.exists() for model in tables)


@pytest.fixture
def key(world: World) -> str:
    """A key of the team's assistant with every scope."""
    return world.key()


@pytest.fixture
def send(key: str) -> Send:
    """`send(body)` posts a value as JSON, or bytes as they are, to an endpoint."""

    def post(
        body: Any, to: str = "conversations", *, key: str = key, zipped: bool = False, **more: Any
    ) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
        if zipped:
            raw, headers = gzip.compress(raw), {**headers, "Content-Encoding": "gzip"}
        content_type = more.pop("content_type", "application/json")
        client = Client(raise_request_exception=True)
        return client.post(f"/api/v1/{to}", raw, content_type=content_type, headers=headers)

    return post
