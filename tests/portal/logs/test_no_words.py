"""A run full of errors, in real processes as in production: what is logged holds no words.

Web, worker, beat and a command run with the settings of production. Words that nobody may find in
a log are sent in every way there is, and the database is made to refuse them while it quotes them.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import redis
from django.conf import settings
from django.db import connection

from portal.celery import app
from portal.running.embedded.process import end_with_parent, free_port
from tests import servers
from tests.ingestion.conftest import row
from tests.world import World

CANARY = "canarybird"
HOST = "quality.example.com"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
QUEUES = 9  # a database of Redis of our own, so that no other worker takes our tasks


def production() -> dict[str, str]:
    return servers.environment(
        DEBUG="False",
        DEMO="False",
        SECRET_KEY=f"{CANARY}-secret-key-" * 4,
        ALLOWED_HOSTS=HOST,
        SITE_URL=f"https://{HOST}",
        EMAIL_URL=f"smtp://someone:{CANARY}-mail@127.0.0.1:{free_port()}",
        REDIS_URL=re.sub(r"/\d+$", f"/{QUEUES}", settings.REDIS_URL),
    )


@contextmanager
def program(log: Path, told: dict[str, str], *command: str) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=servers.BASE, env=told, stdout=output, stderr=subprocess.STDOUT,
            preexec_fn=end_with_parent(15),
        )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def ask(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> int:
    web = HTTPConnection("127.0.0.1", port, timeout=60)
    told = {"Host": HOST, "X-Forwarded-Proto": "https"}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    web.request(method, path, body, told)
    status = web.getresponse().status
    web.close()
    return status


def wait_for(log: Path, words: str) -> None:
    deadline = time.monotonic() + 60
    while words not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()[-3000:]
        time.sleep(0.1)


def refuse_quoting() -> None:
    """The database breaks a rule on what is stored, and quotes the whole row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE ingestion_conversation ADD CONSTRAINT no_birds"
            f" CHECK (external_id NOT LIKE '{CANARY}%') NOT VALID"
        )


def allow_again() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ingestion_conversation DROP CONSTRAINT no_birds")


def read(log: Path) -> list[dict[str, Any]]:
    """The lines of a log, each of which is JSON."""
    return [json.loads(line) for line in log.read_text().splitlines()]


def requests_full_of_words(port: int, key: str) -> dict[str, int]:
    """What went wrong, by what was asked; every request brings the words somewhere."""
    allowed = {"Authorization": f"Bearer {key}"}
    bad = {"Authorization": f"Bearer {CANARY}-key"}
    stored = json.dumps(row(f"{CANARY}-1", kind=CANARY)).encode()
    signals = json.dumps({"conversation_id": CANARY, "name": CANARY, "value": 9}).encode()
    sign_in = urlencode({"login": f"{CANARY}@acorn.example", "password": CANARY}).encode()
    api = "/api/v1/conversations"
    return {
        "the row breaks a rule": ask(port, "POST", api, stored, **JSON, **allowed),
        "no json": ask(port, "POST", api, f'{{"{CANARY}'.encode(), **JSON, **allowed),
        "no key": ask(port, "POST", api, stored, **JSON, **bad),
        "signals": ask(port, "POST", "/api/v1/signals", signals, **JSON, **allowed),
        "no page": ask(port, "GET", f"/{CANARY}/?q={CANARY}", b"", **bad),
        "a link": ask(port, "GET", f"/join/{CANARY}/", Cookie=f"sessionid={CANARY}"),
        "sign in": ask(port, "POST", "/accounts/login/", sign_in, **FORM, Referer=CANARY),
        "no page of ours": ask(port, "GET", "/accounts/login/", X_Request_ID=f"{CANARY}-id"),
        "another host": ask(port, "GET", "/", Host=f"{CANARY}.example"),
        "method": ask(port, CANARY.upper(), api),
    }


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_no_words_of_people_are_in_any_log(world: World, tmp_path: Path) -> None:
    told, key, port = production(), world.key(), free_port()
    web, worker, beat = (tmp_path / f"{name}.log" for name in ("web", "worker", "beat"))
    logs = servers.BASE / "portal" / "logs" / "granian.json"
    granian = ("-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--no-ws", "--port")
    celery = ("-m", "celery", "--quiet", "--app", "portal.celery:app")
    queue = redis.Redis.from_url(told["REDIS_URL"])
    queue.flushdb()
    refuse_quoting()
    try:
        with (
            program(
                web, told, *granian, str(port), "--log-config", str(logs), "portal.wsgi:application"
            ),
            program(worker, told, *celery, "worker", "--concurrency", "1"),
            program(beat, told, *celery, "beat", "--scheduler", "celery.beat:Scheduler"),
        ):
            with app.connection_for_write(told["REDIS_URL"]) as broker:
                for args in ([f"{CANARY}-task"], [10**30]):
                    app.send_task("reviews.tasks.watch_now", args=args, connection=broker)
                app.send_task(f"no.{CANARY}", connection=broker)
            wait_for(web, "Started worker")
            answered = requests_full_of_words(port, key)
            wait_for(worker, "watch_now")
    finally:
        allow_again()
        queue.flushdb()
        queue.close()
    assert answered["the row breaks a rule"] == 500, answered
    said = {log.stem: read(log) for log in (web, worker, beat)}
    for log in (web, worker, beat):
        assert CANARY not in log.read_text().lower(), log
    (broken,) = [line for line in said["web"] if line["event"] == "api_error"]
    assert len(broken["code"]) == 6
    assert "from psycopg.errors.CheckViolation 23514 constraint=no_birds" in "\n".join(
        broken["traceback"]
    )
    assert any("ingestion/intake.py" in frame for frame in broken["traceback"])
    seen = {line["request_id"] for line in said["web"] if line["logger"] == "portal.access"}
    assert broken["request_id"] in seen
    assert len(seen) == len(answered)
    failed = [line for line in said["worker"] if line.get("task") == "reviews.tasks.watch_now"]
    assert {line["error"] for line in failed} >= {"ValueError"}
    assert all(line["task_id"] and line["traceback"] for line in failed if line["level"] == "error")


def test_a_command_that_fails_says_so_in_a_line(transactional_db: None) -> None:
    """Its words for people are words; an error that it did not foresee is a line."""
    code = (
        "import django; django.setup(); from django.core.management import call_command;"
        f" call_command('export_history', '{CANARY}', '/dev/null')"
    )
    told = production() | {"DJANGO_SETTINGS_MODULE": "portal.settings"}
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=servers.BASE, env=told, capture_output=True, text=True
    )
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert CANARY not in line
    assert json.loads(line)["event"] == "the program ended by an error"
