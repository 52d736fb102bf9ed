"""The endpoints through which facts come in."""

from __future__ import annotations

import msgspec
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.http import HttpResponse
from django.utils import timezone

from ingestion.api.body import decode, read_rows
from ingestion.api.checks import check_moment, check_strings
from ingestion.api.endpoint import ApiRequest, endpoint, prove_key
from ingestion.api.errors import ApiError, json_response
from ingestion.api.sent import Body, read_body
from ingestion.intake import KeyUnproven, Receipt, store
from ingestion.own_patterns import PatternTooSlow
from ingestion.releases import ReleaseIn, record_release
from ingestion.signals import SignalIn, receive_signals, value_fits
from portal.accounts.models import Scope

MAX_SIGNALS = 1000
SIGNALS = msgspec.json.Decoder(SignalIn | list[SignalIn])
RELEASE = msgspec.json.Decoder(ReleaseIn)


@endpoint("POST", Scope.INGEST, may_remember=True)
def conversations(request: ApiRequest) -> HttpResponse:
    """Store conversations: an object, an array or NDJSON. 2xx means committed."""
    body = read_body(request)
    try:
        receipt = _store(request, body)
    except KeyUnproven:
        prove_key(request)
        receipt = _store(request, body)
    nothing_fit = receipt.rejected and not (receipt.accepted or receipt.duplicate)
    return json_response(receipt, status=422 if nothing_fit else 200)


def _store(request: ApiRequest, body: Body) -> Receipt:
    good, refused = read_rows(body, request.now)
    return store(
        assistant=request.assistant,
        rows=good,
        rejected=refused,
        at=request.now,
        proof=request.proof,
    )


@endpoint("POST", Scope.INGEST)
def signals(request: ApiRequest) -> HttpResponse:
    """Store one signal or a list of them; all or none."""
    body = decode(read_body(request), SIGNALS)
    rows = body if isinstance(body, list) else [body]
    if not 1 <= len(rows) <= MAX_SIGNALS:
        raise ApiError(
            422,
            "invalid",
            f"{len(rows)} signals in one request.",
            f"Send 1 to {MAX_SIGNALS:,} at a time.",
        )
    for index, row in enumerate(rows):
        check_strings(row)
        check_moment(request, f"[{index}].at", row.at)
        if not row.conversation_id.strip():
            raise ApiError(
                422,
                "invalid",
                "It is blank, so it names no conversation.",
                "Send the id of the conversation.",
                field=f"[{index}].conversation_id",
            )
        if not value_fits(row):
            raise ApiError(
                422,
                "invalid",
                f"{row.value:g} is no value of {row.name}.",
                "Thumbs are -1 or 1, a rating is 1 to 5, an escalation is 1.",
                field=f"[{index}].value",
            )
    try:
        receipt = receive_signals(assistant=request.assistant, rows=rows, at=request.now)
    except PatternTooSlow as slow:
        raise ApiError(422, "invalid", str(slow), slow.fix, field=slow.field) from slow
    return json_response(receipt)


@endpoint("POST", Scope.INGEST)
def releases(request: ApiRequest) -> HttpResponse:
    """Record a change; 201 when it is new, 200 when it was known."""
    body = decode(read_body(request), RELEASE)
    check_strings(body)
    check_moment(request, "at", body.at)
    if not body.name.strip():
        raise ApiError(422, "invalid", "It is blank.", "Name the version.", field="name")
    if body.link:
        try:
            URLValidator(schemes=["http", "https"])(body.link)
        except ValidationError as error:
            raise ApiError(
                422, "invalid", "It is no web address.", "Send a link with https://.", field="link"
            ) from error
    release, created = record_release(
        assistant=request.assistant,
        kind=body.kind,
        name=body.name.strip(),
        went_live_at=body.at,
        note=body.note,
        link=body.link,
        by=None,
        label=f"Key {request.api_key.name}",
        at=request.now,
    )
    body_out = {
        "id": release.pk,
        "kind": release.kind,
        "name": release.name,
        "at": timezone.localtime(release.went_live_at),
    }
    return json_response(body_out, status=201 if created else 200)
