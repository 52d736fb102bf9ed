"""Run the whole product on this machine: web, worker and beat, with or without a story in it."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.utils.module_loading import import_string

from portal import embedded, env
from portal.demo.logins import DemoLogins, as_text, write
from portal.embedded.process import free_port
from portal.progress import step
from portal.supervisor import Program, ProgramKeepsDyingError, Signals, Supervisor, last_lines

READY_TIMEOUT = 60.0
VAR = Path(settings.BASE_DIR) / "var"
LOGS = VAR / "log"


class Command(BaseCommand):
    help = "Run web, worker and beat on this machine until Ctrl-C; reachable from here only."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=settings.ENV.port)
        parser.add_argument("--story", choices=env.STORIES, default=settings.ENV.story)

    def handle(self, *, port: int, story: str, **_: Any) -> None:
        be_in_the_demo(port, story)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            with only_one_demo():
                check_port(port)
                logins = self.prepare(story)
                write(VAR / "demo.json", address(port), logins)
                self.run(port, logins)
        except KeyboardInterrupt:
            self.say("Stopped before it was ready; running it again goes on from here.")
        except OSError as error:
            raise CommandError(f"{error}. Is {VAR} writable for this account?") from error

    def say(self, words: str) -> None:
        """A reader that went away (`make demo | head`) is no reason to end."""
        with suppress(BrokenPipeError):
            self.stdout.write(words)
            self.stdout.flush()

    def prepare(self, story: str) -> DemoLogins:
        """Bring the tables and the story in; both are quick when they are there."""
        env.story_file(settings.BASE_DIR).write_text(story)
        with step("Making the tables", self.say):
            call_command("migrate", verbosity=0, interactive=False)
        words = "Telling the story" if story != "none" else "Making the team"
        with step(words, self.say):
            logins = import_string("portal.demo.loading.load")(story=story)
        for connection in connections.all(initialized_only=True):
            connection.close()
            cast("DatabaseWrapper", connection).close_pool()
        return cast("DemoLogins", logins)

    def run(self, port: int, logins: DemoLogins) -> None:
        """Run the programs until somebody asks us to stop."""
        with Signals() as signals:
            try:
                with Supervisor(
                    programs(port),
                    say=self.say,
                    folder=settings.BASE_DIR,
                    environ=os.environ | {"PYTHONUNBUFFERED": "1"},
                    in_a_hurry=lambda: signals.in_a_hurry,
                ) as supervisor:
                    with step("Starting web, worker and beat", self.say):
                        self.await_ready(port, supervisor, signals)
                    if not signals.count:
                        self.say(f"\n{as_text(address(port), logins)}\n\nCtrl-C stops everything.")
                    self.watch(supervisor, signals)
                    self.say("\nStopping ...")
            except (ProgramKeepsDyingError, embedded.EmbeddedError) as error:
                raise CommandError(str(error)) from error
            finally:
                self.leave_servers()

    def await_ready(self, port: int, supervisor: Supervisor, signals: Signals) -> None:
        answer = "nothing"
        for _ in range(int(READY_TIMEOUT / 0.1)):
            if signals.wait(0.1):
                return
            supervisor.check()
            is_ready, answer = health(port)
            if is_ready:
                return
        words = "\n".join(f"  {line}" for line in last_lines(LOGS / "web.log"))
        raise CommandError(f"Not ready in {READY_TIMEOUT:.0f} s: {answer}. Its log ends:\n{words}")

    def watch(self, supervisor: Supervisor, signals: Signals) -> None:
        starter = os.getppid()
        while not signals.wait(0.5):
            if "MAKELEVEL" in os.environ and os.getppid() != starter:
                return  # make was killed, and Ctrl-C with it
            supervisor.check()
            if uses_embedded() and not embedded.is_running(settings.BASE_DIR):
                self.say("The embedded PostgreSQL or Redis ended; starting both again.")
                embedded.ensure(settings.DATABASES["default"]["NAME"], settings.BASE_DIR)

    def leave_servers(self) -> None:
        if uses_embedded() and not embedded.stop(settings.BASE_DIR):
            self.say("PostgreSQL and Redis go on: another program of this checkout uses them.")


def address(port: int) -> str:
    """Where people find it."""
    return f"http://127.0.0.1:{port}/"


def uses_embedded() -> bool:
    """True unless DATABASE_URL and REDIS_URL name real servers."""
    return not os.environ.get("DATABASE_URL")


def be_in_the_demo(port: int, story: str) -> None:
    """Settings are read before the options: begin again if they say something else."""
    wanted = {"DEMO": "True", "PORT": str(port), "STORY": story}
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | wanted)  # noqa: S606


@contextmanager
def only_one_demo() -> Iterator[None]:
    """Hold the checkout's demo lock."""
    with (VAR / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandError(
                "The demo of this checkout runs already: stop it with Ctrl-C first. "
                f"Its address and log-ins are in {VAR / 'demo.json'}."
            ) from error
        yield


def check_port(port: int) -> None:
    """Refuse a port that somebody listens on, and name one that is free."""
    if not 0 < port < 65536:
        raise CommandError(f"PORT={port}: choose a number from 1 to 65535.")
    if free_port(port) != port:
        free = next(other for other in range(port + 1, port + 1000) if free_port(other) == other)
        raise CommandError(
            f"Port {port} is taken or not allowed. Choose another one: make demo PORT={free}"
        )


def health(port: int) -> tuple[bool, str]:
    """Whether the web server says it is ready, and what it says."""
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        return answer.status == HTTPStatus.OK, answer.read(500).decode(errors="replace")
    except (OSError, HTTPException) as error:
        return False, str(error)
    finally:
        connection.close()


def programs(port: int) -> list[Program]:
    """Web, worker and beat: the same as in production, on the loopback address."""
    web = ("granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port))
    celery = ("celery", "--app", "portal.celery:app")
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    commands = {
        "web": (*web, "--blocking-threads", "8", "--no-ws", "portal.wsgi:application"),
        "worker": (*celery, "worker", "--queues", "plumbline", "--concurrency", "2", *quiet),
        # Mails and webhooks: threads, because they wait for others and do nothing else.
        "outside": (
            *(*celery, "worker", "--queues", "outside", "--hostname", "outside@%h"),
            *("--pool", "threads", "--concurrency", "2", *quiet),
        ),
        "beat": (*celery, "beat", "--scheduler", "celery.beat:Scheduler"),
    }
    return [
        Program(name, (sys.executable, "-m", *command), LOGS / f"{name}.log")
        for name, command in commands.items()
    ]
