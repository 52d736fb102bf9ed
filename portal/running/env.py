"""What differs between places, read from the environment; a wrong value is refused with its fix."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from portal.running import embedded
from portal.words import whole

YES, NO = {"true", "1"}, {"false", "0", ""}
STORIES = ("drop", "none")
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
MIN_SECRET = 50
MIN_TOKEN = 20
TOKEN_FIX = f"use at least {MIN_TOKEN} random letters and digits, without spaces."
# Names, addresses and `.example.com` for all below it; without a port, which Django never matches.
HOST = re.compile(r"\.?[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\]")


class SettingError(ImproperlyConfigured):
    """A setting is wrong; the message names it, its value and the fix."""

    def __init__(self, name: str, value: str, fix: str) -> None:
        super().__init__(f"{name}={value!r}: {fix}")


@dataclass(frozen=True)
class Environment:
    """The settings that differ between places."""

    debug: bool
    demo: bool
    secret_key: str
    allowed_hosts: tuple[str, ...]
    site_url: str
    database_url: str
    redis_url: str
    email_url: str
    default_from_email: str
    port: int
    story: str
    metrics_token: str = ""
    hsts_preload: bool = False


def story_file(base: Path) -> Path:
    """Where the demo notes its story, so that `manage.py` beside it works on the same rows."""
    return base / "var" / "story"


def _story(environ: Mapping[str, str], base: Path) -> str:
    value = environ.get("STORY", "")
    if not value and (kept := story_file(base)).exists():
        value = kept.read_text().strip()
    if value and value not in STORIES:
        raise SettingError("STORY", value, f"set it to {' or '.join(STORIES)}.")
    return value or STORIES[0]


def _port(environ: Mapping[str, str]) -> int:
    value = environ.get("PORT") or "8000"
    if not (value.isascii() and value.isdigit() and len(value) <= 5 and 0 < int(value) < 65536):
        raise SettingError("PORT", value, "set it to a number from 1 to 65535.")
    return int(value)


def _flag(environ: Mapping[str, str], name: str, default: bool) -> bool:
    value = environ.get(name, str(default))
    if value.lower() in YES:
        return True
    if value.lower() in NO:
        return False
    raise SettingError(name, value, "set it to True or False.")


def _url(environ: Mapping[str, str], name: str, schemes: tuple[str, ...], example: str) -> str:
    value = environ.get(name, "")
    if value and not _is_url(value, schemes):
        raise SettingError(name, _without_password(value), f"write it like {example}.")
    return value


def _parts(value: str) -> SplitResult | None:
    """The parts of a URL; None when it cannot be read, such as a port that is no number."""
    try:
        parts = urlsplit(value)
        is_right = parts.port != 0 and " " not in parts.netloc and value.isprintable()
    except ValueError:  # a port that is no number, a half IPv6 address
        return None
    return parts if is_right else None


def _is_url(value: str, schemes: tuple[str, ...]) -> bool:
    """True for scheme://host/name.

    >>> _is_url("redis://cache:6379/0", ("redis",)), _is_url("redis://cache:x/0", ("redis",))
    (True, False)
    """
    parts = _parts(value)
    if parts is None or parts.scheme not in schemes or len(parts.path) < 2:
        return False
    return not parts.scheme.startswith("redis") or whole(parts.path[1:]) is not None


IN_PASSWORDS = "In a password write : / ? # @ % as %3A %2F %3F %23 %40 %25."


def _email_url(environ_: Mapping[str, str], production: bool) -> str:
    """How mails go out. The library would take a wrong port for a fault of its own."""
    value = environ_.get("EMAIL_URL", "" if production else "consolemail://")
    scheme = value.partition("://")[0].lower()
    fix = "write it like smtp+tls://user:password@host:587."
    if scheme in environ.Env.EMAIL_SCHEMES:
        parts = _parts(value)
        if parts is not None and (parts.hostname or not scheme.startswith("smtp")):
            return value
        fix = f"its host or its port cannot be read; {fix} {IN_PASSWORDS}"
    raise SettingError("EMAIL_URL", _without_password(value), fix)


def _without_password(url: str) -> str:
    """A URL that may be shown.

    >>> _without_password("postgres://u:secret@h/d")
    'postgres://u:...@h/d'
    """
    return re.sub(r"(://[^:/@]*):.*@", r"\1:...@", url, flags=re.DOTALL)


def _metrics_token(environ: Mapping[str, str]) -> str:
    value = environ.get("METRICS_TOKEN", "")
    is_plain = value.isascii() and value.isprintable() and " " not in value
    if value and not (is_plain and len(value) >= MIN_TOKEN):
        raise SettingError("METRICS_TOKEN", "...", TOKEN_FIX)
    return value


def _secret_key(environ: Mapping[str, str], base: Path, production: bool) -> str:
    value = environ.get("SECRET_KEY", "")
    if value:
        if production and len(value) < MIN_SECRET:
            raise SettingError("SECRET_KEY", "...", f"use at least {MIN_SECRET} random characters.")
        return value
    if production:
        raise SettingError(
            "SECRET_KEY",
            "",
            "set it to at least 50 random characters, for example from "
            "`python3 -c 'import secrets; print(secrets.token_urlsafe(50))'`.",
        )
    return _kept_secret(base / "var" / "secret_key")


def _kept_secret(file: Path) -> str:
    """The checkout's own secret for development, made once."""
    try:
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            half = file.with_suffix(f".{secrets.token_hex(4)}")
            half.touch(mode=0o600)
            half.write_text(secrets.token_urlsafe(50))
            half.rename(file)
        return file.read_text()
    except OSError as error:
        raise SettingError(
            "SECRET_KEY",
            "",
            f"cannot keep one in {file} ({error.strerror}). Make var/ writable or set SECRET_KEY.",
        ) from error


