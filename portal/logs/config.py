"""How logging is set up: for Django and Celery by the settings, for granian by a file of its own.

No Django here.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from types import TracebackType
from typing import Any

import structlog

log = structlog.get_logger("portal.uncaught")
LEVELS = {
    # The access log says of each request what it answered; a refusal needs no second line.
    "django.request": "ERROR",
    "django.security.DisallowedHost": "CRITICAL",
    # A line for every tick, every two seconds, would bury what matters.
    "celery.beat": "WARNING",
    "celery.app.trace": "WARNING",
    "celery.worker.strategy": "WARNING",
}


def logging_config(*, as_json: bool, requests: bool = True) -> dict[str, Any]:
    """For `logging.config.dictConfig`; `requests` says whether each has its line."""
    names = ("_granian", "granian.access", "django.server")
    own: dict[str, Any] = {
        name: {"handlers": ["console"], "level": "INFO", "propagate": False} for name in names
    }
    # Ours says the same, with a request id and without the query.
    own["granian.access"]["level"] = "CRITICAL"
    levels = LEVELS | {"portal.access": "INFO" if requests else "WARNING"}
    own["django"] = {"handlers": [], "level": "INFO", "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "portal.logs.line.Line", "as_json": as_json}},
        "handlers": {"console": {"class": "portal.logs.line.Handler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": own | {name: {"level": level} for name, level in levels.items()},
    }


def configure_structlog() -> None:
    """Our own events, handed on to logging as they are."""
    structlog.configure(
        processors=[structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def log_what_nobody_caught() -> None:
    """Python would print the messages of errors that end a program or a thread, and of warnings."""
    logging.captureWarnings(capture=True)
    sys.excepthook = _of_program
    threading.excepthook = _of_thread
    sys.unraisablehook = _of_cleaning_up


def _of_program(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        log.critical("the program ended by an error", exc_info=error)


def _of_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_value is not None and not issubclass(told.exc_type, SystemExit):
        log.error("a thread ended by an error", exc_info=told.exc_value)


def _of_cleaning_up(told: Any) -> None:
    if isinstance(told.exc_value, BaseException):
        log.error("an error while cleaning up", exc_info=told.exc_value)


def say_in_a_line(text: Any, file: Any = None) -> None:
    """What Celery says while a signal is handled, where no lock may be taken: written at once."""
    line = {"level": "info", "logger": "celery.apps.worker", "event": " ".join(str(text).split())}
    sys.__stderr__ and sys.__stderr__.write(json.dumps(line) + "\n")
