"""A whole house of its own: PostgreSQL, Redis and the product's programs, each restarted as an
init system restarts it, so that what is measured is how the product takes it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from portal.running.embedded import postgres, redis_server
from portal.running.embedded.errors import EmbeddedError
from portal.running.embedded.place import Place, find_place
from portal.running.embedded.process import Process, free_port
from portal.running.supervisor import Patience, Program, Supervisor

DATABASE = "plumbline_chaos"
RESTART_AFTER = 0.5
SERVERS_START_WITHIN = 60.0
DISK_MB = 700


@dataclass
class Addresses:
    """Where everything answers; the same after each restart."""

    web: int
    postgres: int
    redis: int
    smtp: int


class House:
    """Starts on entering, ends everything on leaving. `on_small_disk` puts the database's files on
    a tmpfs that can be filled; it is False where mounting one is not allowed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.addresses = Addresses(free_port(), free_port(), free_port(), free_port())
        self.on_small_disk = False
        self.supervisor: Supervisor | None = None
        self._servers: dict[str, Process] = {}
        self._ended = threading.Event()
        self._init = threading.Thread(target=self._restart_what_ends, daemon=True)
        self.place: Place

    def __enter__(self) -> Self:
        _unmount(self.folder / "var" / "embedded")  # what a run that was killed left
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.place = find_place(self.folder)
        self._mount_small_disk()
        postgres.make_data(self.place)
        self._launch("redis")
        self._launch("postgres")
        self._await(lambda: postgres.answers(self.place, self.addresses.postgres))
        postgres.make_database(self.place, self.addresses.postgres, DATABASE)
        self._init.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._init.join(SERVERS_START_WITHIN)
        if self.supervisor is not None:
            self.supervisor.stop()
        for server in self._servers.values():
            with suppress(ProcessLookupError):
                server.popen.send_signal(signal.SIGCONT)
            server.end()
        if self.on_small_disk:
            _unmount(self.place.state)
        shutil.rmtree(self.place.state, ignore_errors=True)
        shutil.rmtree(self.folder / "var", ignore_errors=True)

    def _mount_small_disk(self) -> None:
        """The database's folder on a file system of DISK_MB, when we may mount one."""
        if os.geteuid() != 0:
            return
        command = ["/bin/mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=0711", "tmpfs"]
        done = subprocess.run(
            [*command, str(self.place.state)], check=False, capture_output=True, text=True
        )
        self.on_small_disk = done.returncode == 0
        self.place = find_place(self.folder)  # its folders again, on the new file system

    def _await(self, is_there: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SERVERS_START_WITHIN
        while not is_there():
            if time.monotonic() > deadline:
                words = postgres.last_words(self.place.log / "postgres.log")
                raise EmbeddedError(f"The servers did not start:\n{words}")
            time.sleep(0.1)

    def _launch(self, name: str) -> None:
        if name == "postgres":
            server = postgres.launch(self.place, self.addresses.postgres)
        else:
            server = redis_server.launch(self.place, self.addresses.redis)
        self._servers[name] = server

    def _restart_what_ends(self) -> None:
        """What an init system does with `Restart=always`."""
        while not self._ended.wait(RESTART_AFTER):
            for name, server in list(self._servers.items()):
                if server.has_ended and not self._ended.is_set():
                    with suppress(EmbeddedError, OSError):  # tried again in the next round
                        self._launch(name)
            if self.supervisor is not None:
                self.supervisor.check()

    @property
    def database_url(self) -> str:
        return postgres.url(self.place, self.addresses.postgres, DATABASE)

    @property
    def redis_url(self) -> str:
        return redis_server.url(self.place, self.addresses.redis)

    def environment(self) -> dict[str, str]:
        """Settings as in production, with a mail server that we play."""
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "SECRET_KEY": "chaos" * 12,
            "ALLOWED_HOSTS": "127.0.0.1",
            "SITE_URL": "https://quality.example.com",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.addresses.smtp}",
            "DEBUG": "False",
            "DEMO": "False",
            "DJANGO_SETTINGS_MODULE": "bench.chaos.settings",
        }

    def run(self, programs: list[Program], environ: Mapping[str, str], root: Path) -> None:
        """Start the product's programs; however often they die they are started again."""
        logs = self.folder / "log"
        own = [replace(one, log=logs / f"{one.name}.log") for one in programs]
        patient = Patience(deaths=10_000)
        supervisor = Supervisor(
            own, say=lambda words: None, environ=environ, folder=root, patience=patient
        )
        supervisor.__enter__()
        self.supervisor = supervisor

    def programs(self) -> list[str]:
        """The names of the product's programs."""
        return [one.name for one in self.supervisor.programs] if self.supervisor else []

    def processes(self, name: str) -> list[int]:
        """The main process of a program or server, then its children."""
        if name in self._servers:
            main = self._servers[name].popen.pid
        else:
            assert self.supervisor is not None
            child = next(one for one in self.supervisor.children if one.program.name == name)
            main = child.popen.pid
        return [main, *_descendants(main)]

    def disk(self) -> Path:
        """The folder whose file system can be filled."""
        return self.place.state


def _unmount(folder: Path) -> None:
    """Take the small disk away, if it is there."""
    if folder.is_mount():
        subprocess.run(["/bin/umount", "--lazy", str(folder)], check=False)


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError, ValueError):
        words = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        for child in map(int, words.split()):
            found += [child, *_descendants(child)]
    return found