def _hosts(environ: Mapping[str, str], production: bool) -> tuple[str, ...]:
    value = environ.get("ALLOWED_HOSTS", "")
    hosts = tuple(host.strip() for host in value.split(",") if host.strip())
    if hosts and all(HOST.fullmatch(host) for host in hosts):
        return hosts
    if production or hosts:
        raise SettingError(
            "ALLOWED_HOSTS",
            value,
            "list the host names people use, like quality.example.com, without https:// or ports.",
        )
    return LOOPBACK


def _site_url(environ: Mapping[str, str], production: bool) -> str:
    value = environ.get("SITE_URL", "").rstrip("/")
    parts = _parts(value)
    is_bare = parts is not None and parts.hostname and not (parts.path or parts.query)
    is_bare = is_bare and parts is not None and not parts.fragment and "@" not in parts.netloc
    schemes = ("https",) if production else ("https", "http")
    if (production or value) and not (is_bare and parts is not None and parts.scheme in schemes):
        fix = "write the address people use, such as https://quality.example.com."
        raise SettingError("SITE_URL", value, fix)
    return value or f"http://127.0.0.1:{_port(environ)}"


def _sender(environ: Mapping[str, str], site_url: str) -> str:
    value = (
        environ.get("DEFAULT_FROM_EMAIL") or f"Plumbline <plumbline@{urlsplit(site_url).hostname}>"
    )
    if "@" not in parseaddr(value)[1] or not value.isprintable():
        raise SettingError(
            "DEFAULT_FROM_EMAIL", value, "write it like Quality <quality@example.com>."
        )
    return value


_BOTH_OR_NEITHER = "set both DATABASE_URL and REDIS_URL, or neither."
_TO_REAL_SERVERS = "set DATABASE_URL and REDIS_URL to the servers that keep your data."


def _servers(environ: Mapping[str, str], base: Path, production: bool) -> tuple[str, str]:
    """The two URLs: from the environment, else of the embedded servers, which are then started."""
    database = _url(
        environ, "DATABASE_URL", ("postgres", "postgresql"), "postgres://user:password@host/name"
    )
    redis = _url(environ, "REDIS_URL", ("redis", "rediss"), "redis://host:6379/0")
    if database and redis:
        return database, redis
    if database or redis or production:
        missing = "REDIS_URL" if database else "DATABASE_URL"
        raise SettingError(missing, "", _TO_REAL_SERVERS if production else _BOTH_OR_NEITHER)
    name = environ.get("EMBEDDED_DATABASE") or f"plumbline_{_story(environ, base)}"
    if not re.fullmatch("[a-z][a-z0-9_]{0,40}", name):
        raise SettingError("EMBEDDED_DATABASE", name, "use up to 40 of a-z, 0-9 and _.")
    try:
        servers = embedded.ensure(name, base)
    except embedded.EmbeddedError as error:
        raise ImproperlyConfigured(str(error)) from error
    return servers.database_url, servers.redis_url


def read(environ_: Mapping[str, str], base: Path) -> Environment:
    """Read and check everything; raises SettingError for the first thing that is wrong.

    `base` is the checkout; without DATABASE_URL and REDIS_URL its embedded servers are used.
    """
    demo = _flag(environ_, "DEMO", False)
    debug = _flag(environ_, "DEBUG", default=not demo and not environ_.get("DATABASE_URL"))
    production = not debug and not demo
    email = _email_url(environ_, production)
    hosts = _hosts(environ_, production)
    secret_key = _secret_key(environ_, base, production)
    site_url = _site_url(environ_, production)
    database_url, redis_url = _servers(environ_, base, production)
    return Environment(
        debug=debug,
        demo=demo,
        secret_key=secret_key,
        allowed_hosts=hosts,
        site_url=site_url,
        database_url=database_url,
        redis_url=redis_url,
        email_url=email,
        default_from_email=_sender(environ_, site_url),
        port=_port(environ_),
        story=_story(environ_, base),
        metrics_token=_metrics_token(environ_),
        hsts_preload=_flag(environ_, "HSTS_PRELOAD", default=False),
    )
