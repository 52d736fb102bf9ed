"""Data of old versions, upgraded as docs/operating.md says: no figure changes on the way.

The dumps were made by those versions' own code (make.py), and what they said of them stands beside.
"""

from __future__ import annotations

import json
import lzma
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from portal.running import embedded
from portal.running.embedded.lease import BASE
from tests.upgrade.figures import figures_of, read

HERE = Path(__file__).resolve().parent
VERSIONS = ("0.1.0", "0.2.0")


def said(version: str) -> dict[str, Any]:
    """What that version said of its data."""
    return dict(json.loads((HERE / f"{version}.json").read_text()))


def load(version: str, url: str, programs: Path) -> None:
    """Bring the old version's database back, its tables and its rows."""
    command = [str(programs / "psql"), "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", url]
    dump = lzma.decompress((HERE / f"{version}.sql.xz").read_bytes())
    subprocess.run(command, input=dump, stdout=subprocess.DEVNULL, check=True)


def upgrade(database: str) -> dict[str, Any]:
    """Migrate and rebuild with the commands of today; what today says of it."""
    real = {"DATABASE_URL", "REDIS_URL", "PYTEST_CURRENT_TEST"}
    environ = {name: value for name, value in os.environ.items() if name not in real}
    done = subprocess.run(
        [sys.executable, "-m", "tests.upgrade.today"],
        cwd=BASE,
        env=environ | {"EMBEDDED_DATABASE": database, "DJANGO_SETTINGS_MODULE": "portal.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def facts(answer: dict[str, Any]) -> dict[str, str]:
    """The six facts."""
    return {one["label"]: f"{one['value']}, {one['more']}" for one in answer["facts"]}


@pytest.mark.long
@pytest.mark.parametrize("version", VERSIONS)
def test_an_upgrade_changes_no_figure(version: str, other_database: str, programs: Path) -> None:
    old = said(version)
    url = embedded.ensure(other_database).database_url
    load(version, url, programs)
    assert read(url, version) == {name: old[name] for name in figures_of(version)}, "the fixture"

    today = upgrade(other_database)

    after = read(url, version)
    for name in figures_of(version):
        assert after[name] == old[name], name
    for report in today["reports"]:
        assert "Support assistant" in report
    if version == "0.1.0":
        nothing_was_watched(old, today)
    else:
        the_answer_stays(old, today)


def nothing_was_watched(old: dict[str, Any], today: dict[str, Any]) -> None:
    """0.1.0 kept no answer: it had no watch, and its shares were not corrected for reviewers'
    errors. The same grades are counted; the first look finds the drop planted in them."""
    assert old["answer"] is None
    assert today["after"]["reading"] == "worse"
    assert facts(today["after"])["When it started"].startswith("Tue 17 Nov")
    assert facts(today["after"])["Which questions"].startswith("Returns & refunds")


def the_answer_stays(old: dict[str, Any], today: dict[str, Any]) -> None:
    """What 0.2.0 said, word by word, until a new look; that one has a better method for reviewers'
    errors, so its shares may differ a little. Counts, reading and day are the same."""
    for name in ("reading", "headline", "detail", "usual", "now", "change", "kinds"):
        assert today["before"][name] == old["answer"][name], name
    assert facts(today["before"]) == facts(old["answer"])
    after = today["after"]
    for name in ("reading", "headline"):
        assert after[name] == old["answer"][name], name
    for name in ("usual", "now"):
        assert after[name]["graded"] == old["answer"][name]["graded"], name
        assert abs(after[name]["share"] - old["answer"][name]["share"]) <= 3, name
    assert facts(after)["When it started"] == facts(old["answer"])["When it started"]
