"""The OpenAPI document: valid, complete, and kept by the endpoints it describes."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import HealthCheck, given, settings
from jsonschema_rs import Draft202012Validator, ValidationError, meta
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ingestion.models import Conversation
from portal.shell import api_urls
from tests.ingestion.conftest import row
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)  # as the real server calls it
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def document() -> dict[str, Any]:
    response = Client().get("/api/schema?format=json")
    assert response.status_code == 200
    body: dict[str, Any] = response.json()
    return body


def described() -> BaseSchema:
    return schemathesis.openapi.from_wsgi("/api/schema?format=json", get_wsgi_application())


def test_it_is_a_document_that_tools_can_read() -> None:
    described().validate()
    for schema in document()["components"]["schemas"].values():
        meta.validate(schema)


def test_every_reference_leads_somewhere() -> None:
    whole = document()

    def references(value: Any) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(references, value))
        if isinstance(value, dict):
            here = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
            return here.union(*map(references, value.values()))
        return set()

    named = {f"#/components/schemas/{name}" for name in whole["components"]["schemas"]}
    assert references(whole["paths"]) <= named
    assert references(whole["components"]) <= named


def test_it_lists_exactly_the_endpoints() -> None:
    served = {
        f"/api/{pattern.pattern}": getattr(pattern.callback, "method", "").lower()
        for pattern in api_urls.urlpatterns
        if hasattr(pattern.callback, "scope")
    }
    listed = {path: method for path, methods in document()["paths"].items() for method in methods}
    assert listed == served
    assert len(served) >= 4


def test_it_names_the_scope_that_the_endpoint_asks_for() -> None:
    paths = document()["paths"]
    for pattern in api_urls.urlpatterns:
        if scope := getattr(pattern.callback, "scope", None):
            method = getattr(pattern.callback, "method").lower()  # noqa: B009 - set by endpoint()
            described = paths[f"/api/{pattern.pattern}"][method]
            assert f"Scope of the key: `{scope.value}`" in described["description"]


def test_what_it_calls_a_conversation_is_what_is_taken(world: World) -> None:
    whole = document()
    schema = {"$ref": "#/components/schemas/ConversationIn", "components": whole["components"]}
    Draft202012Validator(schema).validate(row("a", passages=[{"text": "x"}]))
    with pytest.raises(ValidationError):
        Draft202012Validator(schema).validate({"id": "a"})


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("name", ["conversations", "signals", "releases", "flags"])
def test_the_endpoints_answer_as_it_says(world: World, name: str, mode: GenerationMode) -> None:
    headers = {"Authorization": f"Bearer {world.key()}"}
    operation = described()[f"/api/v1/{name}"]["post"]

    @settings(
        max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    run()


def test_a_described_conversation_is_really_stored(world: World) -> None:
    case = described()["/api/v1/conversations"]["post"].Case(
        body=row("a"), media_type="application/json"
    )
    answer = case.call_and_validate(
        headers={"Authorization": f"Bearer {world.key()}"}, checks=CHECKS
    )
    assert answer.status_code == 200
    assert Conversation.objects.get().external_id == "a"


def test_the_page_of_the_document_needs_no_inline_script(client: Client) -> None:
    page = client.get("/api/docs").content.decode()
    assert "swagger-ui" in page
    assert "<script>" not in page
    assert client.get("/api/docs?script").status_code == 200
