"""One event as one line: JSON in production, for eyes elsewhere. No Django here.

Our own events bring fields, and only those of FIELDS are written. What others log (Django, Celery,
allauth, granian) is text made of anything, so of it only the place in the code is told, and the
text without what was put into it; except for a few programs that speak of themselves.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import structlog

from portal.logs.errors import described, lines_of, short
from portal.logs.paths import shown_path

# What an event of ours may say. A new one goes in here after a thought whether it can ever hold
# words of people, a mail address, a key, or a part of one. `ip` is a parsed network address, and is
# written for sign-ins only: who guesses passwords must be found.
FIELDS = {
    "assistant", "code", "count", "error", "ip", "key", "key_id", "method", "ms", "path", "place",
    "reason", "request_id", "status", "task", "task_id", "team", "user_id", "what",
}  # fmt: skip
# They speak of themselves: where they connect to, what they start. When something is wrong they
# put messages into their words that they could not read, so then their values are left out too.
SPEAK_OF_THEMSELVES = ("celery.apps", "celery.beat", "celery.pool", "celery.worker", "kombu")
# Except for these, which speak of what they work on.
SPEAK_OF_WORK = ("celery.worker.request", "celery.worker.strategy")
SERVER = "_granian"
WARNING = re.compile(r"(?P<file>[^\n]+?):(?P<line>\d+): (?P<kind>\w+): ")
MOST_TEXT = 2000
SIMPLE = (bool, int, float, type(None))


def is_below(name: str, roots: tuple[str, ...]) -> bool:
    """True for a logger of one of these names, or below one."""
    return any(name == root or name.startswith(f"{root}.") for root in roots)


def _plain(value: Any) -> Any:
    """A value as JSON takes it; of what is no plain value only its class."""
    if isinstance(value, SIMPLE):
        return value
    return value[:MOST_TEXT] if isinstance(value, str) else type(value).__name__


def _error_of(held: Any) -> BaseException | None:
    """The error behind `exc_info` in each of the forms it has."""
    if held is True:
        return sys.exc_info()[1]
    if isinstance(held, tuple):
        held = held[1]
    return held if isinstance(held, BaseException) else None


def _ours(record: logging.LogRecord, said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "event", _plain(said.get("event", ""))
    for name, value in said.items():
        if name in FIELDS:
            yield name, _plain(value)
    if error := _error_of(said.get("exc_info") or record.exc_info):
        yield from _of_error(error)


def _of_error(error: BaseException) -> Iterator[tuple[str, Any]]:
    yield "error", described(error)
    yield "traceback", lines_of(error)


def _theirs(record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
    yield "event", _event(record)
    if record.name == "py.warnings":
        if found := WARNING.match(record.getMessage()):
            yield "place", f"{short(found['file'])}:{found['line']}"
            yield "what", found["kind"]
    else:
        yield "place", f"{short(record.pathname)}:{record.lineno} in {record.funcName}"
    if request := getattr(record, "request", None):
        yield "path", shown_path(request)
    if isinstance(status := getattr(record, "status_code", None), int):
        yield "status", status
    data = getattr(record, "data", None)  # Celery's, of a task
    if isinstance(data, Mapping):
        yield "task", _plain(data.get("name"))
        yield "task_id", _plain(data.get("id"))
    if error := _error_of(record.exc_info):
        yield from _of_error(error)


def _event(record: logging.LogRecord) -> str:
    """The text as the program has it, without values; the whole of it where it holds none."""
    if is_below(record.name, (SERVER,)):
        return str(record.getMessage()).split("\n", 1)[0][:MOST_TEXT]
    speaks = is_below(record.name, SPEAK_OF_THEMSELVES) and not is_below(record.name, SPEAK_OF_WORK)
    if speaks and (record.levelno <= logging.INFO or not record.args):
        try:
            return record.getMessage()[:MOST_TEXT]
        except (TypeError, ValueError):  # text that does not fit its values
            return str(record.msg)[:MOST_TEXT]
    if record.name == "py.warnings":
        return "warning"
    # Without arguments the text itself may be made of values.
    return str(record.msg)[:MOST_TEXT] if record.args else "logged"


class Line(logging.Formatter):
    """A record as one line."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self.as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        bound = structlog.contextvars.get_contextvars()
        line |= {name: _plain(value) for name, value in bound.items() if name in FIELDS}
        line |= dict(_ours(record, record.msg) if isinstance(record.msg, dict) else _theirs(record))
        return json.dumps(line) if self.as_json else _for_eyes(line)


def _for_eyes(line: dict[str, Any]) -> str:
    at, level, event = line.pop("at"), line.pop("level"), line.pop("event")
    frames = line.pop("traceback", [])
    rest = " ".join(f"{name}={value}" for name, value in line.items())
    return "\n    ".join([f"{at} [{level}] {event} {rest}", *frames])


class Handler(logging.StreamHandler[Any]):
    """Writes lines to standard error; one that cannot be written is said to be so, in a line."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Python's own would print the arguments of the record."""
        error = sys.exc_info()[1]
        if isinstance(error, BrokenPipeError) or error is None:
            return
        line = {"level": "error", "logger": record.name, "event": "could not be logged"}
        sys.__stderr__ and sys.__stderr__.write(json.dumps(line | dict(_of_error(error))) + "\n")
