"""Plumbline is under the Apache License 2.0: what it runs on must allow that."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parent.parent
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==", re.M)
# Licences whose terms a program under Apache-2.0 can keep while it imports the package: permissive
# ones, and those whose conditions end at the package's own files (MPL) or its own library (LGPL).
FITS = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|Zlib|CC0|MPL|Mozilla Public|CNRI"
    r"|LGPL|Lesser General Public|Public Domain|Unlicense",
    re.IGNORECASE,
)
REFUSED = re.compile(
    r"\bA?GPL|(?<!Lesser )General Public|Affero|SSPL|Server Side Public|Elastic|Business Source"
    r"|Commons Clause|Proprietary|Non-?Commercial|CC-BY-NC",
    re.IGNORECASE,
)
# Looked at by a person: the package says it in words that no pattern should guess.
LOOKED_AT = {"qrcode": "BSD-3-Clause; `Other/Proprietary` is the logo of its documentation"}


def licence_words(found: Distribution) -> list[str]:
    """Everything a package says of its licence, each part of an expression by itself."""
    said = found.metadata.get_all("License-Expression") or []
    if not said:
        said = [one.strip().split("\n")[0] for one in found.metadata.get_all("License") or []]
        classifiers = found.metadata.get_all("Classifier") or []
        said += [one.split("::")[-1].strip() for one in classifiers if one.startswith("License ::")]
    return [one for one in said if one and one != "OSI Approved"]


def verdict(said: list[str]) -> str:
    """Why a package may not be used; empty when it may.

    Of `A OR B` one part must fit; of `A AND B` every one.
    """
    if not said:
        return "says nothing of its licence"
    for one in said:
        for every in re.split(r"\bAND\b", one):
            choices = re.split(r"\bOR\b", every)
            if all(REFUSED.search(choice) for choice in choices):
                return f"is under {one}"
    return "" if any(FITS.search(one) for one in said) else f"is under {said}: is that so?"


@pytest.mark.parametrize(
    ("said", "fits"),
    [
        (["MIT"], True),
        (["GPL-3.0-or-later"], False),
        (["GNU General Public License v3 (GPLv3)"], False),
        (["AGPL-3.0-only"], False),
        (["LGPL-3.0-only"], True),
        (["LGPL", "GNU Lesser General Public License v2 or later (LGPLv2+)"], True),
        (["MIT OR GPL-2.0-only"], True),
        (["MIT AND GPL-2.0-only"], False),
        (["MPL-2.0 AND (Apache-2.0 OR MIT)"], True),
        (["Copyright of somebody, ask before use"], False),
        ([], False),
    ],
)
def test_the_verdict_itself(said: list[str], fits: bool) -> None:
    assert (verdict(said) == "") is fits


def test_every_package_of_the_program_may_be_used_with_ours() -> None:
    found = []
    for name in PINNED.findall((BASE / "requirements.txt").read_text()):
        try:
            why = verdict(licence_words(distribution(name)))
        except PackageNotFoundError:
            continue  # not for this Python: another one's CI looks at it
        if why and name.lower() not in LOOKED_AT:
            found.append(f"{name} {why}")
    assert not found, f"Find another package, or write what is needed: {found}"


def test_our_own_licence_is_there_and_named() -> None:
    project = tomllib.loads((BASE / "pyproject.toml").read_text())["project"]
    assert project["license"] == "Apache-2.0"
    assert (BASE / "LICENSE").read_text().split()[:4] == ["Apache", "License", "Version", "2.0,"]
    assert "LICENSE" in (BASE / "README.md").read_text()
