"""The browser of the journeys: find one, and install one when there is none.

path = find()            # in tests: the executable, or None
python -m tests.browser  # before tests: install one when needed, saying what is done
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATIONS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)


def _own() -> Path:
    """Where Playwright would keep a browser of its own."""
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


def find() -> Path | None:
    """The browser to use: the one in BROWSER_PATH, one of the system, or Playwright's own."""
    named = os.environ.get("BROWSER_PATH")
    on_path = [path for name in NAMES if (path := shutil.which(name))]
    candidates = [Path(path) for path in [named, *on_path] if path]
    for candidate in [*candidates, *APPLICATIONS]:
        if candidate.exists():
            return candidate
    own = _own()
    return own if own.exists() else None


def _run(*command: str) -> bool:
    sys.stdout.write(f"  {' '.join(command)}\n")
    sys.stdout.flush()
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, check=False, env=environ, stdout=sys.stderr).returncode == 0


def _install_from_debian() -> bool:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    install = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")
    return _run("apt-get", "update", "-qq") and _run(*install)


def main() -> int:
    """Make sure that there is a browser; 1 with what to do when there cannot be one."""
    if find():
        return 0
    sys.stdout.write("The tests need a browser and there is none: installing Chromium.\n")
    if not _install_from_debian():
        extra = ("--with-deps",) if os.geteuid() == 0 else ()
        _run(sys.executable, "-m", "playwright", "install", *extra, "chromium")
    if find():
        return 0
    sys.stderr.write(
        "No browser could be installed. Install Chromium or Chrome yourself, "
        "or set BROWSER_PATH to the executable of one.\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
