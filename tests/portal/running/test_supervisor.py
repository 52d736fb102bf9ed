"""The supervisor's promises: it starts, restarts, gives up, and leaves no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.running.supervisor import Patience, Program, ProgramKeepsDyingError, Signals, Supervisor

HOUSE = Path(__file__).resolve().parent.parent.parent.parent
# A program with a child of its own: both write down who they are, then wait.
FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"])
open(sys.argv[1], "a").write(f"{os.getpid()}\\n{child.pid}\\n")
time.sleep(60)
"""
# What `manage.py demo` does, with the toy above as its only program.
RUNNER = """
import sys
from pathlib import Path
from portal.running.supervisor import Program, Signals, Supervisor
program = Program("toy", (sys.executable, "-S", "-c", sys.argv[1], sys.argv[2]), Path(sys.argv[3]))
with Signals() as signals, Supervisor([program], say=print, in_a_hurry=lambda: signals.in_a_hurry):
    signals.wait(60)
"""


def _wait_for(condition: Callable[[], bool], seconds: float = 8.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def _pids(notes: Path, count: int = 2) -> list[int]:
    _wait_for(lambda: notes.exists() and len(notes.read_text().split()) >= count)
    return [int(word) for word in notes.read_text().split()]


def _is_alive(pid: int) -> bool:
    """False for a zombie too: it holds nothing any more."""
    status = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return status.stdout.strip() not in {"", "Z", "Zs", "Z+", "ZN"}


def _family(tmp_path: Path) -> Program:
    command = (sys.executable, "-S", "-c", FAMILY, str(tmp_path / "notes"))
    return Program("family", command, tmp_path / "log" / "family.log")


def _start_runner(tmp_path: Path) -> tuple[subprocess.Popen[bytes], list[int]]:
    notes = tmp_path / "notes"
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER, FAMILY, str(notes), str(tmp_path / "toy.log")], cwd=HOUSE
    )
    return runner, _pids(notes)


def test_leaving_ends_the_programs_and_their_children(tmp_path: Path) -> None:
    with Supervisor([_family(tmp_path)], say=print):
        pids = _pids(tmp_path / "notes")
        assert all(_is_alive(pid) for pid in pids)
    assert not any(_is_alive(pid) for pid in pids)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_ends_everything(tmp_path: Path, number: signal.Signals) -> None:
    runner, pids = _start_runner(tmp_path)
    runner.send_signal(number)
    assert runner.wait(10) == 0
    assert not any(_is_alive(pid) for pid in pids)


def test_killing_the_supervisor_ends_everything(tmp_path: Path) -> None:
    runner, pids = _start_runner(tmp_path)
    runner.kill()
    runner.wait()
    _wait_for(lambda: not any(_is_alive(pid) for pid in pids))


def test_a_dead_program_is_restarted_and_its_orphans_are_ended(tmp_path: Path) -> None:
    said: list[str] = []
    with Supervisor([_family(tmp_path)], say=said.append) as supervisor:
        first, orphan = _pids(tmp_path / "notes")
        os.kill(first, signal.SIGKILL)
        _wait_for(lambda: supervisor.children[0].has_ended)
        supervisor.check()
        pids = _pids(tmp_path / "notes", count=4)
        assert not _is_alive(orphan)
        assert all(_is_alive(pid) for pid in pids[2:])
    assert said == ["family ended (killed by SIGKILL); starting it again."]


def test_a_program_that_keeps_dying_ends_the_run_with_its_last_words(tmp_path: Path) -> None:
    command = (sys.executable, "-S", "-c", "print('no such table'); raise SystemExit(3)")
    program = Program("hopeless", command, tmp_path / "hopeless.log")
    said: list[str] = []
    with Supervisor([program], say=said.append, patience=Patience(deaths=3)) as supervisor:
        for _ in range(2):
            _wait_for(lambda: supervisor.children[0].has_ended)
            supervisor.check()
        _wait_for(lambda: supervisor.children[0].has_ended)
        with pytest.raises(ProgramKeepsDyingError) as caught:
            supervisor.check()
    assert "hopeless ended 3 times (exit code 3)" in str(caught.value)
    assert "no such table" in str(caught.value)
    assert len(said) == 2


def test_a_program_that_will_not_end_is_killed(tmp_path: Path) -> None:
    stubborn = "import signal, time; signal.signal(15, 1); print(1, flush=True); time.sleep(60)"
    program = Program("stubborn", (sys.executable, "-c", stubborn), tmp_path / "stubborn.log")
    patience = Patience(to_end=0.3)
    with Supervisor([program], say=print, patience=patience) as supervisor:
        _wait_for(lambda: "1" in program.log.read_text())
        pid = supervisor.children[0].popen.pid
    assert not _is_alive(pid)


def test_the_second_signal_is_in_a_hurry() -> None:
    with Signals() as signals:
        os.kill(os.getpid(), signal.SIGTERM)
        assert signals.wait(1)
        assert not signals.in_a_hurry
        os.kill(os.getpid(), signal.SIGINT)
        assert signals.in_a_hurry


def test_the_log_of_the_last_run_is_kept(tmp_path: Path) -> None:
    program = _family(tmp_path)
    program.log.parent.mkdir()
    program.log.write_text("last week")
    with Supervisor([program], say=print):
        pass
    assert program.log.with_suffix(".log.1").read_text() == "last week"


def test_what_passes_by_is_not_started_again_and_ends_with_us(tmp_path: Path) -> None:
    with Supervisor([], say=print) as supervisor:
        short = supervisor.begin((sys.executable, "-S", "-c", "raise SystemExit(4)"))
        long = supervisor.begin((sys.executable, "-S", "-c", "import time; time.sleep(60)"))
        assert short.wait(8) == 4
        supervisor.check()
        assert supervisor.passing == [long]
    assert long.returncode == -signal.SIGTERM
