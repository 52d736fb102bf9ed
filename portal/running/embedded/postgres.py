"""The embedded PostgreSQL 18: make its data folder, start it, know when it answers.

It is asked with its own programs: keeper and supervisor live long and have no use for a client
library in their memory.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.running.embedded.errors import EmbeddedError
from portal.running.embedded.place import Place, make_folder, secret
from portal.running.embedded.process import Process, end_leftover, run_as, start

SUPERUSER = "plumbline"
# What a commit promised stays true: fsync and synchronous_commit keep their safe defaults.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    # Statements and details quote what people wrote; our own log names the rule that was broken.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}

MAKE_DATABASE = r"""
SELECT format('CREATE DATABASE %I', :'name')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
"""


def _password_file(place: Place) -> Path:
    return place.state / "postgres_password"


def make_data(place: Place) -> None:
    """Make the data folder unless it is there whole; a half-made one is thrown away."""
    if (place.data / "PG_VERSION").exists():
        if not _password_file(place).exists():
            _set_password(place)
        return
    shutil.rmtree(place.data, ignore_errors=True)
    half = place.state / "postgres.half"
    shutil.rmtree(half, ignore_errors=True)
    make_folder(half, place.user, 0o700)
    with _readable_for(place, secret(_password_file(place))) as file:
        command = [
            str(place.postgres_bin / "initdb"),
            *("--pgdata", str(half), "--username", SUPERUSER, "--pwfile", str(file)),
            *("--auth", "scram-sha-256", "--encoding", "UTF8"),
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
        ]
        _run(place, command, "", "make its data folder")
    half.rename(place.data)


@contextmanager
def _readable_for(place: Place, words: str) -> Iterator[Path]:
    """A short-lived file that the servers' account can read, and nobody else."""
    file = place.redis / "password"
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    if place.user is not None:
        shutil.chown(file, place.user)
    try:
        file.write_text(words)
        yield file
    finally:
        file.unlink(missing_ok=True)


def _set_password(place: Place) -> None:
    """Whoever removed the file of the password gets a new one: our account owns the data."""
    half = _password_file(place).with_suffix(".new")
    command = [str(place.postgres_bin / "postgres"), "--single", "-D", str(place.data), "postgres"]
    half.unlink(missing_ok=True)
    told = f"ALTER ROLE {SUPERUSER} PASSWORD '{secret(half)}'\n"
    end_former(place)
    _run(place, command, told, "set a new password")
    half.replace(_password_file(place))


def _run(place: Place, command: list[str], told: str, what: str) -> None:
    result = subprocess.run(  # noqa: S603 - our own binary, no shell
        command,
        input=told,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        **run_as(place.user),
    )
    if result.returncode:
        raise EmbeddedError(f"PostgreSQL could not {what}: {result.stderr.strip()}")


def end_former(place: Place) -> None:
    """Wait for the end of a server of this data folder whose keeper was killed."""
    end_leftover(place.data / "postmaster.pid", str(place.data), signal.SIGINT)


def launch(place: Place, port: int) -> Process:
    """Start the server as our child; it may not answer yet."""
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    command = [
        str(place.postgres_bin / "postgres"),
        *("-D", str(place.data), "-p", str(port), *options),
    ]
    end_former(place)
    return start(command, log=place.log / "postgres.log", user=place.user, end_signal="SIGINT")


def url(place: Place, port: int, database: str) -> str:
    """Where the server answers."""
    return f"postgres://{SUPERUSER}:{secret(_password_file(place))}@127.0.0.1:{port}/{database}"


def answers(place: Place, port: int) -> bool:
    """True when the server takes connections."""
    command = [str(place.postgres_bin / "pg_isready"), "--host=127.0.0.1", f"--port={port}"]
    done = subprocess.run(  # noqa: S603 - our own binary, no shell
        [*command, "--quiet", "--timeout=2"], cwd="/", stdin=subprocess.DEVNULL, check=False
    )
    return done.returncode == 0


def make_database(place: Place, port: int, database: str) -> None:
    """Make a database unless it is there."""
    command = [
        str(place.postgres_bin / "psql"),
        *("--no-psqlrc", "--quiet", "--tuples-only", "--set=ON_ERROR_STOP=1"),
        *("--host=127.0.0.1", f"--port={port}", f"--username={SUPERUSER}"),
        *(f"--set=name={database}", "postgres"),
    ]
    done = subprocess.run(  # noqa: S603 - our own binary, no shell
        command,
        input=MAKE_DATABASE,
        env={"PGPASSWORD": secret(_password_file(place)), "PGCONNECT_TIMEOUT": "10"},
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
    )
    if done.returncode:
        raise EmbeddedError(f"The database {database} cannot be made: {done.stderr.strip()}")


def last_words(log: Path) -> str:
    """The end of a log file, for an error message."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-8:])
