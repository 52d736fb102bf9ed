"""The embedded PostgreSQL 18: make its data folder, start it, know when it answers."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from portal.embedded.errors import EmbeddedError
from portal.embedded.place import Place, make_folder
from portal.embedded.process import Process, run_as, start

SUPERUSER = "plumbline"
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
    "log_min_messages": "warning",
}


def _password(place: Place) -> str:
    file = place.var / "postgres_password"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(24))
    return file.read_text()


def make_data(place: Place) -> None:
    """Make the data folder unless it is there whole; a half-made one is thrown away."""
    if (place.data / "PG_VERSION").exists():
        return
    shutil.rmtree(place.data, ignore_errors=True)
    half = place.state / "postgres.half"
    shutil.rmtree(half, ignore_errors=True)
    make_folder(half, place.user)
    password_file = half.with_suffix(".password")
    password_file.touch(mode=0o600)
    password_file.write_text(_password(place))
    if place.user is not None:
        shutil.chown(password_file, place.user)
    command = [
        str(place.postgres_root / "bin" / "initdb"),
        *("--pgdata", str(half), "--username", SUPERUSER, "--pwfile", str(password_file)),
        *("--auth", "scram-sha-256", "--encoding", "UTF8"),
        *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
    ]
    result = subprocess.run(  # noqa: S603 - our own binary, no shell
        command, capture_output=True, text=True, check=False, cwd="/", **run_as(place.user)
    )
    password_file.unlink()
    if result.returncode:
        raise EmbeddedError(f"PostgreSQL could not make its data folder: {result.stderr.strip()}")
    half.rename(place.data)


def launch(place: Place, port: int) -> Process:
    """Start the server as our child; it may not answer yet."""
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    command = [
        str(place.postgres_root / "bin" / "postgres"),
        *("-D", str(place.data), "-p", str(port), *options),
    ]
    return start(command, log=place.log / "postgres.log", user=place.user, end_signal="SIGINT")


def url(place: Place, port: int, database: str) -> str:
    """Where the server answers."""
    return f"postgres://{SUPERUSER}:{_password(place)}@127.0.0.1:{port}/{database}"


def answers(place: Place, port: int) -> bool:
    """True when the server takes connections."""
    try:
        with psycopg.connect(url(place, port, "postgres"), connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def make_database(place: Place, port: int, database: str) -> None:
    """Make a database unless it is there."""
    with psycopg.connect(url(place, port, "postgres"), autocommit=True) as connection:
        row = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        if row.fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))


def last_words(log: Path) -> str:
    """The end of a log file, for an error message."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-8:])
