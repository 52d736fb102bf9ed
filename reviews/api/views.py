"""The endpoint through which a help desk flags answers."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Literal

import msgspec
from django.db import transaction
from django.http import HttpResponse
from msgspec import Meta, Struct

from ingestion.api.body import decode
from ingestion.api.checks import check_moment, check_strings
from ingestion.api.endpoint import ApiRequest, endpoint
from ingestion.api.errors import ApiError, json_response
from ingestion.api.sent import read_body
from portal.accounts.models import Scope
from portal.celery import wake
from portal.refused import Refused
from reviews.grading.flagging import NewFlag, outcomes, raise_flag


class FlagIn(Struct, forbid_unknown_fields=True):
    """One flag as it is sent: about a conversation, or with the pasted answer."""

    reason: Literal[
        "wrong_fact", "out_of_date", "incomplete", "did_not_answer", "rude_unsafe", "something_else"
    ]
    conversation_id: Annotated[str, Meta(max_length=200)] = ""
    answer_index: Annotated[int, Meta(ge=0, le=32_000)] | None = None
    text: Annotated[str, Meta(max_length=20_000)] = ""
    note: Annotated[str, Meta(max_length=5000)] = ""
    urgent: bool = False
    by: Annotated[str, Meta(max_length=160)] = ""
    at: datetime | None = None
    id: Annotated[str, Meta(max_length=200)] = ""


FLAG = msgspec.json.Decoder(FlagIn)


@endpoint("POST", Scope.FLAG)
def flags(request: ApiRequest) -> HttpResponse:
    """Flag an answer; 201 when it is new, 200 when its id was known."""
    body = decode(read_body(request), FLAG)
    check_strings(body)
    check_moment(request, "at", body.at)
    new = NewFlag(
        reason=body.reason,
        conversation_ref=body.conversation_id,
        answer_index=body.answer_index,
        pasted_text=body.text,
        note=body.note,
        is_urgent=body.urgent,
        external_id=body.id,
    )
    try:
        flag, created = raise_flag(
            assistant=request.assistant,
            new=new,
            by=None,
            label=body.by or f"Key {request.api_key.name}",
            at=request.now,
            when=body.at or request.now,
        )
    except Refused as refused:
        raise ApiError(
            422, "invalid", "The flag does not fit.", str(refused), field=refused.field
        ) from refused
    transaction.on_commit(partial(wake, "reviews.tasks.choose_samples"))
    outcome = outcomes([flag])[flag.pk]
    answer = {"id": flag.pk, "state": outcome.code, "words": outcome.words}
    return json_response(answer, status=201 if created else 200)
