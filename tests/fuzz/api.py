"""The API asked by its own document: what fits it and what does not, with keys of every scope."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from portal.accounts.models import Scope
from tests.world import World

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance,
    response_headers_conformance, response_schema_conformance,
]  # fmt: skip
A_BATCH = 250


@dataclass
class Told:
    """What the API answered, by endpoint."""

    requests: Counter[str] = field(default_factory=Counter)
    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    undocumented: dict[str, list[str]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many requests."""
        return sum(self.requests.values())

    @property
    def lines(self) -> list[str]:
        """Every sort of fault in a line."""
        found = {"server error": self.errors, "not as documented": self.undocumented}
        return [
            f"{what}: {where}: {one}"
            for what, places in found.items()
            for where, cases in sorted(places.items())
            for one in list(dict.fromkeys(cases))[:5]
        ]


def _keys(world: World) -> list[dict[str, str]]:
    """Headers: mostly a key that may do everything; each scope alone, none, and wrong ones."""
    whole = world.key()
    alone = [world.key(scope) for scope in Scope]
    sent = [*[whole] * 12, *alone, "no-such-key", "\u00e9"]
    return [*({"Authorization": f"Bearer {one}"} for one in sent), {}]


def ask(world: World, *, requests: int, until: float, seed: int) -> Told:
    """At least `requests` requests, spread over all endpoints; fewer when the time is over."""
    told, keys = Told(), _keys(world)
    schema = schemathesis.openapi.from_wsgi("/api/schema?format=json", WSGIHandler())
    found: Any = schema.get_all_operations()  # each is the operation, or why it is none
    operations = [one.ok() for one in found]
    number = 0
    while told.total < requests and time.monotonic() < until:
        for operation in operations:
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                number += 1
                for case in _cases(operation, mode, seed * 1000 + number):
                    if time.monotonic() > until:
                        return told
                    _send(case, keys[told.total % len(keys)], told)
    return told


def _cases(operation: Any, mode: GenerationMode, dice: int) -> Iterator[Any]:
    made: list[Any] = []

    @seed(dice)
    @settings(
        max_examples=A_BATCH,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def keep(case: Any) -> None:
        made.append(case)

    try:
        keep()
    except Exception as error:
        if "negat" not in str(error).lower() and "Unsatisfiable" not in type(error).__name__:
            raise
    yield from made


def _send(case: Any, headers: dict[str, str], told: Told) -> None:
    where = f"{case.method} {case.path}"
    told.requests[where] += 1
    case.headers = {k: v for k, v in (case.headers or {}).items() if k != "Authorization"}
    with transaction.atomic():
        response = case.call(headers=headers)
    told.statuses.setdefault(where, Counter())[response.status_code] += 1
    if response.status_code >= 500:
        told.errors.setdefault(where, []).append(f"{response.status_code}: {_shown(case)}")
        return
    try:
        case.validate_response(response, checks=CHECKS)
    except FailureGroup as group:
        for one in group.exceptions:
            said = f"{response.status_code}: {one.title}: {str(one.message)[:300]}"
            told.undocumented.setdefault(where, []).append(f"{said} {_shown(case)}")


def _shown(case: Any) -> str:
    return f"query {str(case.query)[:200]!a} body {str(case.body)[:200]!a}"


def table(told: Told, say: Callable[[str], None]) -> None:
    """Requests and what came of them, a line an endpoint."""
    say(f"{'endpoint':<32}{'requests':>9}{'errors':>8}{'undocumented':>14}  statuses")
    for where, count in sorted(told.requests.items()):
        errors = len(told.errors.get(where, ()))
        other = len(told.undocumented.get(where, ()))
        statuses = ", ".join(
            f"{n} x {status}" for status, n in sorted(told.statuses[where].items())
        )
        say(f"{where:<32}{count:>9}{errors:>8}{other:>14}  {statuses}")
