"""The parts of `manage.py demo` that refuse; the supervisor and the story have their own tests."""

from __future__ import annotations

import fcntl
import json
import socket
import stat
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from portal.demo.logins import DemoLogins, DemoUser, write
from portal.management.commands import demo


def test_a_taken_port_is_refused_with_a_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} is taken.*make demo PORT="):
            demo.check_port(port)


def test_a_free_port_is_taken_as_it_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
    demo.check_port(port)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_an_impossible_port_is_refused(port: int) -> None:
    with pytest.raises(CommandError, match="choose a number from 1 to 65535"):
        demo.check_port(port)


def test_one_demo_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "VAR", tmp_path)
    with (tmp_path / "demo.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(CommandError, match="runs already"), demo.only_one_demo():
            pass
    with demo.only_one_demo():
        pass


def test_the_web_server_is_reachable_from_here_only() -> None:
    programs = demo.programs(8123)
    web = programs[0]
    assert web.command[web.command.index("--host") :][:2] == ("--host", "127.0.0.1")
    assert {program.log.name for program in programs} == {
        "web.log",
        "worker.log",
        "outside.log",
        "beat.log",
    }


def test_nobody_there_is_not_ready() -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
    is_ready, words = demo.health(port)
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
