"""The running program, pyproject and CHANGELOG name one release."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from portal.version import VERSION

BASE = Path(__file__).resolve().parent.parent.parent
RELEASED = re.compile(r"^## (\d+\.\d+\.\d+), \d{4}-\d\d-\d\d$", re.MULTILINE)


def test_the_changelog_knows_this_release_and_what_came_since() -> None:
    changelog = (BASE / "CHANGELOG.md").read_text()
    headings = re.findall(r"^## (.+)$", changelog, re.MULTILINE)
    assert RELEASED.findall(changelog)[0] == VERSION, "pyproject names the newest release"
    assert headings[0] == "Unreleased" or headings[0].startswith(f"{VERSION}, ")


def test_the_command_line_says_it() -> None:
    said = subprocess.run(
        [sys.executable, BASE / "manage.py", "--version"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert said.stdout == f"Plumbline {VERSION}\n"


@pytest.mark.django_db
def test_health_and_the_document_of_the_api_say_it(client: Client) -> None:
    assert client.get("/health/live").content.decode() == f"alive\nPlumbline {VERSION}\n"
    for kind, read in (("application/json", json.loads), ("application/yaml", _version_line)):
        document = read(client.get("/api/schema", headers={"Accept": kind}).content)
        assert document["info"]["version"] == VERSION


def _version_line(yaml: bytes) -> dict[str, dict[str, str]]:
    found = re.search(r"^  version: (.+)$", yaml.decode(), re.MULTILINE)
    return {"info": {"version": found[1] if found else ""}}
