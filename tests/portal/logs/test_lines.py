"""A line says what happened and where, and nothing of what it happened to."""

from __future__ import annotations

import ast
import io
import json
import logging
import logging.config
import re
import smtplib
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
from django.conf import settings
from django.db import connection
from django.db.utils import IntegrityError
from django.test import Client

from portal.gate.access_log import AccessLog
from portal.logs.config import log_what_nobody_caught, logging_config
from portal.logs.errors import described, lines_of
from portal.logs.line import FIELDS, Handler, Line
from tests.ingestion.conftest import row
from tests.test_architecture import SOURCES, name_of
from tests.world import World

WORDS = "my grandmother's order"
LOG_CALL = re.compile(r"log\.(debug|info|warning|error|exception|critical)")
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What is logged as in production; each line is read as JSON."""
    out = io.StringIO()
    config = logging_config(as_json=True)
    config["handlers"]["console"]["stream"] = out
    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    logging.config.dictConfig(config)
    log_what_nobody_caught()

    def read() -> list[dict[str, Any]]:
        assert WORDS not in out.getvalue()
        return [json.loads(line) for line in out.getvalue().splitlines()]

    yield read
    logging.captureWarnings(capture=False)
    sys.excepthook, threading.excepthook, sys.unraisablehook = before
    logging.config.dictConfig(settings.LOGGING)


def failing(how: str) -> int:
    return int(how)


def test_a_traceback_has_the_lines_of_code_and_no_values(lines: Lines) -> None:
    log = structlog.get_logger("reviews.somewhere")
    try:
        try:
            failing(WORDS)
        except ValueError as error:
            raise KeyError(WORDS) from error
    except KeyError:
        log.exception("it failed", task="reviews.tasks.x", words=WORDS, answer=[WORDS])
    (line,) = lines()
    assert (line["event"], line["level"], line["error"]) == ("it failed", "error", "KeyError")
    assert line["logger"] == "reviews.somewhere"
    assert line["task"] == "reviews.tasks.x"
    here = "tests/portal/logs/test_lines.py"
    assert [one.split(":")[0] for one in line["traceback"]] == [here, "from ValueError", here, here]
    assert line["traceback"][-1].endswith("in failing: return int(how)")
    assert "words" not in line


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError(WORDS), "ValueError"),
        (KeyError(WORDS), "KeyError"),
        (OSError(13, WORDS, WORDS), "PermissionError EACCES"),
        (smtplib.SMTPDataError(550, WORDS.encode()), "smtplib.SMTPDataError 550"),
        (psycopg.errors.UniqueViolation(WORDS), "psycopg.errors.UniqueViolation 23505"),
        (UnicodeDecodeError("utf-8", WORDS.encode(), 0, 1, WORDS), "UnicodeDecodeError"),
        (json.JSONDecodeError(WORDS, WORDS, 0), "json.decoder.JSONDecodeError"),
    ],
)
def test_of_an_error_its_class_and_its_codes_are_told(error: Exception, words: str) -> None:
    assert described(error) == words


@pytest.mark.django_db
def test_of_a_broken_rule_of_the_database_its_name_is_told(world: World) -> None:
    with pytest.raises(IntegrityError) as caught, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_team SET name = %s, report_hour = 99 WHERE id = %s",
            [WORDS, world.team.pk],
        )
    assert WORDS in str(caught.value)
    told = "\n".join(lines_of(caught.value))
    assert "from psycopg.errors.CheckViolation 23514 constraint=team_report_hour_0_to_23" in told
    assert WORDS not in told


def test_causes_that_go_in_a_circle_and_deep_recursion_end() -> None:
    first, second = ValueError(), ValueError()
    first.__cause__, second.__cause__ = second, first
    assert lines_of(first) == ["from ValueError"]

    def deeper(number: int) -> int:
        return deeper(number + 1)

    with pytest.raises(RecursionError) as caught:
        deeper(0)
    assert len(lines_of(caught.value)) == 41


def test_what_others_log_is_told_without_values(lines: Lines) -> None:
    other = logging.getLogger("some.library")
    other.warning("Could not send %s to %s", WORDS, WORDS)
    other.warning(f"Could not send {WORDS}")
    logging.getLogger("kombu.connection").warning("No %s", OSError(111, WORDS))
    logging.getLogger("celery.worker.consumer").info("Connected to %s", "the broker")
    logging.getLogger("celery.worker.consumer").warning("The broker is lost")
    logging.getLogger("django.security.X").error(WORDS, exc_info=ValueError(WORDS))
    logging.getLogger("_granian").error("Application callable raised\n" + WORDS)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(WORDS, RuntimeWarning, stacklevel=1)
    events = [line["event"] for line in lines()]
    assert events == [
        "Could not send %s to %s", "logged",
        "No %s", "Connected to the broker", "The broker is lost", "logged",
        "Application callable raised", "warning",
    ]  # fmt: skip
    assert all(line["place"].startswith("tests/portal/logs/test_lines.py:") for line in lines())
    assert lines()[-1]["what"] == "RuntimeWarning"


def test_what_nobody_caught_is_a_line_too(lines: Lines) -> None:
    thread = threading.Thread(target=failing, args=[WORDS])
    thread.start()
    thread.join()
    try:
        failing(WORDS)
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)

    class Odd:
        def __del__(self) -> None:
            failing(WORDS)

    Odd()
    told = [line["event"] for line in lines()]
    assert told == [
        "a thread ended by an error", "the program ended by an error",
        "an error while cleaning up",
    ]  # fmt: skip
    assert all("return int(how)" in line["traceback"][-1] for line in lines())


def test_what_cannot_be_logged_is_said_in_a_line() -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError(WORDS)

    def tell(name: str, level: int, text: str, *args: object) -> dict[str, Any]:
        out, err = io.StringIO(), io.StringIO()
        handler = Handler(out)
        handler.setFormatter(Line(as_json=True))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "__stderr__", err)
            handler.handle(logging.LogRecord(name, level, __file__, 1, text, args, None))
        assert WORDS not in out.getvalue() + err.getvalue()
        (line,) = (out.getvalue() + err.getvalue()).splitlines()
        told: dict[str, Any] = json.loads(line)
        return told

    assert tell("kombu", 20, "%s", Broken())["event"] == "could not be logged"
    assert tell("kombu", 20, "%d of 2", WORDS)["event"] == "%d of 2"
    assert tell("other", 20, "%d of 2", WORDS)["event"] == "%d of 2"


@pytest.mark.django_db
def test_each_request_has_a_line_and_an_id(world: World, lines: Lines) -> None:
    key = world.key()
    allowed = {"Authorization": f"Bearer {key}"}
    client = Client(raise_request_exception=False)
    client.force_login(world.lena)
    asked = [
        client.get(f"/a/{world.assistant.pk}/find/?q={WORDS}"),
        client.get(f"/join/{WORDS}/"),
        client.get(f"/{WORDS}/"),
        client.get("/static/css/app.css"),
        client.post("/api/v1/conversations", row(), content_type="application/json",
                    headers=allowed | {"X-Request-ID": "0123456789abcdef-ABCDEF"}),
        client.generic(WORDS.upper().replace(" ", "").replace("'", ""), "/"),
    ]  # fmt: skip
    seen = [line for line in lines() if line["logger"] == "portal.access"]
    assert [line["request_id"] for line in seen] == [one["X-Request-ID"] for one in asked]
    assert len({line["request_id"] for line in seen}) == len(asked)
    assert [line["path"] for line in seen][1:] == [
        "/join/.../", "...", "/static/...", "/api/v1/conversations", "/",
    ]  # fmt: skip
    assert seen[0]["user_id"] == world.lena.pk
    assert seen[0]["method"] == "GET"
    assert seen[0]["ms"] > 0
    assert seen[4]["request_id"] == "0123456789abcdef-ABCDEF"
    assert (seen[4]["status"], "key_id" in seen[4]) == (200, True)
    assert seen[5]["method"] == "other"


@pytest.mark.parametrize("brought", [WORDS, "plk_abcdefghijklmnop", "short", "a" * 65, ""])
def test_an_id_that_could_be_words_is_not_taken(brought: str, rf: Any, lines: Lines) -> None:
    request = rf.get("/", headers={"X-Request-ID": brought})
    response = AccessLog(lambda _: __import__("django.http").http.HttpResponse())(request)
    assert response["X-Request-ID"] != brought
    assert lines()[0]["request_id"] == response["X-Request-ID"]


def test_our_events_bring_known_fields_only() -> None:
    """Others are left out of the line; think before adding one to FIELDS."""
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not LOG_CALL.fullmatch(ast.unparse(node.func)):
                continue
            unknown = {one.arg for one in node.keywords if one.arg} - FIELDS - {"exc_info"}
            text = not node.args or not isinstance(node.args[0], ast.Constant)
            if unknown or text:
                found.append(f"{name_of(path)}:{node.lineno} {unknown or 'its text is made up'}")
    assert not found, found


def test_granian_is_given_the_same() -> None:
    kept = Path(__file__).resolve().parents[3] / "portal" / "logs" / "granian.json"
    assert json.loads(kept.read_text()) == logging_config(as_json=True)
