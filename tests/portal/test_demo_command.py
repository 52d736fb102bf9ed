"""The parts of `manage.py demo` that refuse; the supervisor and the story have their own tests."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import stat
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from portal.demo import progress, run, waiting
from portal.demo.logins import DemoLogins, DemoUser, write
from portal.demo.programs import programs
from portal.running.embedded.process import command_of, free_port
from portal.running.supervisor import Program, ProgramKeepsDyingError, Signals, Supervisor


def test_a_taken_port_is_refused_with_a_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
        with pytest.raises(run.DemoError, match=f"Port {port} is taken.*make demo PORT="):
            run.port_of(str(port))


def test_a_free_port_is_taken_as_it_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
    assert run.port_of(str(port)) == port


@pytest.mark.parametrize("port", ["0", "-1", "65536", "", "8000x", "²", "1" * 5000])
def test_an_impossible_port_is_refused(port: str) -> None:
    with pytest.raises(run.DemoError, match="choose a number from 1 to 65535"):
        run.port_of(port)


def test_another_story_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--story", "sad"]) == 1
    assert capsys.readouterr().err == "STORY='sad': set it to drop or none.\n"


def test_one_demo_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "VAR", tmp_path)
    with (tmp_path / "demo.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(run.DemoError, match="runs already"), run.only_one_demo():
            pass
    with run.only_one_demo():
        pass


def test_the_web_server_is_reachable_from_here_only() -> None:
    found = programs(8123)
    web = found[0]
    assert web.command[web.command.index("--host") :][:2] == ("--host", "127.0.0.1")
    assert {program.log.name for program in found} == {
        "web.log",
        "worker.log",
        "outside.log",
        "beat.log",
    }


def test_nobody_there_is_not_ready() -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
    is_ready, words = run.health(port)
    assert not is_ready
    assert "refused" in words


def test_scripts_find_the_logins_in_a_private_file(tmp_path: Path) -> None:
    user = DemoUser("ada@acorn.example", "plumb", "lead")
    keys = {"ingest": "a", "flag": "b", "read": "c"}
    file = tmp_path / "demo.json"
    for _ in range(2):
        write(file, "http://127.0.0.1:8000/", DemoLogins("acorn", "helper", (user,), keys))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text()) == {
        "url": "http://127.0.0.1:8000/",
        "team": "acorn",
        "assistant": "helper",
        "users": [{"email": "ada@acorn.example", "password": "plumb", "role": "lead"}],
        "api_keys": keys,
        "look_first": [],
    }


class Clock:
    """Time that passes when we say so."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


def test_a_slow_start_says_every_ten_seconds_what_it_waits_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Clock()
    monkeypatch.setattr(run, "time", clock)
    lines = run.Lines()
    for second in range(36):
        clock.now = float(second)
        lines.wait_for("the web server is not ready")
    assert capsys.readouterr().out.splitlines() == [
        f"  ... {seconds} s: the web server is not ready" for seconds in (10, 20, 30)
    ]


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("the page")


@pytest.fixture
def telling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Somebody, this process, tells the fourth week."""
    file = tmp_path / "telling.json"
    monkeypatch.setattr(progress, "TELLER", command_of(os.getpid()))
    monkeypatch.setattr(progress, "look", partial(progress.look, file))
    progress.note(progress.Progress(4, 10), file)
    return file


def test_pages_say_how_far_the_story_is(telling: Path) -> None:
    answer = waiting.StoryIsBeingTold(page)
    assert isinstance(answer(RequestFactory().get("/health/ready")), HttpResponse)
    told = answer(RequestFactory().get("/accounts/login/"))
    assert isinstance(told, HttpResponse)
    assert told.status_code == 200
    assert "The story is being told: week 4 of 10" in told.content.decode()
    assert 'http-equiv="refresh"' in told.content.decode()
    sent = answer(RequestFactory().post("/api/v1/conversations"))
    assert isinstance(sent, HttpResponse)
    assert (sent.status_code, sent["Retry-After"]) == (503, "2")
    assert "week 4 of 10" in json.loads(sent.content)["error"]
    progress.forget(telling)
    after = answer(RequestFactory().get("/"))
    assert isinstance(after, HttpResponse)
    assert after.content == b"the page"


def test_a_teller_that_was_killed_tells_nothing(telling: Path) -> None:
    child = subprocess.Popen([sys.executable, "-S", "-c", "pass", "pytest"])
    child.wait()
    told = json.loads(telling.read_text()) | {"pid": child.pid}
    telling.write_text(json.dumps(told))
    assert progress.look() is None
    telling.write_text("{")
    assert progress.look() is None


def test_waiting_ends_when_a_program_ends_with_the_end_of_its_log(tmp_path: Path) -> None:
    command = (sys.executable, "-S", "-c", "print('no such table'); raise SystemExit(3)")
    said: list[str] = []
    with (
        Signals() as signals,
        Supervisor([], say=said.append, patience=run.WHILE_STARTING) as supervisor,
    ):
        supervisor.add(Program("web", command, tmp_path / "web.log"))
        demo = run.Demo(free_port(), "none", supervisor, signals)
        with pytest.raises(ProgramKeepsDyingError, match=r"exit code 3(.|\n)*no such table"):
            demo.await_ready()
    assert said == ["web ended (exit code 3); starting it again."] * 2
