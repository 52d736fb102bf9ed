"""A production-like web server on a database of its own, for as long as a benchmark runs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection

import psycopg

from portal.running import embedded
from portal.running.embedded.process import end_with_parent, free_port

DATABASE = "plumbline_bench"
PAGES_DATABASE = "plumbline_bench_pages"
CORES = os.cpu_count() or 1


@dataclass(frozen=True)
class Servers:
    """Where the database and the web server are."""

    database_url: str
    port: int


def use_own_database(name: str = DATABASE, *, keep: bool = False) -> str:
    """A fresh database on the embedded server (or, with `keep`, the one that is there), and
    settings as in production; its URL."""
    servers = embedded.ensure("postgres")
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        if not keep:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        if known.fetchone() is None:
            connection.execute(f"CREATE DATABASE {name}")
    url = servers.database_url.removesuffix("postgres") + name
    os.environ.update(
        DATABASE_URL=url,
        REDIS_URL=servers.redis_url,
        SECRET_KEY="bench" * 12,
        ALLOWED_HOSTS="127.0.0.1",
        SITE_URL="https://quality.example.com",
        EMAIL_URL="consolemail://",
        DEBUG="False",
        DEMO="False",
        DJANGO_SETTINGS_MODULE="portal.settings",
    )
    return url


def drop_own_database() -> None:
    """Leave nothing behind."""
    servers = embedded.ensure("postgres")
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


def _await_port(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                connection = HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", "/health/live")
                if connection.getresponse().status < 500:
                    return
        time.sleep(0.1)
    raise RuntimeError("the web server did not start")


@contextmanager
def web(target: str = "portal.wsgi:application", *, workers: int, threads: int) -> Iterator[int]:
    """granian on a free loopback port, as in production; yields the port."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", str(workers), "--no-ws"]
    command += ["--blocking-threads", str(threads), "--log-level", "warning", target]
    process = subprocess.Popen(
        command,
        preexec_fn=end_with_parent(15),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await_port(port)
        yield port
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def ticking() -> Iterator[None]:
    """The ticks of intake and sampling, in a process of their own."""
    process = subprocess.Popen([sys.executable, "-m", "bench.tick"], preexec_fn=end_with_parent(15))
    try:
        yield
        if process.poll() is not None:
            raise RuntimeError("the sampling tick ended")
    finally:
        process.terminate()
        process.wait(20)
