"""The installer: done once, done again when asked for something else, afresh after an accident."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import install


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout that needs no packages, so that no package index is needed either."""
    monkeypatch.setattr(install, "HOUSE", tmp_path)
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(install, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(install, "UNFINISHED", tmp_path / ".venv" / ".unfinished")
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    return tmp_path


def test_from_nothing_once_and_again(house: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (house / ".venv").mkdir()
    (house / ".venv" / ".unfinished").touch()
    (house / ".venv" / "half").touch()
    install.main(["requirements.txt"])
    assert capfd.readouterr().out.splitlines() == [
        "The last install was interrupted: starting again.",
        "Making .venv/ ...",
        "Installing requirements.txt (up to a minute the first time) ...",
    ]
    assert not (house / ".venv" / "half").exists()
    assert install.is_in(house / "requirements.txt")

    install.main(["requirements.txt"])
    assert capfd.readouterr().out == "", "there is nothing left to do"

    (house / "requirements.txt").write_text("# still nothing\n")
    install.main(["requirements.txt"])
    assert capfd.readouterr().out.startswith("Installing requirements.txt")


def test_what_cannot_be_installed_is_said(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "PYTHON", Path("/bin/false"))
    (house / ".venv").mkdir()
    with pytest.raises(SystemExit, match=r"pip could not install requirements\.txt"):
        install.main(["requirements.txt"])
    assert install.UNFINISHED.exists(), "the next run starts afresh"


def test_an_old_python_is_told_which_one_is_needed(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit, match=r"Python 3\.11 or newer is needed; .* is 3\.9\.2"):
        install.main(["requirements.txt"])


def test_a_python_that_was_not_tried_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 14, 0))
    with pytest.raises(SystemExit, match=r"Python 3\.14 has not been tried .* 3\.11 to 3\.13 have"):
        install.main(["requirements.txt"])


def test_a_named_python_replaces_another(house: Path, capfd: pytest.CaptureFixture[str]) -> None:
    install.main(["requirements.txt"])
    note = house / ".venv" / "pyvenv.cfg"
    note.write_text(re.sub(r"version = \d+\.\d+", "version = 3.9", note.read_text()))
    capfd.readouterr()
    install.main(["requirements.txt"])
    assert capfd.readouterr().out == "", "nobody chose one"
    install.main(["--named", "requirements.txt"])
    assert capfd.readouterr().out.startswith("Another Python was named than .venv/ has.\nMaking")
    assert install.version_of_venv() == sys.version_info[:2]


@pytest.mark.parametrize(
    ("target", "tools"), [("install", False), ("demo", False), ("check", True), ("bench", True)]
)
def test_only_developers_get_the_tools(target: str, tools: bool) -> None:
    told = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", target],
        cwd=Path(__file__).resolve().parent.parent.parent,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "scripts/install.py  requirements.txt" in told
    assert ("requirements-dev.txt" in told) == tools
