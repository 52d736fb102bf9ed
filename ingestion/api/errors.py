"""One shape for every error of the API.

{"error": {"code": "too_large", "field": "", "reason": "...", "fix": "..."}}
"""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpResponse


class ApiError(Exception):
    """A request that is not carried out; nothing of it was stored."""

    def __init__(
        self, status: int, code: str, reason: str, fix: str, *, field: str = "", **headers: str
    ) -> None:
        super().__init__(reason)
        self.status, self.code, self.reason, self.fix = status, code, reason, fix
        self.field, self.headers = field, headers

    def response(self) -> HttpResponse:
        """The answer to send."""
        body = {
            "error": {
                "code": self.code,
                "field": self.field,
                "reason": self.reason,
                "fix": self.fix,
            }
        }
        answer = json_response(body, status=self.status)
        for name, value in self.headers.items():
            answer[name.replace("_", "-")] = value
        return answer


def json_response(body: Any, status: int = 200) -> HttpResponse:
    """`body` as JSON; lone surrogates that a caller sent are shown as replacement characters."""
    try:
        encoded = msgspec.json.encode(body)
    except UnicodeEncodeError:
        encoded = msgspec.json.encode(_printable(body))
    return HttpResponse(encoded, content_type="application/json", status=status)


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list | tuple):
        return [_printable(inner) for inner in value]
    if isinstance(value, dict):
        return {_printable(key): _printable(inner) for key, inner in value.items()}
    if hasattr(value, "__dataclass_fields__") or isinstance(value, msgspec.Struct):
        return (
            _printable(msgspec.structs.asdict(value))
            if isinstance(value, msgspec.Struct)
            else _printable(vars(value))
        )
    return value
