"""Settings from the environment: what is refused, with which words, and what the defaults are."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.running.env import Environment, SettingError, read, story_file

SERVERS = {
    "DATABASE_URL": "postgres://plumbline:geheim@database/plumbline",
    "REDIS_URL": "redis://cache:6379/0",
}
PRODUCTION = SERVERS | {
    "SECRET_KEY": "k" * 50,
    "ALLOWED_HOSTS": "quality.example.com, internal.example.com",
    "SITE_URL": "https://quality.example.com",
    "EMAIL_URL": "smtp+tls://user:geheim@mail.example.com:587",
}
DEVELOPMENT = SERVERS | {"DEBUG": "True"}


def _refusal(environ: dict[str, str], base: Path) -> str:
    with pytest.raises(ImproperlyConfigured) as caught:
        read(environ, base)
    return str(caught.value)


def test_production_takes_what_it_is_given(tmp_path: Path) -> None:
    assert read(PRODUCTION, tmp_path) == Environment(
        debug=False,
        demo=False,
        secret_key="k" * 50,
        allowed_hosts=("quality.example.com", "internal.example.com"),
        site_url="https://quality.example.com",
        database_url=SERVERS["DATABASE_URL"],
        redis_url=SERVERS["REDIS_URL"],
        email_url=PRODUCTION["EMAIL_URL"],
        default_from_email="Plumbline <plumbline@quality.example.com>",
        port=8000,
        story="drop",
    )
    assert not (tmp_path / "var").exists(), "production writes nothing into the checkout"


def test_a_database_of_ones_own_means_production(tmp_path: Path) -> None:
    assert _refusal(SERVERS, tmp_path).startswith("EMAIL_URL='': write it like smtp+tls://")


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL", "EMAIL_URL"])
def test_production_asks_for_what_is_missing(missing: str, tmp_path: Path) -> None:
    words = _refusal({name: PRODUCTION[name] for name in PRODUCTION if name != missing}, tmp_path)
    assert words.startswith(f"{missing}='': ")


def test_production_never_keeps_data_on_embedded_servers(tmp_path: Path) -> None:
    environ = {name: PRODUCTION[name] for name in PRODUCTION if name not in SERVERS}
    words = _refusal(environ | {"DEBUG": "False"}, tmp_path)
    assert words == (
        "DATABASE_URL='': set DATABASE_URL and REDIS_URL to the servers that keep your data."
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DEBUG", "yes", "DEBUG='yes': set it to True or False."),
        ("DEMO", "2", "DEMO='2': set it to True or False."),
        ("PORT", "80x", "PORT='80x': set it to a number from 1 to 65535."),
        ("PORT", "70000", "PORT='70000': set it to a number from 1 to 65535."),
        ("STORY", "rise", "STORY='rise': set it to drop or none."),
        ("DATABASE_URL", "mysql://h/d", "write it like postgres://user:password@host/name."),
        ("DATABASE_URL", "postgres://host", "write it like postgres://user:password@host/name."),
        ("REDIS_URL", "redis://host:x/0", "write it like redis://host:6379/0."),
        ("REDIS_URL", "", "REDIS_URL='': set both DATABASE_URL and REDIS_URL, or neither."),
        ("EMAIL_URL", "mail.example.com", "write it like smtp+tls://user:password@host:587."),
        ("EMAIL_URL", "smtp://mail.example.com:abc", "its host or its port cannot be read"),
        ("EMAIL_URL", "smtp+tls://u:p@mail.example.com:99999", "its host or its port cannot be"),
        ("EMAIL_URL", "smtp+ssl://mail.example.com:-1", "its host or its port cannot be read"),
        ("EMAIL_URL", "smtp://mail.example.com:0", "its host or its port cannot be read"),
        ("EMAIL_URL", "smtp://", "its host or its port cannot be read"),
        ("EMAIL_URL", "smtp://user:pass@", "its host or its port cannot be read"),
        ("EMAIL_URL", "smtp://[::1", "its host or its port cannot be read"),
        ("EMAIL_URL", "smtp://user:a/b#c@mail.example.com:25", "In a password write : / ? # @ %"),
        ("EMAIL_URL", "smtp://mail example.com:25", "its host or its port cannot be read"),
        ("EMAIL_URL", "smtp+tls:mail.example.com", "write it like smtp+tls://user:password@host"),
        ("DATABASE_URL", "postgres://host:x/name", "write it like postgres://user:password@host"),
        ("DATABASE_URL", "postgres://[::1/name", "write it like postgres://user:password@host"),
        ("DATABASE_URL", "postgres://host:70000/name", "write it like postgres://user:password@"),
        ("REDIS_URL", "redis://host:6379/cache", "write it like redis://host:6379/0."),
        ("REDIS_URL", "redis://host:99999/0", "write it like redis://host:6379/0."),
        ("SITE_URL", "https://quality.example.com:x", "write the address people use"),
        ("SITE_URL", "https://[::1", "write the address people use"),
        ("SITE_URL", "https://me@quality.example.com", "write the address people use"),
        ("SITE_URL", "https://quality.example.com?a", "write the address people use"),
        ("SITE_URL", "ftp://quality.example.com", "write the address people use"),
        ("PORT", "9" * 5000, "set it to a number from 1 to 65535."),
        ("ALLOWED_HOSTS", "a.example:443", "without https:// or ports."),
        ("ALLOWED_HOSTS", "a b.example", "list the host names people use"),
        ("DEFAULT_FROM_EMAIL", "a@b.example\r\nBcc: c@d.example", "write it like Quality"),
        ("ALLOWED_HOSTS", "*", "list the host names people use, like quality.example.com,"),
        ("ALLOWED_HOSTS", "https://a.example", "list the host names people use"),
        ("DEFAULT_FROM_EMAIL", "nobody", "write it like Quality <quality@example.com>."),
    ],
)
def test_a_wrong_value_is_refused_with_its_fix(
    name: str, value: str, words: str, tmp_path: Path
) -> None:
    refusal = _refusal(DEVELOPMENT | {name: value}, tmp_path)
    assert refusal.startswith(f"{name}=")
    assert words in refusal
    assert "\n" not in refusal


def test_a_short_secret_is_refused_and_not_shown(tmp_path: Path) -> None:
    words = _refusal(PRODUCTION | {"SECRET_KEY": "hunter2"}, tmp_path)
    assert words == "SECRET_KEY='...': use at least 50 random characters."


@pytest.mark.parametrize("site", ["http://a.example", "a.example", "https://a.example/x"])
def test_the_site_has_an_address_of_its_own_with_https(site: str, tmp_path: Path) -> None:
    assert _refusal(PRODUCTION | {"SITE_URL": site}, tmp_path).startswith(f"SITE_URL='{site}'")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://user:geheim@host/name"),
        ("REDIS_URL", "http://:geheim@host:6379/0"),
        ("EMAIL_URL", "pop://user:geh@eim@host"),
    ],
)
def test_no_refusal_shows_a_password(name: str, value: str, tmp_path: Path) -> None:
    words = _refusal(DEVELOPMENT | {name: value}, tmp_path)
    assert ":...@host" in words
    assert "geh" not in words


def test_development_is_reachable_from_here_only(tmp_path: Path) -> None:
    environment = read(DEVELOPMENT | {"PORT": "8123"}, tmp_path)
    assert environment.allowed_hosts == ("localhost", "127.0.0.1", "[::1]")
    assert environment.site_url == "http://127.0.0.1:8123"
    assert environment.email_url == "consolemail://"


def test_the_demo_is_not_debug(tmp_path: Path) -> None:
    environment = read(SERVERS | {"DEMO": "True"}, tmp_path)
    assert (environment.demo, environment.debug) == (True, False)


def test_development_keeps_a_secret_of_its_own(tmp_path: Path) -> None:
    first, second = read(DEVELOPMENT, tmp_path), read(DEVELOPMENT, tmp_path)
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 50
    kept = tmp_path / "var" / "secret_key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_the_story_of_the_last_demo_is_remembered(tmp_path: Path) -> None:
    assert read(DEVELOPMENT, tmp_path).story == "drop"
    story_file(tmp_path).write_text("none")
    assert read(DEVELOPMENT, tmp_path).story == "none"
    assert read(DEVELOPMENT | {"STORY": "drop"}, tmp_path).story == "drop"


def test_a_var_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    words = _refusal(DEVELOPMENT, tmp_path)
    assert words.startswith(f"SECRET_KEY='': cannot keep one in {tmp_path}/var/secret_key")


def test_a_name_for_the_embedded_database_has_no_surprises(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="EMBEDDED_DATABASE='a; b'"):
        read({"EMBEDDED_DATABASE": "a; b"}, tmp_path)


@pytest.mark.parametrize("token", ["short", "with a space in it, and long", "ä" * 30, "a" * 19])
def test_a_weak_token_is_refused_and_not_shown(token: str, tmp_path: Path) -> None:
    words = _refusal(PRODUCTION | {"METRICS_TOKEN": token}, tmp_path)
    assert words.startswith("METRICS_TOKEN='...': use at least 20 random")
    assert token not in words


def test_the_list_of_browsers_is_for_the_owner_of_the_host_to_join(tmp_path: Path) -> None:
    assert not read(PRODUCTION, tmp_path).hsts_preload
    assert read(PRODUCTION | {"HSTS_PRELOAD": "True"}, tmp_path).hsts_preload
    assert _refusal(PRODUCTION | {"HSTS_PRELOAD": "yes"}, tmp_path).startswith("HSTS_PRELOAD='yes'")
