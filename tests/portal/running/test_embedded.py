"""The embedded servers: started, shared, killed and ended in a checkout of their own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
import redis

from portal.running import embedded
from portal.running.embedded.place import find_place, is_open_to_all, outside
from portal.running.embedded.process import command_of

HOUSE = Path(__file__).resolve().parent.parent.parent.parent
NOBODY = 65534
# Another program of the same checkout: says where the servers are, stays until it is killed.
USER = """
import sys, time
from pathlib import Path
from portal.running import embedded
print(embedded.ensure("plumbline", Path(sys.argv[1])).database_url, flush=True)
time.sleep(60)
"""


@pytest.fixture
def base() -> Iterator[Path]:
    """A checkout whose folders any account can walk through, as most are."""
    folder = Path(tempfile.mkdtemp(prefix="plumbline-", dir="/tmp")).resolve()
    folder.chmod(0o755)
    yield folder
    embedded.stop(folder)
    shutil.rmtree(folder)
    if os.geteuid() == 0:
        shutil.rmtree(outside(folder), ignore_errors=True)


def _wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def _is_alive(pid: int) -> bool:
    return command_of(pid) != ""


def _start_user(base: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", USER, str(base)]
    return subprocess.Popen(command, cwd=HOUSE, stdout=subprocess.PIPE, text=True)


def _url_of(user: subprocess.Popen[str]) -> str:
    assert user.stdout is not None
    return user.stdout.readline().strip()


def _keeper(base: Path) -> int:
    return int(json.loads((base / "var" / "embedded.json").read_text())["keeper"])


def _postmaster(base: Path) -> int:
    return int((find_place(base).data / "postmaster.pid").read_text().split()[0])


def _ask(base: Path, query: LiteralString) -> str:
    with psycopg.connect(embedded.ensure(base=base).database_url, autocommit=True) as connection:
        cursor = connection.execute(query)
        row = cursor.fetchone() if cursor.description else None
        return str(row[0]) if row else ""


def test_they_are_real_safe_and_quick_to_start_again(base: Path) -> None:
    servers = embedded.ensure(base=base)
    with redis.Redis.from_url(servers.redis_url) as client:
        assert client.ping()
    assert _ask(base, "SHOW server_version_num").startswith("18")
    for setting, value in {
        "fsync": "on",
        "synchronous_commit": "on",
        "server_encoding": "UTF8",
    }.items():
        assert _ask(base, f"SHOW {setting}") == value
    assert embedded.stop(base)
    begun = time.monotonic()
    assert embedded.ensure(base=base) == servers, "the ports are remembered"
    assert time.monotonic() - begun < 2


def test_they_ask_for_a_password_and_listen_here_only(base: Path) -> None:
    url = embedded.ensure(base=base).database_url
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(url.replace(url.split(":")[2].split("@")[0], "guess"))
    assert _ask(base, "SHOW listen_addresses") == "127.0.0.1"
    assert _ask(base, "SHOW unix_socket_directories") == ""


def test_the_last_user_ends_them(base: Path) -> None:
    other = _start_user(base)
    url = _url_of(other)
    assert embedded.ensure(base=base).database_url == url
    keeper, postmaster = _keeper(base), _postmaster(base)
    assert not embedded.stop(base), "the other one still uses them"
    assert _is_alive(postmaster)
    other.kill()
    other.wait()
    _wait_for(lambda: not _is_alive(keeper))
    assert not _is_alive(postmaster)
    assert not (base / "var" / "embedded.json").exists()


def test_three_at_once_get_the_same_servers(base: Path) -> None:
    users = [_start_user(base) for _ in range(3)]
    urls = {_url_of(user) for user in users}
    for user in users:
        user.kill()
        user.wait()
    assert len(urls) == 1
    assert next(iter(urls)).startswith("postgres://")


@pytest.mark.parametrize("seconds", [0.2, 0.3, 0.5])
def test_a_starter_that_is_killed_midway_hinders_nobody(base: Path, seconds: float) -> None:
    starter = _start_user(base)
    time.sleep(seconds)
    starter.kill()
    starter.wait()
    assert _ask(base, "SELECT 1") == "1"


def test_an_interrupted_first_run_is_begun_again(base: Path) -> None:
    place = find_place(base)
    for half in (place.data, place.state / "postgres.half"):
        half.mkdir()
        (half / "base").write_text("half made")
    assert _ask(base, "SELECT 1") == "1"


def test_a_stale_note_of_another_process_is_no_hindrance(base: Path) -> None:
    embedded.ensure(base=base)
    embedded.stop(base)
    note = find_place(base).data / "postmaster.pid"
    note.write_text(f"{os.getpid()}\n{note.parent}\n")
    assert _ask(base, "SELECT 1") == "1"


def test_what_was_committed_survives_a_killed_server(base: Path) -> None:
    _ask(base, "CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(_postmaster(base), signal.SIGKILL)
    assert _ask(base, "SELECT answer FROM kept") == "42"


def test_a_killed_redis_is_started_again(base: Path) -> None:
    url = embedded.ensure(base=base).redis_url
    with redis.Redis.from_url(url) as client:
        pid = client.info("server")["process_id"]
    os.kill(pid, signal.SIGKILL)
    _wait_for(lambda: not _is_alive(pid))
    with redis.Redis.from_url(embedded.ensure(base=base).redis_url) as client:
        assert client.ping()


def test_a_killed_keeper_takes_the_servers_with_it(base: Path) -> None:
    embedded.ensure(base=base)
    keeper, postmaster = _keeper(base), _postmaster(base)
    os.kill(keeper, signal.SIGKILL)
    _wait_for(lambda: not _is_alive(keeper))
    assert not embedded.is_running(base)
    assert _ask(base, "SELECT 1") == "1", "they are started again at once"
    assert not _is_alive(postmaster)
    assert embedded.is_running(base)


def test_a_lost_password_is_replaced(base: Path) -> None:
    first = embedded.ensure(base=base)
    embedded.stop(base)
    (find_place(base).state / "postgres_password").unlink()
    assert embedded.ensure(base=base).database_url != first.database_url
    assert _ask(base, "SELECT 1") == "1"


def test_a_taken_port_is_exchanged(base: Path) -> None:
    url = embedded.ensure(base=base).database_url
    embedded.stop(base)
    (base / "var" / "ports.json").write_text('{"postgres": 1, "redis": 1}')
    assert embedded.ensure(base=base).database_url != url


def test_a_closed_checkout_stays_closed(base: Path) -> None:
    base.chmod(0o700)
    assert _ask(base, "SELECT 1") == "1"
    assert stat.S_IMODE(base.stat().st_mode) == 0o700
    place = find_place(base)
    assert is_open_to_all(place.state) == (os.geteuid() == 0)
    assert place.state == (outside(base) if os.geteuid() == 0 else base / "var" / "embedded")


def _refusal(base: Path) -> str:
    """What an account that is not root reads when it may not use the folder."""
    if os.geteuid() == 0:
        os.setuid(NOBODY)
    try:
        find_place(base)
    except embedded.EmbeddedError as error:
        return str(error)
    return ""


def _as_unprivileged(base: Path) -> str:
    with get_context("fork").Pool(1) as pool:
        return pool.apply(_refusal, [base])


def test_a_read_only_checkout_is_refused_with_the_fix(base: Path) -> None:
    base.chmod(0o555)
    words = _as_unprivileged(base)
    base.chmod(0o755)
    assert f"{base}/var" in words
    assert "Make it writable" in words
    assert "DATABASE_URL" in words


def test_no_command_line_shows_a_password(base: Path) -> None:
    servers = embedded.ensure(base=base)
    with redis.Redis.from_url(servers.redis_url) as client:
        shown = command_of(client.info("server")["process_id"]) + command_of(_postmaster(base))
    for url in (servers.database_url, servers.redis_url):
        assert url.split("@")[0].rsplit(":", 1)[1] not in shown
