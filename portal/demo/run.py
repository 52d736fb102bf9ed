"""`manage.py demo`: run the whole product on this machine until Ctrl-C.

This process only watches over the others, so it loads no Django: tables and story are made by a
child (`manage.py tell_story`), while the web server is up already and says how far the story is.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from math import inf

from portal.demo import progress
from portal.demo.logins import DemoLogins, DemoUser, as_text
from portal.demo.programs import LOGS, VAR, programs
from portal.running import embedded
from portal.running.embedded.process import free_port
from portal.running.supervisor import Patience, ProgramKeepsDyingError, Signals, Supervisor

BASE = VAR.parent
STORIES = ("drop", "none")
LINE_EVERY = 10.0
WHILE_STARTING = Patience(deaths=3, within=inf)


class DemoError(Exception):
    """The demo cannot run; the message is the reason and the fix."""


def say(words: str) -> None:
    """A reader that went away (`make demo | head`) is no reason to end."""
    with suppress(BrokenPipeError):
        sys.stdout.write(f"{words}\n")
        sys.stdout.flush()


class Lines:
    """A line now and then for as long as something is waited for; none for what is quick."""

    def __init__(self) -> None:
        self.begun = self.last = time.monotonic()

    def wait_for(self, what: str) -> None:
        """Say it if nothing was said for a while."""
        now = time.monotonic()
        if now - self.last >= LINE_EVERY:
            self.last = now
            say(f"  ... {now - self.begun:.0f} s: {what}")


class Demo:
    """One run, from the first step to the last."""

    def __init__(self, port: int, story: str, supervisor: Supervisor, signals: Signals) -> None:
        self.port, self.story = port, story
        self.supervisor, self.signals = supervisor, signals
        self.starter = os.getppid()

    def run(self) -> None:
        """Tables, web, story, the other programs; then watch until somebody asks us to stop."""
        web, *others = programs(self.port, sharing=True)
        command = (sys.executable, str(BASE / "manage.py"), progress.TELLER)
        telling = self.supervisor.begin((*command, "--story", self.story))
        while telling.poll() is None and progress.look() is None:  # it says itself what it does
            if self.is_over(0.1):
                return
        self.supervisor.patience = WHILE_STARTING
        self.supervisor.add(web)
        self.await_ready()
        if telling.poll() is None:
            say(f"Plumbline is up at {address(self.port)} and tells its story, once ...")
        lines = Lines()
        while telling.poll() is None:
            if self.is_over(0.1):
                return
            self.supervisor.check()
            now = progress.look()
            lines.wait_for(f"the story is being told, {now.words}" if now else "the story is told")
        if telling.returncode:
            raise DemoError("The tables or the story could not be made; the reason is above.")
        for program in others:
            self.supervisor.add(program)
        self.await_ready()
        if not self.signals.count:
            say(f"\n{as_text(address(self.port), logins())}\n\nCtrl-C stops everything.")
        self.watch()

    def await_ready(self) -> None:
        """Wait for as long as the programs live: a slow machine is no fault."""
        lines, is_ready, answer = Lines(), False, ""
        while not is_ready and not self.is_over(0.1):
            self.supervisor.check()
            is_ready, answer = health(self.port)
            lines.wait_for(f"the web server is not ready ({answer}); its log is {LOGS / 'web.log'}")

    def is_over(self, seconds: float) -> bool:
        """Wait a moment; True when somebody asked us to stop, or killed the make we belong to."""
        return self.signals.wait(seconds) or (
            "MAKELEVEL" in os.environ and os.getppid() != self.starter
        )

    def watch(self) -> None:
        """Keep everything running."""
        while not self.is_over(0.5):
            self.supervisor.check()
            if time.monotonic() - self.supervisor.last_added > Patience().within:
                self.supervisor.patience = Patience()
            if uses_embedded() and not embedded.is_running(BASE):
                say("The embedded PostgreSQL or Redis ended; starting both again.")
                again = (sys.executable, "-m", "portal.running.embedded", "start")
                self.supervisor.begin(again).wait()


def address(port: int) -> str:
    """Where people find it."""
    return f"http://127.0.0.1:{port}/"


def logins() -> DemoLogins:
    """Who may sign in, as the story's teller noted it."""
    told = json.loads((VAR / "demo.json").read_text())
    users = tuple(DemoUser(**user) for user in told["users"])
    return DemoLogins(
        told["team"], told["assistant"], users, told["api_keys"], tuple(told["look_first"])
    )


def uses_embedded() -> bool:
    """True unless DATABASE_URL and REDIS_URL name real servers."""
    return not os.environ.get("DATABASE_URL")


@contextmanager
def only_one_demo() -> Iterator[None]:
    """Hold the checkout's demo lock."""
    VAR.mkdir(exist_ok=True)
    with (VAR / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DemoError(
                "The demo of this checkout runs already: stop it with Ctrl-C first. "
                f"Its address and log-ins are in {VAR / 'demo.json'}."
            ) from error
        yield


def port_of(words: str) -> int:
    """The port as a number. Raises DemoError for what is none or is taken; it names a free one."""
    if not (words.isascii() and words.isdigit() and len(words) < 6 and 0 < int(words) < 65536):
        raise DemoError(f"PORT={words}: choose a number from 1 to 65535.")
    port = int(words)
    if free_port(port) != port:
        free = next(other for other in range(port + 1, port + 1000) if free_port(other) == other)
        raise DemoError(
            f"Port {port} is taken or not allowed. Choose another one: make demo PORT={free}"
        )
    return port


def health(port: int) -> tuple[bool, str]:
    """Whether the web server says it is ready, and what it says."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        return answer.status == HTTPStatus.OK, answer.read(500).decode(errors="replace").strip()
    except (OSError, HTTPException) as error:
        return False, str(error)
    finally:
        connection.close()


def run(port: int, story: str) -> None:
    """Everything, and nothing left of it afterwards."""
    os.environ.update(DEMO="True", PORT=str(port), STORY=story)
    progress.forget()
    (VAR / "story").write_text(story)
    if uses_embedded():
        embedded.attend(BASE)
    with Signals() as signals:
        try:
            with Supervisor(
                [],
                say=say,
                folder=BASE,
                environ=os.environ | {"PYTHONUNBUFFERED": "1"},
                in_a_hurry=lambda: signals.in_a_hurry,
            ) as supervisor:
                Demo(port, story, supervisor, signals).run()
                say("\nStopping ...")
        finally:
            progress.forget()
            if uses_embedded() and not embedded.stop(BASE):
                say("PostgreSQL and Redis go on: another program of this checkout uses them.")


def main(words: list[str]) -> int:
    """The command: options, one demo at a time, refusals in words."""
    parser = argparse.ArgumentParser(prog="manage.py demo", description=__doc__)
    parser.add_argument("--port", default=os.environ.get("PORT") or "8000")
    parser.add_argument("--story", default=os.environ.get("STORY") or STORIES[0])
    options = parser.parse_args(words)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if options.story not in STORIES:
            raise DemoError(f"STORY={options.story!r}: set it to {' or '.join(STORIES)}.")
        with only_one_demo():
            run(port_of(options.port), options.story)
    except (DemoError, ProgramKeepsDyingError, embedded.EmbeddedError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{error}. Is {VAR} writable for this account?\n")
        return 1
    except KeyboardInterrupt:
        say("Stopped before it was ready; running it again goes on from here.")
        return 130
    return 0
