"""What the types of a body cannot say, for every endpoint that takes one thing at a time."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ingestion.api.endpoint import ApiRequest
from ingestion.api.errors import ApiError
from ingestion.wire import SURROGATE, check_time, strings
from portal.refused import Refused


def check_strings(body: msgspec.Struct) -> None:
    """Refuse text that cannot be kept. Raises ApiError 422."""
    for path, text in strings(msgspec.to_builtins(body)):
        if "\x00" in text or SURROGATE.search(text):
            raise ApiError(
                422,
                "invalid",
                "It holds a NUL byte or half of a surrogate pair.",
                "Send valid Unicode without NUL.",
                field=path,
            )


def check_moment(request: ApiRequest, field: str, value: datetime | None) -> None:
    """Refuse times without a zone or out of all reason. Raises ApiError 422."""
    if value is None:
        return
    try:
        check_time(field, value, request.now)
    except Refused as unfit:
        raise ApiError(422, "invalid", unfit.reason, unfit.fix, field=unfit.field) from unfit
