"""The API's OpenAPI document, made from the very types that the endpoints decode with."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from ingestion.api.errors import ApiError
from ingestion.releases import ReleaseIn
from ingestion.signals import SignalIn
from ingestion.wire import ConversationIn
from reviews.api.reading import AnswerOut, IncidentsOut, QualityOut
from reviews.api.views import FlagIn

REF = "#/components/schemas/{name}"
ERRORS = {
    "400": "The body cannot be read: no JSON, broken gzip, nested too deep.",
    "401": "No key, or one that was revoked.",
    "403": "The key lacks the scope.",
    "405": "Another method.",
    "413": "Too large, or too many.",
    "415": "An encoding other than gzip.",
    "422": "A field does not fit; `field` names it and `fix` says what would.",
    "500": "The fault is ours; `reason` holds a code to quote. Nothing was stored.",
    "503": "The database does not answer. Nothing was stored; `Retry-After` says when to retry.",
}


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "description": description}


def _list_of_ids() -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}}


DATE = {"type": "string", "format": "date"}
EXTRA: dict[str, Any] = {
    "Error": {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "field", "reason", "fix"],
                "properties": {
                    "code": _text("For programs."),
                    "field": _text("What does not fit; empty when it is the whole request."),
                    "reason": _text("What is wrong."),
                    "fix": _text("What to do."),
                },
            }
        },
    },
    "Receipt": {
        "type": "object",
        "required": ["accepted", "duplicate", "rejected"],
        "properties": {
            "accepted": _list_of_ids(),
            "duplicate": _list_of_ids(),
            "rejected": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["index", "id", "field", "reason", "fix"],
                    "properties": {
                        "index": {"type": "integer"},
                        "id": {"type": ["string", "null"]},
                        "field": {"type": "string"},
                        "reason": {"type": "string"},
                        "fix": {"type": "string"},
                    },
                },
            },
        },
    },
    "SignalReceipt": {
        "type": "object",
        "required": ["accepted", "duplicate", "waiting"],
        "properties": {
            "accepted": {"type": "integer"},
            "duplicate": {"type": "integer"},
            "waiting": {"type": "integer", "description": "Whose conversation has not come yet."},
        },
    },
    "ReleaseOut": {
        "type": "object",
        "required": ["id", "kind", "name", "at"],
        "properties": {
            "id": {"type": "integer"},
            "kind": {"type": "string"},
            "name": {"type": "string"},
            "at": {"type": "string", "format": "date-time"},
        },
    },
    "ReportOut": {
        "type": "object",
        "required": ["kind", "week", "as_of", "formula", "content"],
        "properties": {
            "kind": {"type": "string"},
            "week": DATE,
            "as_of": {"type": "string", "format": "date-time"},
            "formula": {"type": "integer"},
            "content": {"type": "object", "description": "Every figure and sentence of it."},
        },
    },
    "FlagOut": {
        "type": "object",
        "required": ["id", "state", "words"],
        "properties": {
            "id": {"type": "integer"},
            "state": {"type": "string"},
            "words": {"type": "string"},
        },
    },
}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": REF.format(name=name)}


def _post(
    summary: str, description: str, scope: str, body: dict[str, Any], answers: dict[str, str]
) -> dict[str, Any]:
    responses: dict[str, Any] = {
        status: {"description": words, "content": _json(_ref("Error"))}
        for status, words in ERRORS.items()
    }
    for status, name in answers.items():
        described = {"200": "Stored, or known already.", "201": "Stored."}
        schema = {"oneOf": [_ref(name), _ref("Error")]} if status == "422" else _ref(name)
        responses[status] = {
            "description": described.get(status, ERRORS.get(status, "")),
            "content": _json(schema),
        }
    return {
        "post": {
            "operationId": summary.lower().replace(" ", "_"),
            "summary": summary,
            "description": f"{description}\n\nScope of the key: `{scope}`.",
            "security": [{"key": []}],
            "requestBody": {"required": True, "content": body},
            "responses": dict(sorted(responses.items())),
        }
    }


def _get(
    summary: str, description: str, name: str, parameters: dict[str, tuple[dict[str, Any], str]]
) -> dict[str, Any]:
    """A reading endpoint; `parameters` are name: (schema, words)."""
    responses: dict[str, Any] = {
        status: {"description": ERRORS[status], "content": _json(_ref("Error"))}
        for status in ("401", "403", "405", "422", "500", "503")
    }
    responses["200"] = {"description": "What is known.", "content": _json(_ref(name))}
    responses["404"] = {"description": "Nothing there yet.", "content": _json(_ref("Error"))}
    return {
        "get": {
            "operationId": summary.lower().replace(" ", "_").replace("?", ""),
            "summary": summary,
            "description": f"{description}\n\nScope of the key: `read`.",
            "security": [{"key": []}],
            "parameters": [
                {
                    "name": parameter,
                    "in": "query",
                    "required": False,
                    "schema": schema,
                    "description": words,
                }
                for parameter, (schema, words) in parameters.items()
            ],
            "responses": dict(sorted(responses.items())),
        }
    }


def _one_or_list(name: str) -> dict[str, Any]:
    return {
        "oneOf": [
            _ref(name),
            {"type": "array", "items": _ref(name), "minItems": 1, "maxItems": 1000},
        ]
    }


CONTENT = {
    "description": "The words, or parts of any kind: text is kept, of the others their name.",
    "anyOf": [
        {"type": "string", "maxLength": 200_000},
        {"type": "array", "items": {"type": "object", "required": ["type"]}},
        {"type": "null"},
    ],
}


def _say_what_is_taken(components: dict[str, Any]) -> None:
    """What `ingestion.as_sent` makes fit is no mistake: null for what is optional, and keys of
    messages and passages that are not ours."""
    for name in ("ConversationIn", "Message", "Passage"):
        schema = components[name]
        for field, of_field in schema["properties"].items():
            if field not in schema["required"] and {"type": "null"} not in of_field.get(
                "anyOf", ()
            ):
                schema["properties"][field] = {"anyOf": [of_field, {"type": "null"}]}
    for name in ("Message", "Passage"):
        components[name].pop("additionalProperties", None)
    components["Message"]["properties"]["content"] = CONTENT
    components.pop("TextPart", None)


def add_our_endpoints(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """A drf-spectacular hook: our endpoints are plain views, so we describe them here."""
    _, components = msgspec.json.schema_components(
        [ConversationIn, SignalIn, ReleaseIn, FlagIn, AnswerOut, QualityOut, IncidentsOut],
        ref_template=REF,
    )
    _say_what_is_taken(components)
    conversation_body = {
        **_json(_one_or_list("ConversationIn")),
        "application/x-ndjson": {"schema": {"type": "string", "description": "One object a line."}},
    }
    result["components"] = {
        "schemas": {**dict(components), **EXTRA},
        "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
    }
    result["paths"] = {
        "/api/v1/conversations": _post(
            "Send conversations",
            "One object, an array of up to 1,000, or NDJSON; gzip allowed; at most 10 MB. A 2xx "
            "means committed. Sent twice is stored once. Good rows are kept when others are "
            "refused; when every row is refused the status is 422.",
            "ingest",
            conversation_body,
            {"200": "Receipt", "422": "Receipt"},
        ),
        "/api/v1/signals": _post(
            "Send signals", "What end users let you know. All or none.", "ingest",
            _json(_one_or_list("SignalIn")), {"200": "SignalReceipt"},
        ),
        "/api/v1/releases": _post(
            "Record a release", "A dated change of what makes the answers.", "ingest",
            _json(_ref("ReleaseIn")), {"200": "ReleaseOut", "201": "ReleaseOut"},
        ),
        "/api/v1/flags": _post(
            "Flag an answer", "Somebody says: this answer was bad.", "flag",
            _json(_ref("FlagIn")), {"200": "FlagOut", "201": "FlagOut"},
        ),
        "/api/v1/answer": _get(
            "Is it getting worse?", "The six facts, the reading, ranges and counts: the same as "
            "the pages and mails say.", "AnswerOut", {},
        ),
        "/api/v1/quality": _get(
            "Levels over time", "Shares of good answers by day or week with their likely ranges.",
            "QualityOut",
            {
                "from": (DATE, "First day; eight weeks back by default."),
                "to": (DATE, "Last day; today by default."),
                "kind": ({"type": "string"}, "One kind of question; all by default."),
                "by": ({"type": "string", "enum": ["day", "week"]}, "Default: week."),
            },
        ),
        "/api/v1/incidents": _get(
            "List incidents", "The newest first, fifty at a time.", "IncidentsOut",
            {
                "state": ({"type": "string", "enum": ["open", "closed"]}, "Default: both."),
                "before": ({"type": "integer", "minimum": 0}, "`next_before` of the last answer."),
            },
        ),
        "/api/v1/reports/weekly": _get(
            "Read a weekly report", "As it was written; it never changes.", "ReportOut",
            {
                "week": (DATE, "Its Monday; the newest by default."),
                "kind": (
                    {"type": "string", "enum": ["quality", "ownership"]}, "Default: quality."
                ),
            },
        ),
    }  # fmt: skip
    result["openapi"] = "3.1.0"
    return result


@csrf_exempt
def not_found(request: HttpRequest) -> HttpResponse:
    """Any other address below /api/v1/, in the API's own shape."""
    return ApiError(
        404, "not_found", "There is no such endpoint.", "See /api/docs for those there are."
    ).response()
