"""Make .venv/ hold the pinned packages: `python3 scripts/install.py requirements.txt ...`.

Runs under any python3, so that it can say which one is needed. What is already in is not done
again; an interrupted install is thrown away and done afresh; two at once wait for each other.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

NEEDED = (3, 11)
NOT_TRIED = (3, 14)
HOUSE = Path(__file__).resolve().parent.parent
VENV = HOUSE / ".venv"
PYTHON = VENV / "bin" / "python"
UNFINISHED = VENV / ".unfinished"
NAMED = "--named"
"""Somebody chose this Python (make PYTHON=...): an environment of another version is made anew."""


def stamp_of(requirements: Path) -> Path:
    """The file that holds the digest of the requirements that are in."""
    return VENV / f".{requirements.name}.sha256"


def digest(requirements: Path) -> str:
    """What a stamp holds; other contents, other digest, whatever the dates of files say."""
    return hashlib.sha256(requirements.read_bytes()).hexdigest()


def is_in(requirements: Path) -> bool:
    """True when exactly these requirements were installed."""
    stamp = stamp_of(requirements)
    return stamp.exists() and stamp.read_text() == digest(requirements)


def version_of_venv() -> tuple[int, int] | None:
    """Major and minor of the environment's Python, as its own note says."""
    for line in (VENV / "pyvenv.cfg").read_text().splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "version":
            major, minor, *_ = value.strip().split(".")
            return int(major), int(minor)
    return None


def make_venv() -> None:
    """A new, empty environment; a broken or half-made one is removed."""
    if UNFINISHED.exists():
        print("The last install was interrupted: starting again.", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    print(f"Making {VENV.name}/ ...", flush=True)
    VENV.mkdir()
    UNFINISHED.touch()
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit("No virtual environment could be made (Debian: apt-get install python3-venv).")
    UNFINISHED.unlink()


def install(requirements: Path) -> None:
    """Let pip install one file of requirements."""
    print(f"Installing {requirements.name} (up to a minute the first time) ...", flush=True)
    UNFINISHED.touch()
    command = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    command += ["--no-input", "--no-compile", "-r", str(requirements)]
    if subprocess.run(command, check=False).returncode:
        sys.exit(f"pip could not install {requirements.name}: its reason is above.")
    compile_packages()
    stamp_of(requirements).write_text(digest(requirements))
    UNFINISHED.unlink()


def compile_packages() -> None:
    """What pip would do on one core, on all of them, without the packages' own tests: a third of
    the time. A file that is no Python of this version (a template, say) is nobody's fault."""
    command = [str(PYTHON), "-m", "compileall", "-q", "-q", "-j", "0", "-x", "/tests?/"]
    subprocess.run([*command, str(VENV / "lib")], check=False)


def main(names: list[str]) -> None:
    """Install the named files of requirements, in order."""
    if sys.version_info < NEEDED:
        version = ".".join(map(str, sys.version_info[:3]))
        sys.exit(
            f"Python 3.11 or newer is needed; {sys.executable} is {version}.\n"
            "Name another one: make PYTHON=/path/to/python3.11 ..."
        )
    if sys.version_info >= NOT_TRIED:
        version = ".".join(map(str, sys.version_info[:2]))
        sys.exit(
            f"Python {version} has not been tried with the pinned packages; 3.11 to 3.13 have.\n"
            "Name one of them: make PYTHON=/path/to/python3.12 ..."
        )
    is_named = NAMED in names
    names = [name for name in names if name != NAMED]
    with (HOUSE / "requirements.txt").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_named and PYTHON.exists() and version_of_venv() != sys.version_info[:2]:
            print("Another Python was named than .venv/ has.", flush=True)
            make_venv()
        if UNFINISHED.exists() or not PYTHON.exists():
            make_venv()
        for requirements in map(HOUSE.joinpath, names):
            if not is_in(requirements):
                install(requirements)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("\nInterrupted; running it again starts the install afresh.")
    except PermissionError as error:
        sys.exit(f"Cannot write {error.filename}: make the checkout writable for this account.")
